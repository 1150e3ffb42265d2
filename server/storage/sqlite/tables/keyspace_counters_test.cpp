// Counters of a file are noted when it closes and counted when it did not: always right, and no page of a small
// transaction is theirs.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

class KeyspaceCountersInAFile : public testing::Test {
 protected:
  KeyspaceCountersInAFile() {
    open(file_);
    begin();
    keyspace_ = storage_->create_keyspace().value();
    commit();
  }

  void open(const std::filesystem::path& file) {
    storage_.reset();
    storage_ = SqliteStorage::open({.file = file, .faults = {}}).value();
  }
  void begin() { ASSERT_TRUE(storage_->begin().has_value()); }
  void commit() { ASSERT_TRUE(storage_->commit().has_value()); }
  void write(const std::string& key, std::size_t size) {
    ASSERT_TRUE(storage_->write_row(keyspace_, key, std::string(size, 'i'), size).has_value());
  }
  [[nodiscard]] KeyspaceStatistics counted() { return storage_->measure_keyspace(keyspace_).value(); }
  /// What the database says of the keyspace.
  KeyspaceStatistics noted() {
    Statement statement{storage_->database(), "SELECT row_count, item_bytes FROM keyspaces"};
    Query query{statement};
    EXPECT_TRUE(query.next().value());
    return {query.integer(0), query.integer(1)};
  }
  /// The files as a process leaves them that is killed now.
  std::filesystem::path copy_as_killed() {
    const auto copy = scratch_.path() / ("killed" + std::to_string(++copies_) + ".db");
    std::filesystem::copy_file(file_, copy);
    std::filesystem::copy_file(log_of(file_), log_of(copy));
    return copy;
  }
  static std::filesystem::path log_of(const std::filesystem::path& file) { return file.string() + "-wal"; }

  ScratchDirectory scratch_;
  const std::filesystem::path file_{scratch_.path() / "test.db"};
  std::unique_ptr<SqliteStorage> storage_;
  KeyspaceId keyspace_{0};
  int copies_{0};
};

TEST_F(KeyspaceCountersInAFile, ATransactionOfOneRowWritesOnePage) {
  begin();
  write("key", 100);
  commit();
  constexpr std::uintmax_t kFrame = 4096 + 24;
  for (std::size_t transaction = 1; transaction <= 10; ++transaction) {
    const auto before = std::filesystem::file_size(log_of(file_));
    begin();
    write("key", 100 + transaction);
    commit();
    EXPECT_EQ(std::filesystem::file_size(log_of(file_)) - before, kFrame);
  }
}

TEST_F(KeyspaceCountersInAFile, ATransactionThatWritesARowAsItIsWritesNoPage) {
  begin();
  write("key", 100);
  commit();
  const auto before = std::filesystem::file_size(log_of(file_));
  begin();
  write("key", 100);
  commit();
  EXPECT_EQ(std::filesystem::file_size(log_of(file_)), before);
  EXPECT_EQ(counted(), (KeyspaceStatistics{1, 100}));
}

TEST_F(KeyspaceCountersInAFile, AreNotedByClosing) {
  begin();
  write("a", 10);
  write("b", 5);
  commit();
  EXPECT_EQ(noted().row_count, kCountersNotNoted);
  open(file_);
  EXPECT_EQ(noted(), (KeyspaceStatistics{2, 15}));
  EXPECT_EQ(counted(), (KeyspaceStatistics{2, 15}));
}

TEST_F(KeyspaceCountersInAFile, AreCountedWhenTheProcessWasKilled) {
  begin();
  write("a", 10);
  commit();
  open(file_);
  begin();
  write("a", 7);
  write("b", 5);
  commit();
  const auto killed = copy_as_killed();
  open(killed);
  EXPECT_EQ(counted(), (KeyspaceStatistics{2, 12}));
  open(killed);  // closed in order this time
  EXPECT_EQ(noted(), (KeyspaceStatistics{2, 12}));
}

TEST_F(KeyspaceCountersInAFile, StayNotedWhenATransactionIsRolledBack) {
  begin();
  write("a", 10);
  commit();
  open(file_);
  begin();
  write("b", 5);
  storage_->rollback();
  EXPECT_EQ(noted(), (KeyspaceStatistics{1, 10}));
  const auto killed = copy_as_killed();
  open(killed);
  EXPECT_EQ(counted(), (KeyspaceStatistics{1, 10}));
  // The mark is set anew by the transaction that needs it.
  begin();
  write("b", 5);
  commit();
  EXPECT_EQ(noted().row_count, kCountersNotNoted);
}

TEST_F(KeyspaceCountersInAFile, OfATransactionThatWasOpenAtTheEndAreThoseBeforeIt) {
  begin();
  write("a", 10);
  commit();
  begin();
  write("b", 5);
  open(file_);
  EXPECT_EQ(counted(), (KeyspaceStatistics{1, 10}));
}

TEST_F(KeyspaceCountersInAFile, RowsThatCannotBeReadDoNotKeepAFileFromOpening) {
  begin();
  for (int row = 0; row < 100; ++row) write(std::to_string(row), 500);
  commit();
  storage_->database().run("PRAGMA wal_checkpoint(TRUNCATE)").value();
  begin();
  write("0", 500);
  commit();
  const auto killed = copy_as_killed();
  // Pages that hold nothing but rows, overwritten.
  std::fstream stream{killed, std::ios::in | std::ios::out | std::ios::binary};
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(killed));
  for (std::streamoff at = size - 4 * 4096; at < size; at += 4096) {
    stream.seekp(at);
    stream << std::string(4096, '\xFF');
  }
  stream.close();
  for (int opening = 0; opening < 2; ++opening) {
    open(killed);
    EXPECT_LT(counted().row_count, 100);
    EXPECT_EQ(noted().row_count, kCountersNotNoted);  // no note: what could be counted is not what there is
  }
  // A drop finds rows that were not counted.
  begin();
  EXPECT_TRUE(storage_->drop_keyspace(keyspace_).has_value());
  commit();
  EXPECT_TRUE(storage_->has_reclaimable());
}

}  // namespace
}  // namespace millrace::storage::sqlite
