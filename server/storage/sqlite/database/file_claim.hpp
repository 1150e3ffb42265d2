// A database file belongs to one storage. SQLite locks it against other processes, and not against other connections of
// this one, which checkpoints need; a claim keeps a second storage of this process out.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "server/base/result.hpp"

namespace millrace::storage::sqlite {

class FileClaim {
 public:
  /// Of nothing: a database in memory.
  FileClaim() = default;
  /// `path` is there; the same file by another path is the same. Errors: kBusy while there is a claim on it; kIo.
  /// Opens nothing: closing a file makes the system drop all locks that the process has on it.
  static StorageResult<FileClaim> take(const std::string& path);
  FileClaim(FileClaim&& other) noexcept : file_{std::exchange(other.file_, {})} {}
  FileClaim& operator=(FileClaim&&) = delete;
  ~FileClaim();

 private:
  using File = std::pair<dev_t, ino_t>;
  explicit FileClaim(File file) : file_{std::move(file)} {}

  File file_{};  ///< inode 0: of nothing
};

}  // namespace millrace::storage::sqlite
