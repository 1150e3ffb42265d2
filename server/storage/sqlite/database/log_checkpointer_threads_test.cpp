// Checkpoints beside transactions, for ThreadSanitizer and for the count of pages under a load that never rests.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

TEST(LogCheckpointerThreads, NothingIsLostAndTheLogStaysBounded) {
  constexpr int kTransactions = 3000;
  constexpr int kRowsEach = 20;
  const ScratchDirectory scratch;
  const SqliteOptions options{scratch.path() / "test.db", {}};
  auto storage = SqliteStorage::open(options).value();
  ASSERT_TRUE(storage->begin().has_value());
  const auto keyspace = storage->create_keyspace().value();
  ASSERT_TRUE(storage->commit().has_value());

  std::atomic<bool> ended{false};
  std::atomic<int> checkpoints{0};
  std::thread copier{[&, log = storage->checkpointer()] {
    while (!ended) {
      if (const auto done = log->checkpoint(); done.has_error()) ADD_FAILURE() << done.error().detail;
      ++checkpoints;
    }
  }};
  const std::string item(2000, 'i');
  std::size_t most = 0;
  for (int transaction = 0; transaction < kTransactions; ++transaction) {
    ASSERT_TRUE(storage->begin().has_value());
    for (int row = 0; row < kRowsEach; ++row) {
      const auto key = std::to_string((transaction * kRowsEach + row) * 7919 % 4000);
      ASSERT_TRUE(storage->write_row(keyspace, key, item, item.size()).has_value());
    }
    ASSERT_TRUE(storage->commit().has_value());
    ASSERT_TRUE(storage->read_row(keyspace, "0").value().has_value());
    most = std::max(most, storage->checkpointer()->fill().pages);
  }
  ended = true;
  copier.join();
  EXPECT_GT(checkpoints, 1);
  EXPECT_LT(most, SqliteStorage::kMostLogPages + 1000);
  storage.reset();
  storage = SqliteStorage::open(options).value();
  EXPECT_EQ(storage->measure_keyspace(keyspace).value().row_count, 4000);
  EXPECT_TRUE(storage->database().run("PRAGMA integrity_check").has_value());
}

}  // namespace
}  // namespace millrace::storage::sqlite
