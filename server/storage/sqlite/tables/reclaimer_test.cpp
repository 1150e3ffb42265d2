// Dropping is told at once and done in portions: through commits, rollbacks and restarts, at a cost for each step that
// does not depend on how much there is.
#include <gtest/gtest.h>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

class ReclaimerTest : public StorageOfKind {
 protected:
  static std::string key(int row) { return std::to_string(1'000'000 + row); }

  KeyspaceId make_keyspace(int rows) {
    begin();
    const KeyspaceId keyspace = storage_->create_keyspace().value();
    for (int row = 0; row < rows; ++row) {
      EXPECT_TRUE(storage_->write_row(keyspace, key(row), std::string(200, 'i'), 200).has_value());
    }
    commit();
    return keyspace;
  }
  LogId make_log(int blocks) {
    begin();
    const LogId log = storage_->create_log().value();
    commit();
    for (int block = 0; block < blocks; ++block) {
      begin();
      const Sequence sequence = storage_->next_sequence().value();
      EXPECT_TRUE(storage_->append_record(log, sequence, TimePoint{}, std::string(500, 'r')).has_value());
      commit();
    }
    return log;
  }
  /// Rows and blocks that lie in the database, whoever they belong to.
  std::int64_t stored() { return count("SELECT (SELECT count(*) FROM rows) + (SELECT count(*) FROM record_blocks)"); }
};

INSTANTIATE_TEST_SUITE_P(Both, ReclaimerTest, testing::Values(Kind::kEphemeral, Kind::kFile), name_of);

TEST_P(ReclaimerTest, DroppingTouchesNoRowAndAStepTouchesAsManyInALargeOneAsInASmallOne) {
  for (const int rows : {1000, 4000}) {
    SCOPED_TRACE(rows);
    const KeyspaceId keyspace = make_keyspace(rows);
    steps_to_the_end();
    const std::int64_t before = stored();
    begin();
    ASSERT_TRUE(storage_->drop_keyspace(keyspace).has_value());
    commit();
    EXPECT_EQ(stored(), before);
    step();
    EXPECT_EQ(stored(), before - 256);
    steps_to_the_end();
    EXPECT_EQ(stored(), before - rows);
  }
}

TEST_P(ReclaimerTest, LogsGoTheSameWay) {
  const LogId log = make_log(100);
  const LogId kept = make_log(3);
  begin();
  ASSERT_TRUE(storage_->drop_log(log).has_value());
  commit();
  EXPECT_EQ(stored(), 103);
  step();
  EXPECT_EQ(stored(), 103 - 16);
  steps_to_the_end();
  EXPECT_EQ(stored(), 3);
  EXPECT_TRUE(storage_->latest_record(kept).value().has_value());
}

TEST_P(ReclaimerTest, TheDatabaseGetsSmaller) {
  const KeyspaceId kept = make_keyspace(500);
  const std::int64_t small = pages();
  const KeyspaceId dropped = make_keyspace(10'000);
  const std::int64_t large = pages();
  begin();
  ASSERT_TRUE(storage_->drop_keyspace(dropped).has_value());
  commit();
  steps_to_the_end();
  EXPECT_GT(large, 4 * small);
  EXPECT_LE(pages(), small + 4);
  EXPECT_EQ(storage_->measure_keyspace(kept).value().row_count, 500);
  EXPECT_TRUE(storage_->read_row(kept, key(499)).value().has_value());
}

TEST_P(ReclaimerTest, ALostStepIsDoneAgainAndALostDropIsNone) {
  const KeyspaceId keyspace = make_keyspace(1000);
  begin();
  ASSERT_TRUE(storage_->drop_keyspace(keyspace).has_value());
  storage_->rollback();
  EXPECT_EQ(storage_->measure_keyspace(keyspace).value().row_count, 1000);
  steps_to_the_end();
  EXPECT_EQ(stored(), 1000);
  begin();
  ASSERT_TRUE(storage_->drop_keyspace(keyspace).has_value());
  commit();
  begin();
  ASSERT_TRUE(storage_->reclaim({}).has_value());
  storage_->rollback();
  EXPECT_EQ(stored(), 1000);
  steps_to_the_end();
  EXPECT_EQ(stored(), 0);
}

TEST_P(ReclaimerTest, GoesOnAfterARestart) {
  const KeyspaceId keyspace = make_keyspace(1000);
  const LogId log = make_log(20);
  begin();
  ASSERT_TRUE(storage_->drop_keyspace(keyspace).has_value());
  ASSERT_TRUE(storage_->drop_log(log).has_value());
  commit();
  step();
  reopen();
  EXPECT_TRUE(storage_->has_reclaimable());
  steps_to_the_end();
  EXPECT_EQ(stored(), 0);
}

TEST_P(ReclaimerTest, CountersSurviveRestartAndRollbackAndAreKeptByEveryWayToWrite) {
  const KeyspaceId keyspace = make_keyspace(10);
  begin();
  ASSERT_TRUE(storage_->write_row(keyspace, key(0), "{}", 7).has_value());
  ASSERT_TRUE(storage_->write_row(keyspace, key(1), "{}", 7, PreviousRow::of_size(200)).has_value());
  ASSERT_TRUE(storage_->write_row(keyspace, "new", "{}", 7, PreviousRow::none()).has_value());
  ASSERT_TRUE(storage_->erase_row(keyspace, key(2)).has_value());
  ASSERT_TRUE(storage_->erase_row(keyspace, key(3), PreviousRow::of_size(200)).has_value());
  ASSERT_TRUE(storage_->erase_row(keyspace, "never there").has_value());
  commit();
  const KeyspaceStatistics expected{9, 3 * 7 + 6 * 200};
  EXPECT_EQ(storage_->measure_keyspace(keyspace).value(), expected);
  begin();
  ASSERT_TRUE(storage_->erase_row(keyspace, key(4)).has_value());
  EXPECT_EQ(storage_->measure_keyspace(keyspace).value().row_count, 8);
  storage_->rollback();
  EXPECT_EQ(storage_->measure_keyspace(keyspace).value(), expected);
  reopen();
  EXPECT_EQ(storage_->measure_keyspace(keyspace).value(), expected);
}

}  // namespace
}  // namespace millrace::storage::sqlite
