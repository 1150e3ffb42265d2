#include "server/storage/sqlite/database/open_database.hpp"

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
  run(file_, "PRAGMA user_version = 6");
  const StorageError error = refusal(file_);
  EXPECT_EQ(error.kind, StorageErrorKind::kCorrupt);
  EXPECT_THAT(error.detail,
              AllOf(HasSubstr(file_.string()), HasSubstr("has format 6"), HasSubstr("reads formats 2 to 5")));
}

TEST_F(OpenDatabase, TheFormatBeforeIsBroughtUpAndCounted) {
  run(file_, R"(
    CREATE TABLE keyspaces(id INTEGER PRIMARY KEY AUTOINCREMENT);
    CREATE TABLE rows(keyspace INTEGER NOT NULL, key BLOB NOT NULL, item_size INTEGER NOT NULL, item TEXT NOT NULL,
      PRIMARY KEY(keyspace, key)) WITHOUT ROWID;
    CREATE TABLE logs(id INTEGER PRIMARY KEY AUTOINCREMENT);
    CREATE TABLE record_blocks(last_sequence INTEGER PRIMARY KEY, log INTEGER NOT NULL, records BLOB NOT NULL);
    CREATE INDEX blocks_of_log ON record_blocks(log);
    CREATE TABLE documents(kind TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
      PRIMARY KEY(kind, name)) WITHOUT ROWID;
    CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counters(name, value) VALUES('last_reserved_sequence', 7);
    INSERT INTO keyspaces(id) VALUES(3);
    INSERT INTO keyspaces(id) VALUES(4);
    INSERT INTO rows VALUES(3, x'61', 5, '{"a":1}');
    INSERT INTO rows VALUES(3, x'62', 6, '{"b":1}');
    INSERT INTO documents VALUES('kind', 'name', '{}');
    PRAGMA application_id = 1296847427;
    PRAGMA user_version = 2;
  )");
  for (int opening = 0; opening < 2; ++opening) {
    const auto storage = SqliteStorage::open({.file = file_, .faults = {}}).value();
    EXPECT_EQ(storage->measure_keyspace(3).value(), (KeyspaceStatistics{2, 11}));
    EXPECT_EQ(storage->measure_keyspace(4).value(), KeyspaceStatistics{});
    EXPECT_EQ(storage->read_row(3, "a").value()->item_json, R"({"a":1})");
    EXPECT_EQ(storage->read_document("kind", "name").value(), "{}");
  }
}

TEST_F(OpenDatabase, OfFormat4KeyspacesHaveNoHistoryAndCanGetOne) {
  {
    const auto storage = SqliteStorage::open({.file = file_, .faults = {}}).value();
    ASSERT_TRUE(storage->begin().has_value());
    const KeyspaceId keyspace = storage->create_keyspace().value();
    ASSERT_EQ(keyspace, 1);
    ASSERT_TRUE(storage->write_row(keyspace, "a", "before", 6).has_value());
    ASSERT_TRUE(storage->commit().has_value());
  }
  run(file_, R"(
    ALTER TABLE keyspaces DROP COLUMN history_from;
    DROP TABLE history;
    DROP TABLE forgotten_history;
    PRAGMA user_version = 4;
  )");
  Sequence before = 0;
  for (int opening = 0; opening < 2; ++opening) {
    const auto storage = SqliteStorage::open({.file = file_, .faults = {}}).value();
    if (opening == 0) {
      EXPECT_EQ(storage->history_begin(1), std::nullopt);
      ASSERT_TRUE(storage->begin().has_value());
      before = storage->keep_history(1).value();
      ASSERT_TRUE(storage->write_row(1, "a", "after", 5).has_value());
      ASSERT_TRUE(storage->commit().has_value());
    }
    EXPECT_EQ(storage->history_begin(1), before);
    EXPECT_EQ(storage->read_row(1, "a").value()->item_json, "after");
    EXPECT_EQ(storage->read_row_as_of(1, "a", before).value()->item_json, "before");
    EXPECT_EQ(storage->measure_keyspace(1).value(), (KeyspaceStatistics{1, 5}));
  }
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
    std::filesystem::permissions(scratch_.path().parent_path(),
                                 std::filesystem::perms::group_exec | std::filesystem::perms::others_exec,
                                 std::filesystem::perm_options::add);
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
  EXPECT_EQ(error.kind, StorageErrorKind::kReadOnly);
  EXPECT_THAT(error.detail, AllOf(HasSubstr(file_.string()), HasSubstr("not writable"),
                                  HasSubstr("user id " + std::to_string(::geteuid()))));
}

}  // namespace
}  // namespace millrace::storage::sqlite
