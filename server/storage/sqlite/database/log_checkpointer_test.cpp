#include "server/storage/sqlite/database/log_checkpointer.hpp"

#include <gtest/gtest.h>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

class LogCheckpointerTest : public testing::Test {
 protected:
  LogCheckpointerTest() {
    open();
    begin();
    keyspace_ = storage_->create_keyspace().value();
    commit();
  }

  void open() { storage_ = SqliteStorage::open({.file = file_, .faults = Faults{plan_}}).value(); }
  void begin() { ASSERT_TRUE(storage_->begin().has_value()); }
  void commit() { ASSERT_TRUE(storage_->commit().has_value()); }
  /// One transaction of about `pages` pages.
  void write(std::size_t pages) {
    const std::string item(3500, 'i');
    begin();
    for (std::size_t page = 0; page < pages; ++page) {
      ASSERT_TRUE(storage_->write_row(keyspace_, std::to_string(next_++), item, item.size()).has_value());
    }
    commit();
  }
  [[nodiscard]] Checkpointer& log() { return *storage_->checkpointer(); }
  [[nodiscard]] std::uintmax_t log_bytes() const { return std::filesystem::file_size(file_.string() + "-wal"); }

  FaultPlan plan_;
  ScratchDirectory scratch_;
  const std::filesystem::path file_{scratch_.path() / "test.db"};
  std::unique_ptr<SqliteStorage> storage_;
  KeyspaceId keyspace_{};
  int next_{0};
};

TEST_F(LogCheckpointerTest, ThereIsNoneInMemory) {
  EXPECT_EQ(SqliteStorage::open({}).value()->checkpointer(), nullptr);
}

TEST_F(LogCheckpointerTest, CommitsAreCountedAndNobodyElseCopiesThem) {
  for (int transaction = 0; transaction < 30; ++transaction) write(100);
  EXPECT_GT(log().fill().pages, 3000U);
  EXPECT_EQ(log().fill().uncopied, log().fill().pages);
}

TEST_F(LogCheckpointerTest, WhatIsCopiedMakesTheNextTransactionBeginTheLogAnew) {
  write(100);
  const auto bytes = log_bytes();
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(log().checkpoint().has_value());
    EXPECT_EQ(log().fill().uncopied, 0U);
    write(90);
    EXPECT_EQ(log().fill().uncopied, log().fill().pages);
    EXPECT_LT(log().fill().pages, 150U);
  }
  EXPECT_LT(log_bytes(), bytes * 3 / 2) << "the room in the file is used again";
}

TEST_F(LogCheckpointerTest, AnOpenTransactionIsNotInItsWayAndStaysWhole) {
  write(50);
  const auto before = log().fill().pages;
  begin();
  ASSERT_TRUE(storage_->write_row(keyspace_, "open", "{}", 2).has_value());
  ASSERT_TRUE(log().checkpoint().has_value());
  EXPECT_EQ(log().fill(), (LogFill{.pages = before, .uncopied = 0}));
  commit();
  EXPECT_GT(log().fill().uncopied, 0U) << "it began before the checkpoint ended, so it is behind the others";
  EXPECT_GT(log().fill().pages, before);
  ASSERT_TRUE(log().checkpoint().has_value());
  EXPECT_EQ(log().fill().uncopied, 0U);
  EXPECT_TRUE(storage_->read_row(keyspace_, "open").value().has_value());
}

TEST_F(LogCheckpointerTest, TheFileShrinksWithTheCheckpointBesideTheGate) {
  write(3000);
  ASSERT_TRUE(log().checkpoint().has_value());
  const auto full = std::filesystem::file_size(file_);
  begin();
  ASSERT_TRUE(storage_->drop_keyspace(keyspace_).has_value());
  commit();
  while (storage_->has_reclaimable()) {
    begin();
    ASSERT_TRUE(storage_->reclaim({}).has_value());
    commit();
  }
  ASSERT_TRUE(log().checkpoint().has_value());
  EXPECT_LT(std::filesystem::file_size(file_), full / 20);
}

TEST_F(LogCheckpointerTest, WithoutCheckpointsTheWriterBoundsTheLogItself) {
  std::size_t most = 0;
  for (int transaction = 0; transaction < 200; ++transaction) {
    write(200);
    most = std::max(most, log().fill().pages);
  }
  EXPECT_GE(most, SqliteStorage::kMostLogPages);
  EXPECT_LT(most, SqliteStorage::kMostLogPages + 1000);
}

TEST_F(LogCheckpointerTest, AFailureLosesNothingAndRefusesWritesOnlyWhenTheLogIsFull) {
  plan_.set(FaultPoint::kStorageCheckpoint, {});
  write(100);
  const auto failed = log().checkpoint();
  ASSERT_TRUE(failed.has_error());
  EXPECT_EQ(failed.error().kind, StorageErrorKind::kIo);
  EXPECT_EQ(log().fill().uncopied, log().fill().pages);
  while (log().fill().pages < SqliteStorage::kMostLogPages) write(200);
  EXPECT_EQ(storage_->begin().error().kind, StorageErrorKind::kIo);
  EXPECT_TRUE(storage_->read_row(keyspace_, "0").value().has_value());
  plan_.remove();
  write(1);
  EXPECT_LT(log().fill().pages, 100U);
  const int written = next_;
  storage_.reset();
  EXPECT_FALSE(std::filesystem::exists(file_.string() + "-wal")) << "the end makes the last checkpoint";
  open();
  for (int row = 0; row < written; ++row) {
    ASSERT_TRUE(storage_->read_row(keyspace_, std::to_string(row)).value().has_value()) << row;
  }
}

}  // namespace
}  // namespace millrace::storage::sqlite
