#include "harness/cli/problems/path_problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace millrace::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;
namespace fs = std::filesystem;

class PathProblemTest : public ::testing::Test {
 protected:
  // No ScratchDirectory: that stands in a folder of its owner's, and a test as nobody would not get that far.
  PathProblemTest() {
    std::string pattern = (fs::temp_directory_path() / "path_problem_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~PathProblemTest() override {
    fs::permissions(folder_, fs::perms::owner_all);
    fs::remove_all(folder_);
  }

  fs::path folder_;
};

TEST_F(PathProblemTest, NothingIsSaidOfWhatCanBeUsed) {
  EXPECT_EQ(problem_with_readable_folder(folder_), std::nullopt);
  EXPECT_EQ(problem_with_database_file(folder_ / "new.db"), std::nullopt);
  std::ofstream{folder_ / "old.db"} << "";
  EXPECT_EQ(problem_with_database_file(folder_ / "old.db"), std::nullopt);
}

TEST_F(PathProblemTest, AMissingFolderIsNamed) {
  EXPECT_THAT(problem_with_readable_folder(folder_ / "none"),
              Optional(HasSubstr((folder_ / "none").string() + " does not exist")));
  EXPECT_THAT(problem_with_database_file(folder_ / "none" / "deep" / "x.db"),
              Optional(HasSubstr("since " + (folder_ / "none").string() + " does not. Make it first: mkdir -p " +
                                 (folder_ / "none" / "deep").string())));
}

TEST_F(PathProblemTest, AFileForAFolderAndAFolderForAFileAreSaid) {
  std::ofstream{folder_ / "file"} << "";
  EXPECT_THAT(problem_with_readable_folder(folder_ / "file"), Optional(HasSubstr("is not a folder")));
  EXPECT_THAT(problem_with_database_file(folder_ / "file" / "x.db"), Optional(HasSubstr("not a folder")));
  EXPECT_THAT(problem_with_database_file(folder_),
              Optional(HasSubstr("is a folder, and a file is wanted, such as " + (folder_ / "millrace.db").string())));
}

/// Root may do everything: as long as this lives, a root process acts as nobody.
class AsOrdinaryUser {
 public:
  AsOrdinaryUser() : before_{::geteuid()} {
    if (before_ == 0) {
      EXPECT_EQ(::seteuid(kNobody), 0);
    }
  }
  ~AsOrdinaryUser() {
    if (before_ == 0) {
      EXPECT_EQ(::seteuid(before_), 0);
    }
  }
  AsOrdinaryUser(const AsOrdinaryUser&) = delete;
  AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  uid_t before_;
};

TEST_F(PathProblemTest, WhoMayNotIsNamed) {
  fs::permissions(folder_, fs::perms::none);
  const AsOrdinaryUser ordinary;
  const std::string user = "uid " + std::to_string(::geteuid());
  const auto closed_to_readers = problem_with_readable_folder(folder_);
  EXPECT_THAT(closed_to_readers, Optional(HasSubstr(user)));
  EXPECT_THAT(closed_to_readers,
              Optional(HasSubstr("may not read the folder " + folder_.string() + "; it belongs to")));
  EXPECT_THAT(problem_with_database_file(folder_ / "x.db"),
              Optional(HasSubstr("may not write into the folder " + folder_.string())));
}

}  // namespace
}  // namespace millrace::cli
