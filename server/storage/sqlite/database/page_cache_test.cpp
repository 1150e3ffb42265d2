// The cache of in-memory databases, by what SQLite makes of it: everything stays where it was put while b-trees grow,
// shrink, are dropped and rolled back. (storage_model_test.cpp does the same with random operations.)

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::storage::sqlite {
namespace {

constexpr int kRows = 20'000;

class PageCacheTest : public ::testing::Test {
 protected:
  PageCacheTest() {
    auto opened = SqliteStorage::open({});
    storage_ = *std::move(opened);
    EXPECT_TRUE(storage_->begin().has_value());
    keyspace_ = *storage_->create_keyspace();
    EXPECT_TRUE(storage_->commit().has_value());
  }

  /// Scatters the keys over the tree, so that pages are split and swapped everywhere.
  static std::string key(int row) {
    const auto mixed = static_cast<std::uint32_t>(row) * 2'654'435'761U;
    std::string text(4, '\0');
    for (std::size_t byte = 0; byte < text.size(); ++byte) text[byte] = static_cast<char>(mixed >> (24U - 8U * byte));
    return text + std::to_string(row);
  }
  static std::string value(int row, int version) {
    return std::string(static_cast<std::size_t>(100 + (row * 37 + version * 911) % 900),
                       static_cast<char>('a' + row % 26));
  }

  void write(int version) {
    for (int row = 0; row < kRows; ++row) {
      if (row % 100 == 0) {
        ASSERT_TRUE(storage_->begin().has_value());
      }
      ASSERT_TRUE(storage_->write_row(keyspace_, key(row), value(row, version), 1).has_value());
      if (row % 100 == 99) {
        ASSERT_TRUE(storage_->commit().has_value());
      }
    }
  }
  void expect_version(int version) {
    for (int row = 0; row < kRows; ++row) {
      const auto read = storage_->read_row(keyspace_, key(row));
      ASSERT_TRUE(read.has_value() && read->has_value()) << row;
      ASSERT_EQ((*read)->item_json, value(row, version)) << row;
    }
  }

  std::unique_ptr<SqliteStorage> storage_;
  KeyspaceId keyspace_{0};
};

TEST_F(PageCacheTest, KeepsEveryRowWhileTheTreeGrowsAndIsRewritten) {
  write(0);
  expect_version(0);
  write(1);
  expect_version(1);
}

TEST_F(PageCacheTest, ARolledBackFloodLeavesNoTrace) {
  write(0);
  ASSERT_TRUE(storage_->begin().has_value());
  for (int row = 0; row < 2 * kRows; ++row) {
    ASSERT_TRUE(storage_->write_row(keyspace_, key(row), value(row, 7), 1).has_value());
  }
  storage_->rollback();
  expect_version(0);
}

/// Memory of the process that is really there, in bytes.
std::size_t resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  std::size_t all = 0;
  std::size_t resident = 0;
  in >> all >> resident;
  return resident * 4096;
}

TEST_F(PageCacheTest, MemoryOfDroppedRowsIsGivenBackWhileOthersStay) {
  ASSERT_TRUE(storage_->begin().has_value());
  const KeyspaceId dropped = *storage_->create_keyspace();
  ASSERT_TRUE(storage_->commit().has_value());
  write(0);  // in between, so that pages of both lie side by side
  constexpr std::size_t kBytes = std::size_t{64} * 1024 * 1024;
  constexpr std::size_t kRowBytes = 1000;
  ASSERT_TRUE(storage_->begin().has_value());
  for (std::size_t row = 0; row < kBytes / kRowBytes; ++row) {
    ASSERT_TRUE(storage_->write_row(dropped, key(static_cast<int>(row)), std::string(kRowBytes, 'd'), 1).has_value());
  }
  ASSERT_TRUE(storage_->commit().has_value());
  const std::size_t full = resident_bytes();
  ASSERT_TRUE(storage_->begin().has_value());
  ASSERT_TRUE(storage_->drop_keyspace(dropped).has_value());
  ASSERT_TRUE(storage_->commit().has_value());
  while (storage_->has_reclaimable()) {
    ASSERT_TRUE(storage_->begin().has_value());
    ASSERT_TRUE(storage_->reclaim({}).has_value());
    ASSERT_TRUE(storage_->commit().has_value());
  }
  EXPECT_LT(resident_bytes() + kBytes * 8 / 10, full);
  expect_version(0);
}

TEST_F(PageCacheTest, PagesOfDroppedRowsAreUsedAgain) {
  write(0);
  ASSERT_TRUE(storage_->begin().has_value());
  ASSERT_TRUE(storage_->drop_keyspace(keyspace_).has_value());
  keyspace_ = *storage_->create_keyspace();
  ASSERT_TRUE(storage_->commit().has_value());
  EXPECT_EQ(storage_->measure_keyspace(keyspace_)->row_count, 0);
  write(2);
  expect_version(2);
}

}  // namespace
}  // namespace millrace::storage::sqlite
