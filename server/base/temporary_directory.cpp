#include "server/base/temporary_directory.hpp"

#include <fcntl.h>
#include <stdlib.h>  // NOLINT: mkdtemp is POSIX
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <system_error>

namespace millrace::base {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockName = "lock";

/// Takes the lock of an open file without waiting.
bool take_lock(int file) { return ::flock(file, LOCK_EX | LOCK_NB) == 0; }

[[noreturn]] void fail(const std::string& what) { throw std::system_error{errno, std::system_category(), what}; }

/// Makes the lock file under its name when it is locked: one that is there and can be locked has no owner.
int make_locked(const fs::path& directory) {
  const fs::path unnamed = directory / "new-lock";
  const int file = ::open(unnamed.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) fail("cannot make " + unnamed.string());
  const fs::path name = directory / kLockName;
  if (!take_lock(file) || ::rename(unnamed.c_str(), name.c_str()) != 0) {
    const int problem = errno;
    ::close(file);
    errno = problem;
    fail("cannot lock " + name.string());
  }
  return file;
}

bool is_own_directory(const fs::path& path) {
  struct stat entry {};
  return ::lstat(path.c_str(), &entry) == 0 && S_ISDIR(entry.st_mode) && entry.st_uid == ::geteuid();
}

bool remove_if_abandoned(const fs::path& directory) {
  if (!is_own_directory(directory)) return false;
  const int file = ::open((directory / kLockName).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return false;
  // Without a name it belongs to a directory that another sweep has just removed.
  struct stat entry {};
  const bool abandoned = take_lock(file) && ::fstat(file, &entry) == 0 && entry.st_nlink > 0;
  std::error_code problem;
  if (abandoned) fs::remove_all(directory, problem);
  ::close(file);
  return abandoned && !problem;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory(const fs::path& root, std::string_view kind) {
  std::string pattern = (root / std::string{kPrefix}.append(kind).append("XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) fail("cannot make a directory like " + pattern);
  directory_ = pattern;
  try {
    lock_ = make_locked(directory_);
    fs::create_directory(path());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
    if (lock_ >= 0) ::close(lock_);
    throw;
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
  ::close(lock_);
}

int remove_abandoned_directories(const fs::path& root) {
  int removed = 0;
  std::error_code problem;
  fs::directory_iterator entry{root, problem};
  for (; !problem && entry != fs::directory_iterator{}; entry.increment(problem)) {
    if (!entry->path().filename().string().starts_with(TemporaryDirectory::kPrefix)) continue;
    if (remove_if_abandoned(entry->path())) ++removed;
  }
  return removed;
}

}  // namespace millrace::base
