// Logs through the whole storage: order, transactions, what is forgotten; and the sequence numbers of their records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

class RecordLogsTest : public KeyspaceAndLog {};

INSTANTIATE_TEST_SUITE_P(Both, RecordLogsTest, testing::Values(Kind::kEphemeral, Kind::kFile), name_of);

TEST_P(RecordLogsTest, LogsKeepOrderAndForgetWhatIsOld) {
  begin();
  const Sequence first = append(TimePoint{seconds{1}}, "one");
  const Sequence second = append(TimePoint{seconds{2}}, "two");
  const Sequence third = append(TimePoint{seconds{3}}, "three");
  commit();
  reopen();
  EXPECT_THAT(payloads(), ElementsAre("one", "two", "three"));
  EXPECT_THAT(payloads(first), ElementsAre("two", "three"));
  begin();
  EXPECT_TRUE(storage_->trim_log(log_, first).has_value());
  commit();
  EXPECT_THAT(payloads(), ElementsAre("two", "three"));
  EXPECT_GT(storage_->latest_record(log_).value(), second);
  begin();
  EXPECT_TRUE(storage_->trim_log(log_, third).has_value());
  commit();
  EXPECT_FALSE(storage_->latest_record(log_).value().has_value());
}

TEST_P(RecordLogsTest, RecordsOfAnOpenTransactionAreSeenAndGoWithIt) {
  begin();
  append(TimePoint{}, "kept");
  commit();
  begin();
  append(TimePoint{}, "first");
  EXPECT_THAT(payloads(), ElementsAre("kept", "first"));
  const Sequence last = append(TimePoint{}, "second");
  EXPECT_EQ(storage_->latest_record(log_).value(), last);
  append(TimePoint{}, "not even written");
  storage_->rollback();
  EXPECT_THAT(payloads(), ElementsAre("kept"));
  begin();
  append(TimePoint{}, "after");
  commit();
  EXPECT_THAT(payloads(), ElementsAre("kept", "after"));
}

TEST_P(RecordLogsTest, OneTransactionMayAppendMoreThanABlockHolds) {
  const std::string payload(kFullBlockBytes / 3, 'p');
  begin();
  std::vector<Sequence> sequences;
  for (int number = 0; number < 10; ++number) sequences.push_back(append(TimePoint{}, payload));
  append(TimePoint{}, std::string(3 * kFullBlockBytes, 'q'));
  commit();
  reopen();
  EXPECT_EQ(payloads().size(), 11U);
  EXPECT_EQ(payloads(sequences[4]).size(), 6U);
  begin();
  EXPECT_TRUE(storage_->trim_log(log_, sequences[4]).has_value());
  commit();
  EXPECT_EQ(payloads().size(), 6U);
}

TEST_P(RecordLogsTest, EveryLogOfATransactionGetsItsOwnRecords) {
  begin();
  std::vector<LogId> logs;
  for (int number = 0; number < 40; ++number) logs.push_back(storage_->create_log().value());
  for (const LogId log : logs) {
    const Sequence sequence = storage_->next_sequence().value();
    ASSERT_TRUE(storage_->append_record(log, sequence, TimePoint{}, std::to_string(log)).has_value());
  }
  ASSERT_TRUE(storage_->drop_log(logs.front()).has_value());
  commit();
  logs.erase(logs.begin());
  for (const LogId log : logs) {
    std::vector<std::string> found;
    ASSERT_TRUE(storage_
                    ->read_records(log, 0,
                                   [&](const RecordView& record) {
                                     found.emplace_back(record.payload);
                                     return Visit::kContinue;
                                   })
                    .has_value());
    EXPECT_THAT(found, ElementsAre(std::to_string(log)));
  }
}

TEST_P(RecordLogsTest, RecordsTellTheirSequenceAndTime) {
  const TimePoint created{std::chrono::microseconds{1'733'006'400'123'456}};
  begin();
  const Sequence sequence = append(created, "payload");
  commit();
  EXPECT_TRUE(storage_
                  ->read_records(log_, 0,
                                 [&](const RecordView& record) {
                                   EXPECT_EQ(record.sequence, sequence);
                                   EXPECT_EQ(record.created, created);
                                   return Visit::kStop;
                                 })
                  .has_value());
}

TEST_P(RecordLogsTest, ASequenceIsNeverGivenOutTwice) {
  begin();
  const Sequence committed = append(TimePoint{}, "x");
  commit();
  begin();
  const Sequence rolled_back = storage_->next_sequence().value();
  storage_->rollback();
  EXPECT_GT(rolled_back, committed);
  reopen();
  begin();
  const Sequence after = storage_->next_sequence().value();
  EXPECT_GT(after, rolled_back);
  EXPECT_TRUE(storage_->trim_log(log_, committed).has_value());
  commit();
  reopen();
  begin();
  EXPECT_GT(storage_->next_sequence().value(), after);
  commit();
}

TEST_P(RecordLogsTest, OneTransactionMayTakeMoreSequencesThanAreReserved) {
  begin();
  Sequence last = storage_->next_sequence().value();
  for (int taken = 0; taken < 100'000; ++taken) {
    const Sequence next = storage_->next_sequence().value();
    ASSERT_EQ(next, last + 1);
    last = next;
  }
  storage_->rollback();
  begin();
  EXPECT_GT(storage_->next_sequence().value(), last);
  commit();
  reopen();
  begin();
  EXPECT_GT(storage_->next_sequence().value(), last + 1);
  commit();
}

}  // namespace
}  // namespace millrace::storage::sqlite
