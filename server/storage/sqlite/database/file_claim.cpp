#include "server/storage/sqlite/database/file_claim.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>

namespace millrace::storage::sqlite {
namespace {

struct Claimed {
  std::mutex mutex;
  std::set<std::pair<dev_t, ino_t>> files;
};

Claimed& claimed() {
  static Claimed of_this_process;
  return of_this_process;
}

}  // namespace

StorageResult<FileClaim> FileClaim::take(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    return StorageError{StorageErrorKind::kIo,
                        fmt::format("{}: {}", path, std::strerror(errno))};  // NOLINT(concurrency-mt-unsafe)
  }
  const File file{found.st_dev, found.st_ino};
  const std::scoped_lock lock{claimed().mutex};
  if (!claimed().files.insert(file).second) {
    return StorageError{StorageErrorKind::kBusy, fmt::format("{}: it is open in this process already", path)};
  }
  return FileClaim{file};
}

FileClaim::~FileClaim() {
  if (file_ == File{}) return;
  const std::scoped_lock lock{claimed().mutex};
  claimed().files.erase(file_);
}

}  // namespace millrace::storage::sqlite
