#include "server/storage/sqlite/open_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class OpenDatabase : public testing::Test {
 protected:
  /// The error of opening `file`, which must fail.
  static StorageError refusal(const std::filesystem::path& file) {
    const auto opened = open_database(file);
    EXPECT_TRUE(opened.has_error());
    return opened.has_error() ? opened.error() : StorageError{};
  }
  static void run(const std::filesystem::path& file, Sql sql) {
    const auto database = Database::open(file.string());
    ASSERT_TRUE(database.has_value());
    ASSERT_TRUE((*database)->run(sql).has_value());
  }

  ScratchDirectory scratch_;
  const std::filesystem::path file_{scratch_.path() / "millrace.db"};
};

TEST_F(OpenDatabase, MakesAFileAndFindsItAgain) {
  EXPECT_TRUE(open_database(file_).has_value());
  EXPECT_TRUE(std::filesystem::exists(file_));
  EXPECT_TRUE(open_database(file_).has_value());
}

TEST_F(OpenDatabase, ASecondOpenerIsToldWhoHasTheFile) {
  const auto first = open_database(file_);
  ASSERT_TRUE(first.has_value());
  const StorageError error = refusal(file_);
  EXPECT_EQ(error.kind, StorageErrorKind::kBusy);
  EXPECT_THAT(error.detail, AllOf(HasSubstr(file_.string()), HasSubstr("another process is using this database")));
}

TEST_F(OpenDatabase, AFileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  const std::string text(5000, 'x');
  std::ofstream{file_} << text;
  const StorageError error = refusal(file_);
  EXPECT_EQ(error.kind, StorageErrorKind::kCorrupt);
  EXPECT_THAT(error.detail, AllOf(HasSubstr(file_.string()), HasSubstr("not a database")));
  EXPECT_EQ(std::filesystem::file_size(file_), text.size());
}

TEST_F(OpenDatabase, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  run(file_, "CREATE TABLE cf(id INTEGER PRIMARY KEY)");
  const auto size = std::filesystem::file_size(file_);
  const StorageError error = refusal(file_);
  EXPECT_EQ(error.kind, StorageErrorKind::kCorrupt);
  EXPECT_THAT(error.detail, AllOf(HasSubstr(file_.string()), HasSubstr("another program")));
  EXPECT_EQ(std::filesystem::file_size(file_), size);
  EXPECT_FALSE(std::filesystem::exists(file_.string() + "-wal"));
}

TEST_F(OpenDatabase, ANewerFormatIsRefusedWithBothVersions) {
  ASSERT_TRUE(open_database(file_).has_value());
  run(file_, "PRAGMA user_version = 3");
  const StorageError error = refusal(file_);
  EXPECT_EQ(error.kind, StorageErrorKind::kCorrupt);
  EXPECT_THAT(error.detail, AllOf(HasSubstr(file_.string()), HasSubstr("has format 3"), HasSubstr("reads format 2")));
}

TEST_F(OpenDatabase, ADirectoryThatIsNotThereIsNamedWithTheUser) {
  const auto file = scratch_.path() / "missing" / "millrace.db";
  const StorageError error = refusal(file);
  EXPECT_EQ(error.kind, StorageErrorKind::kIo);
  EXPECT_THAT(error.detail, AllOf(HasSubstr(file.string()), HasSubstr("No such file or directory"),
                                  HasSubstr("user id " + std::to_string(::geteuid()))));
}

class OpenDatabaseAsUser : public OpenDatabase {
 protected:
  // Root may write everywhere, so a test that runs as root becomes another user for as long as it lasts.
  void SetUp() override {
    if (::geteuid() != 0) return;
    constexpr uid_t kNobody = 65534;
    ASSERT_EQ(::chown(scratch_.path().c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::seteuid(kNobody), 0);
    was_root_ = true;
  }
  void TearDown() override {
    if (was_root_) {
      EXPECT_EQ(::seteuid(0), 0);
    }
    std::filesystem::permissions(scratch_.path(), std::filesystem::perms::owner_all);
  }

 private:
  bool was_root_{false};
};

TEST_F(OpenDatabaseAsUser, ADirectoryThatIsNotWritableIsNamedWithTheUser) {
  std::filesystem::permissions(scratch_.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const StorageError error = refusal(file_);
  EXPECT_EQ(error.kind, StorageErrorKind::kIo);
  EXPECT_THAT(error.detail, AllOf(HasSubstr(file_.string()), HasSubstr("user id " + std::to_string(::geteuid()))));
}

TEST_F(OpenDatabaseAsUser, AFileThatIsNotWritableIsNamedWithTheUser) {
  ASSERT_TRUE(open_database(file_).has_value());
  std::filesystem::permissions(file_, std::filesystem::perms::owner_read);
  const StorageError error = refusal(file_);
  EXPECT_EQ(error.kind, StorageErrorKind::kIo);
  EXPECT_THAT(error.detail, AllOf(HasSubstr(file_.string()), HasSubstr("not writable"),
                                  HasSubstr("user id " + std::to_string(::geteuid()))));
}

}  // namespace
}  // namespace millrace::storage::sqlite
