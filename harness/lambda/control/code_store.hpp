// Where uploaded code lies: one folder per upload below one directory.
//
// Threads: may be used by several at once, each with folders of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/random.hpp"
#include "server/base/result.hpp"
#include "server/base/temporary_directory.hpp"

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
  /// Keeps code in a new private directory that is removed with the store. When none can be made, which is logged,
  /// nothing can be unpacked.
  static CodeStore temporary();

  /// A folder for an upload of the function; no two are alike. Nothing is made.
  static std::string new_folder(std::string_view function_name, Random& random);
  /// The folders of uploads that are there.
  [[nodiscard]] std::vector<std::string> folders() const;

  /// Unpacks a zip archive into the new folder `folder`, executable bits as in the archive. Errors:
  /// InvalidParameterValueException when it is no zip, has no directory of its entries (it is cut short), is damaged or
  /// encrypted, is too large when unpacked, has too many entries, or has one that would land outside the folder, is
  /// neither file nor directory, is both, or has a name that no file can have. Nothing is left behind then, and of an
  /// archive with too many entries nothing is written at all.
  Result<void> unpack(std::string_view zip, std::string_view folder) const;

  void remove(std::string_view folder) const;
  [[nodiscard]] std::filesystem::path path_of(std::string_view folder) const { return directory_ / folder; }

 private:
  CodeStore(std::filesystem::path directory, std::uint64_t unpacked_limit);

  std::unique_ptr<base::TemporaryDirectory> temporary_{};
  std::filesystem::path directory_;  ///< empty when there is none
  std::uint64_t unpacked_limit_;
};

}  // namespace millrace::lambda
