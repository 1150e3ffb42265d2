#include "server/objects/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace millrace::objects::files {
namespace {

constexpr std::size_t kLongestKey = 1024;  // S3's, in bytes
constexpr std::size_t kLongestPart = 255;  // of a path, on Linux
// What is being written, in the bucket and under a name that no key has: keys do not begin with a slash.
constexpr std::string_view kUnfinished = ".millrace-unfinished";

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_{number} {}
  Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

ObjectError failed(const std::string& bucket, const std::string& key, int reason) {
  const auto error = [&](ObjectErrorKind kind) {
    return ObjectError{kind, fmt::format("{}/{}: {}", bucket, key, std::generic_category().message(reason))};
  };
  switch (reason) {
    case ENOENT: return error(ObjectErrorKind::kNoSuchKey);
    case EACCES:
    case EPERM:
    case EROFS: return error(ObjectErrorKind::kAccessDenied);
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
      return {ObjectErrorKind::kUnusableName,
              fmt::format("{}/{}: a link, a directory, or a part of the key is a file", bucket, key)};
    case EMFILE:
    case ENFILE:
    case EINTR: return error(ObjectErrorKind::kUnavailable);
    default: return error(ObjectErrorKind::kFailed);
  }
}

bool is_usable_part(std::string_view part) {
  return !part.empty() && part.size() <= kLongestPart && part != "." && part != ".." && part != kUnfinished &&
         part.find('\0') == std::string_view::npos;
}

ObjectResult<void> check_names(const std::string& bucket, const std::string& key) {
  if (!is_usable_part(bucket) || bucket.find('/') != std::string::npos) {
    return ObjectError{ObjectErrorKind::kUnusableName, fmt::format("'{}' cannot be the name of a bucket", bucket)};
  }
  bool usable = key.size() <= kLongestKey;
  for (std::size_t begin = 0; usable && begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    usable = is_usable_part(std::string_view{key}.substr(begin, end - begin));
    begin = end + 1;
  }
  if (usable) return {};
  return ObjectError{ObjectErrorKind::kUnusableName,
                     fmt::format("{}/{}: such a key cannot be a file", bucket, key.substr(0, kLongestKey))};
}

enum class Missing : std::uint8_t { kIsError, kIsMade };

/// The directory `path` (parts between slashes; empty: itself) below `from`, without following a link.
Descriptor open_directory(const Descriptor& from, std::string_view path, Missing missing) {
  constexpr int kHow = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Descriptor at{::openat(from.number(), ".", kHow)};
  while (at.is_open() && !path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string part{path.substr(0, end)};
    path.remove_prefix(std::min(end + 1, path.size()));
    if (missing == Missing::kIsMade && ::mkdirat(at.number(), part.c_str(), 0777) != 0 && errno != EEXIST)
      return Descriptor{};
    Descriptor next{::openat(at.number(), part.c_str(), kHow)};
    at = std::move(next);
  }
  return at;
}

ObjectResult<Descriptor> open_bucket(const std::filesystem::path& root, const std::string& bucket, Missing missing) {
  if (missing == Missing::kIsMade) {
    std::error_code unmade;
    std::filesystem::create_directories(root, unmade);
    if (unmade) return failed(bucket, root.string(), unmade.value());
  }
  // The directory itself is the user's choice, and may be a link.
  const Descriptor directory{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  Descriptor opened;
  if (directory.is_open()) opened = open_directory(directory, bucket, missing);
  if (opened.is_open()) return opened;
  if (errno != ENOENT) return failed(bucket, "", errno);
  return ObjectError{ObjectErrorKind::kNoSuchBucket, fmt::format("there is no bucket {}", bucket)};
}

std::pair<std::string, std::string> split(const std::string& key) {
  const std::size_t slash = key.rfind('/');
  if (slash == std::string::npos) return {"", key};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// The smallest keys behind a place, no more than a page of them.
class Smallest {
 public:
  Smallest(std::string_view prefix, std::string_view after) : prefix_{prefix}, after_{after} {}

  /// Whether keys that begin with `begin` may belong to the page.
  [[nodiscard]] bool may_hold(std::string_view begin) const {
    const std::size_t common = std::min(begin.size(), prefix_.size());
    if (begin.substr(0, common) != prefix_.substr(0, common)) return false;
    if (begin < after_ && !after_.starts_with(begin)) return false;
    return found_.size() < ObjectStore::kMostListed || begin < found_.rbegin()->first;
  }
  void add(std::string key, std::uint64_t size) {
    if (!key.starts_with(prefix_) || key <= after_) return;
    found_.emplace(std::move(key), size);
    if (found_.size() > ObjectStore::kMostListed) found_.erase(std::prev(found_.end()));
  }
  [[nodiscard]] ObjectPage page() const {
    ObjectPage page;
    for (const auto& [key, size] : found_) page.push_back({key, size});
    return page;
  }

 private:
  std::string_view prefix_;
  std::string_view after_;
  std::map<std::string, std::uint64_t, std::less<>> found_;
};

}  // namespace

ObjectResult<void> put(const std::filesystem::path& root, const std::string& bucket, const std::string& key,
                       const std::string& bytes) {
  if (auto checked = check_names(bucket, key); checked.has_error()) return checked;
  const auto opened = open_bucket(root, bucket, Missing::kIsMade);
  if (opened.has_error()) return opened.error();
  const auto [path, name] = split(key);
  const Descriptor directory = open_directory(*opened, path, Missing::kIsMade);
  if (!directory.is_open()) return failed(bucket, key, errno);

  const std::string unfinished{kUnfinished};
  ::unlinkat(opened->number(), unfinished.c_str(), 0);  // of a killed server
  const Descriptor file{
      ::openat(opened->number(), unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)};
  if (!file.is_open()) return failed(bucket, key, errno);
  if (write_all(file.number(), bytes) &&
      ::renameat(opened->number(), unfinished.c_str(), directory.number(), name.c_str()) == 0) {
    return {};
  }
  const int reason = errno;
  ::unlinkat(opened->number(), unfinished.c_str(), 0);
  return failed(bucket, key, reason);
}

ObjectResult<std::string> get(const std::filesystem::path& root, const std::string& bucket, const std::string& key,
                              std::uint64_t offset, std::size_t at_most) {
  if (auto checked = check_names(bucket, key); checked.has_error()) return checked.error();
  const auto opened = open_bucket(root, bucket, Missing::kIsError);
  if (opened.has_error()) return opened.error();
  const auto [path, name] = split(key);
  const Descriptor directory = open_directory(*opened, path, Missing::kIsError);
  if (!directory.is_open()) return failed(bucket, key, errno);
  // Without O_NONBLOCK a pipe that somebody put there would keep the thread.
  const Descriptor file{::openat(directory.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) return failed(bucket, key, errno);
  if (!S_ISREG(status.st_mode)) return failed(bucket, key, EISDIR);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (offset >= size) return std::string{};
  std::string bytes;
  bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(at_most, size - offset)));
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t read =
        ::pread(file.number(), bytes.data() + got, bytes.size() - got, static_cast<off_t>(offset + got));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return failed(bucket, key, errno);
    if (read == 0) break;
    got += static_cast<std::size_t>(read);
  }
  bytes.resize(got);
  return bytes;
}

