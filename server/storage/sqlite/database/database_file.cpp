#include "server/storage/sqlite/database/database_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace millrace::storage::sqlite {

DatabaseFile::DatabaseFile(const std::string& path) {
  for (const std::string& file : {path, path + "-wal"}) {
    struct stat found {};
    if (::stat(file.c_str(), &found) == 0) files_.push_back({file, found.st_dev, found.st_ino});
  }
}

StorageResult<void> DatabaseFile::check_in_place() const {
  for (const Identity& file : files_) {
    struct stat found {};
    const bool is_there = ::stat(file.path.c_str(), &found) == 0;
    if (is_there && found.st_dev == file.device && found.st_ino == file.inode) continue;
    return StorageError{StorageErrorKind::kFileGone, fmt::format("{}: the file was {} while Millrace has it open",
                                                                 file.path, is_there ? "replaced" : "removed")};
  }
  return {};
}

}  // namespace millrace::storage::sqlite
