// Where the executable of a managed function lies, and whether it has changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "server/base/result.hpp"

namespace millrace::lambda {

/// Tells one state of the code from another: sizes, times and number of files.
struct CodeFingerprint {
  std::uint64_t value{0};
  friend bool operator==(const CodeFingerprint&, const CodeFingerprint&) = default;
};

class CodeLocation {
 public:
  /// `path` is an executable, or a folder with an executable called `bootstrap`. Made absolute.
  explicit CodeLocation(const std::filesystem::path& path);

  /// The file to start; it need not exist.
  [[nodiscard]] std::filesystem::path executable() const;
  /// The folder to start it in.
  [[nodiscard]] std::filesystem::path folder() const;
  /// Why the executable cannot be started: empty when it can.
  [[nodiscard]] std::optional<std::string> problem() const;
  /// Of the executable and, in a folder, of up to 1000 files below it. Never fails: what cannot be read counts as
  /// absent.
  [[nodiscard]] CodeFingerprint fingerprint() const;

 private:
  std::filesystem::path path_;
};

}  // namespace millrace::lambda
