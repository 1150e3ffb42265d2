// Whether the files that a database was opened from are still the ones its path names. A file that was removed or
// replaced keeps taking writes that nobody will ever find again.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "server/base/result.hpp"

namespace millrace::storage::sqlite {

class DatabaseFile {
 public:
  /// A database in memory: always in place.
  DatabaseFile() = default;
  /// `path` and the write-ahead log beside it, both there by now.
  explicit DatabaseFile(const std::string& path);

  /// Error kFileGone, with the path, once a file is gone or another one has taken its name. Two calls of stat().
  [[nodiscard]] StorageResult<void> check_in_place() const;

 private:
  struct Identity {
    std::string path;
    dev_t device;
    ino_t inode;
  };
  std::vector<Identity> files_;
};

}  // namespace millrace::storage::sqlite
