#include "harness/cli/problems/path_problem.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace millrace::cli {
namespace {

namespace fs = std::filesystem;

std::string name_of_user(uid_t user) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  // Containers often run as a number without a name.
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return fmt::format("uid {}", user);
  }
  return fmt::format("{} (uid {})", entry.pw_name, user);
}

std::string owner_and_mode(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return fmt::format("; it belongs to {} and has mode {:o}", name_of_user(status.st_uid), status.st_mode & 07777U);
}

/// As the effective user, which is who opens files.
std::optional<std::string> problem_with_access(const fs::path& path, int mode, std::string_view wish) {
  if (::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0) return std::nullopt;
  const int reason = errno;
  if (reason == EROFS) return fmt::format("{} is on a read-only file system", path.string());
  if (reason != EACCES && reason != EPERM) return fmt::format("{}: {}", path.string(), std::strerror(reason));
  return fmt::format("{} may not {} {}{}. Give that user the right (chown, chmod) or name another place",
                     name_of_user(::geteuid()), wish, path.string(), owner_and_mode(path));
}

/// The status of what `path` names, or why it cannot be told.
std::optional<std::string> problem_with_folder(const fs::path& folder) {
  std::error_code error;
  const auto status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found) {
    // Which of its folders is missing: a typing error is often further up.
    fs::path there = fs::absolute(folder, error).lexically_normal();
    fs::path missing = there;
    while (there.has_relative_path() && !fs::exists(there, error)) {
      missing = there;
      there = there.parent_path();
    }
    const bool itself = missing == fs::absolute(folder, error).lexically_normal();
    return itself ? fmt::format("the folder {} does not exist", folder.string())
                  : fmt::format("the folder {} does not exist, since {} does not", folder.string(), missing.string());
  }
  if (error) return fmt::format("the folder {} cannot be reached: {}", folder.string(), error.message());
  if (status.type() != fs::file_type::directory) return fmt::format("{} is not a folder", folder.string());
  return std::nullopt;
}

}  // namespace

std::optional<std::string> problem_with_readable_folder(const fs::path& folder) {
  if (auto problem = problem_with_folder(folder)) return problem;
  return problem_with_access(folder, R_OK | X_OK, "read the folder");
}

std::optional<std::string> problem_with_database_file(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path{"."};
  if (auto problem = problem_with_folder(folder)) {
    const bool missing = !fs::exists(fs::path{folder});
    return missing ? fmt::format("{}. Make it first: mkdir -p {}", *problem, folder.string()) : problem;
  }
  std::error_code error;
  const auto status = fs::status(file, error);
  if (status.type() == fs::file_type::directory) {
    return fmt::format("{} is a folder, and a file is wanted, such as {}", file.string(),
                       (file / "millrace.db").lexically_normal().string());
  }
  if (auto problem = problem_with_access(folder, W_OK | X_OK, "write into the folder")) return problem;
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  if (status.type() != fs::file_type::regular) return fmt::format("{} is not a file", file.string());
  return problem_with_access(file, R_OK | W_OK, "read and write the file");
}

}  // namespace millrace::cli
