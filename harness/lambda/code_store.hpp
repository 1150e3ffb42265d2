// Where uploaded code lies: one folder per version of a function below one directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace millrace::lambda {

/// The unpacked size that a function must stay below (AWS: 250 MB).
inline constexpr std::uint64_t kLargestUnpackedCode = 262144000;
/// Files and folders of an archive. Each costs a system call or two, so their number is bounded like their size; AWS
/// names no number. Large dependency trees have some thousands.
inline constexpr int kMostArchiveEntries = 20000;

class CodeStore {
 public:
  /// Keeps code in `directory`, which is made when something is first stored and stays.
  static CodeStore at(std::filesystem::path directory, std::uint64_t unpacked_limit = kLargestUnpackedCode);
  /// Keeps code in a new private directory that is removed with the store.
  static CodeStore temporary();

  CodeStore(CodeStore&& other) noexcept;
  CodeStore& operator=(CodeStore&&) = delete;
  ~CodeStore();

  /// Unpacks a zip archive into the new folder `folder`, executable bits as in the archive. Errors:
  /// InvalidParameterValueException when it is no zip, is cut short or encrypted, is too large when unpacked, has too
  /// many entries, or has one that would land outside the folder, is neither file nor directory, is both, or has a name
  /// that no file can have. Nothing is left behind then.
  Result<void> unpack(std::string_view zip, std::string_view folder);

  void remove(std::string_view folder);
  [[nodiscard]] std::filesystem::path path_of(std::string_view folder) const { return directory_ / folder; }

 private:
  CodeStore(std::filesystem::path directory, std::uint64_t unpacked_limit, bool temporary);

  std::filesystem::path directory_;
  std::uint64_t unpacked_limit_;
  bool temporary_;
};

}  // namespace millrace::lambda