ObjectResult<ObjectPage> list(const std::filesystem::path& root, const std::string& bucket, const std::string& prefix,
                              const std::string& after) {
  if (auto checked = check_names(bucket, "any"); checked.has_error()) return checked.error();
  const auto opened = open_bucket(root, bucket, Missing::kIsError);
  if (opened.has_error()) return opened.error();
  Smallest smallest{prefix, after};
  std::vector<std::string> directories{""};  // yet to be looked through, each with its slash
  while (!directories.empty()) {
    const std::string path = std::move(directories.back());
    directories.pop_back();
    Descriptor directory = open_directory(*opened, std::string_view{path}.substr(0, path.empty() ? 0 : path.size() - 1),
                                          Missing::kIsError);
    if (!directory.is_open()) {
      if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) continue;  // gone or replaced meanwhile
      return failed(bucket, path, errno);
    }
    const int number = directory.number();
    const std::unique_ptr<DIR, int (*)(DIR*)> entries{::fdopendir(number), &::closedir};
    if (entries == nullptr) return failed(bucket, path, errno);
    directory.release();  // closedir() closes it
    while (const dirent* const entry = ::readdir(entries.get())) {
      const std::string_view name{entry->d_name};
      struct stat status {};
      if (!is_usable_part(name) || path.size() + name.size() > kLongestKey ||
          ::fstatat(number, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        continue;
      }
      std::string key = path + std::string{name};
      if (S_ISDIR(status.st_mode)) {
        key += '/';
        if (smallest.may_hold(key)) directories.push_back(std::move(key));
      } else if (S_ISREG(status.st_mode)) {
        smallest.add(std::move(key), static_cast<std::uint64_t>(status.st_size));
      }
    }
  }
  return smallest.page();
}

}  // namespace millrace::objects::files
