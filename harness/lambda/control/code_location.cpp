#include "harness/lambda/control/code_location.hpp"

#include <unistd.h>

#include <array>
#include <fstream>
#include <string_view>
#include <system_error>

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;

constexpr int kMostFiles = 1000;

/// FNV-1a over 64-bit pieces: enough to see a difference.
void mix(std::uint64_t& hash, std::uint64_t piece) {
  hash ^= piece;
  hash *= 1099511628211U;
}

void mix_file(std::uint64_t& hash, const fs::path& file) {
  std::error_code ec;
  const auto size = fs::file_size(file, ec);
  mix(hash, ec ? 0 : size);
  const auto time = fs::last_write_time(file, ec);
  mix(hash, ec ? 0 : static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

/// A script saved with the line ends of Windows: the kernel looks for an interpreter called `/bin/sh\r`.
bool names_interpreter_with_carriage_return(const fs::path& file) {
  std::array<char, 256> start{};
  std::ifstream in{file, std::ios::binary};
  in.read(start.data(), start.size());
  const std::string_view text{start.data(), static_cast<std::size_t>(in.gcount())};
  const auto end = text.find('\n');
  return text.starts_with("#!") && end != std::string_view::npos && text[end - 1] == '\r';
}

}  // namespace

CodeLocation::CodeLocation(const fs::path& path) {
  std::error_code ec;
  path_ = fs::absolute(path, ec).lexically_normal();
  if (ec) path_ = path;
}

fs::path CodeLocation::executable() const {
  std::error_code ec;
  return fs::is_directory(path_, ec) ? path_ / "bootstrap" : path_;
}

fs::path CodeLocation::folder() const { return executable().parent_path(); }

std::optional<std::string> CodeLocation::problem() const {
  const fs::path file = executable();
  std::error_code ec;
  if (!fs::exists(file, ec)) return "there is no such file";
  if (!fs::is_regular_file(file, ec)) return "not a file";
  if (::access(file.c_str(), X_OK) != 0) return "not executable";
  if (names_interpreter_with_carriage_return(file)) {
    return "its first line ends with a carriage return, so that no interpreter has that name: save it with LF line "
           "ends";
  }
  return std::nullopt;
}

CodeFingerprint CodeLocation::fingerprint() const {
  std::uint64_t hash = 14695981039346656037U;
  mix_file(hash, executable());
  std::error_code ec;
  if (!fs::is_directory(path_, ec)) return {hash};
  int files = 0;
  fs::recursive_directory_iterator entries{path_, fs::directory_options::skip_permission_denied, ec};
  for (; !ec && entries != fs::end(entries) && files < kMostFiles; entries.increment(ec), ++files) {
    std::error_code ignored;
    if (entries->is_regular_file(ignored)) mix_file(hash, entries->path());
  }
  mix(hash, static_cast<std::uint64_t>(files));
  return {hash};
}

}  // namespace millrace::lambda
