// A private directory for as long as its owner lives, and what becomes of it when the owner was killed: whoever starts
// next removes it.
//
// A directory holds a file that its owner has locked (flock), and its contents one level below. The kernel gives the
// lock back with the process, however that ends, so a lock that can be taken proves that nobody owns the directory.
#pragma once

#include <filesystem>
#include <string_view>

namespace millrace::base {

class TemporaryDirectory {
 public:
  /// What the names of all of them begin with.
  static constexpr std::string_view kPrefix = "millrace-";

  /// Makes `<root>/millrace-<kind><random>`, readable for its owner only. Throws std::system_error.
  explicit TemporaryDirectory(const std::filesystem::path& root, std::string_view kind = {});
  /// Removes it with all it holds.
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  /// Where its owner may put things; empty at first.
  [[nodiscard]] std::filesystem::path path() const { return directory_ / "files"; }

 private:
  std::filesystem::path directory_;
  int lock_{-1};
};

/// Removes the directories below `root` whose owner is gone; of this user only. Those without the lock file may be
/// about to be made, or somebody else's: they stay. Returns how many. Any thread.
int remove_abandoned_directories(const std::filesystem::path& root);

}  // namespace millrace::base
