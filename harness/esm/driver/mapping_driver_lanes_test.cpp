// A driver whose shards have several lanes, and one that tells a destination.
#include <fmt/format.h>

#include "harness/esm/driver/mapping_driver_fixture.hpp"

namespace millrace::esm {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

Page page_of_two_keys(std::vector<Sequence> sequences) {
  Page page = page_of(std::move(sequences));
  for (Record& record : page.records) record.partition = 1 - record.sequence % 2;
  return page;
}

class MappingDriverLanesTest : public MappingDriverTest {
 protected:
  /// Two lanes of the only shard are at work: the first at record 1, the second at record 2.
  void start_both() {
    PollerSettings settings;
    settings.lanes = 2;
    settings.batch_size = 1;
    use(settings);
    start_idle();
    driver_->wake(1);
    ports_.expect("read shard-1 after 0");
    ports_.page["shard-1"](page_of_two_keys({1, 2, 3}));
    ports_.expect(R"(invoke {"Records":[1]})");
    ports_.expect(R"(invoke {"Records":[2]})");
  }
};

TEST_F(MappingDriverLanesTest, TellsOfEachLaneWhatItHasInHand) {
  start_both();
  ports_.each_invoked[0](failure());
  const std::vector<ShardReport> shards = driver_->progress();
  ASSERT_EQ(shards.size(), 1U);
  EXPECT_EQ(shards[0].shard, "shard-1");
  EXPECT_EQ(shards[0].state, "polling");
  EXPECT_EQ(shards[0].position, 0U);
  EXPECT_FALSE(shards[0].window);
  ASSERT_EQ(shards[0].lanes.size(), 2U);
  const LaneReport& failing = shards[0].lanes[0];
  EXPECT_EQ(failing.state, "waiting");
  EXPECT_EQ(failing.records_held, 2U);
  ASSERT_TRUE(failing.batch);
  EXPECT_EQ(failing.batch->records, 1U);
  EXPECT_EQ(failing.batch->first, 1U);
  EXPECT_EQ(failing.batch->attempt, 1U);
  EXPECT_EQ(failing.next_attempt, TimePoint{} + 500ms);
  EXPECT_EQ(failing.last_error, R"({"errorMessage":"boom"})");
  const LaneReport& working = shards[0].lanes[1];
  EXPECT_EQ(working.state, "invoking");
  EXPECT_EQ(working.batch->last, 2U);
  EXPECT_FALSE(working.next_attempt);
  time_.advance(500ms);
  ports_.expect(R"(invoke {"Records":[1]})");
  EXPECT_EQ(driver_->progress()[0].lanes[0].batch->attempt, 2U);
}

TEST_F(MappingDriverLanesTest, ALaneThatFailsIsTheReasonWhileTheOtherGoesOn) {
  start_both();
  ports_.each_invoked[0](failure());
  EXPECT_EQ(driver_->stuck().front().next_retry, TimePoint{} + 500ms);
  EXPECT_EQ(driver_->stuck().front().last_error, R"({"errorMessage":"boom"})");
  ports_.each_invoked[1](success());
  EXPECT_TRUE(ports_.quiet());  // record 1 is open: there is no checkpoint to write
  EXPECT_EQ(reason(),
            "Waiting after 1 failure(s) in a row, because the function 'echo' failed (boom); the next attempt is at "
            "1970-01-01T00:00:00.500Z.");
  EXPECT_FALSE(driver_->idle());
  EXPECT_TRUE(time_.run_next());
  ports_.expect(R"(invoke {"Records":[1]})");
  ports_.each_invoked[2](success());
  ports_.expect("save shard-1 upto 2");
  EXPECT_EQ(ports_.progress_saved, (ShardProgress{.done = 2, .delivered = 2, .discarded = 0}));
  ports_.saved({});
  ports_.expect(R"(invoke {"Records":[3]})");
  ports_.invoked(success());
  ports_.expect("save shard-1 upto 3");
  ports_.saved({});
  EXPECT_TRUE(driver_->idle());
  EXPECT_EQ(statistics_->records_delivered, 3U);
}

TEST_F(MappingDriverLanesTest, AStopWaitsForEveryLaneAndTakesBackWhatNobodyRuns) {
  start_both();
  bool stopped = false;
  driver_->stop([&] { stopped = true; });
  ports_.expect("withdraw");
  ports_.expect("withdraw");
  lambda::InvocationResult taken_back;
  taken_back.outcome = lambda::Outcome::kServiceError;
  ports_.each_invoked[1](taken_back);
  EXPECT_FALSE(stopped);
  ports_.each_invoked[0](success());
  ports_.expect("save shard-1 upto 1");
  EXPECT_FALSE(stopped);
  ports_.saved({});
  ports_.expect("unwatch 1");
  EXPECT_TRUE(stopped);
  EXPECT_EQ(statistics_->service_errors, 0U);
}

TEST_F(MappingDriverLanesTest, AStopEndsTheSleepOfOneLaneWhileTheOtherIsAtWork) {
  start_both();
  ports_.each_invoked[0](failure());
  bool stopped = false;
  driver_->stop([&] { stopped = true; });
  ports_.expect("withdraw");
  EXPECT_FALSE(time_.run_next());  // no timer is left
  ports_.each_invoked[1](success());
  ports_.expect("unwatch 1");
  EXPECT_TRUE(stopped);
}

TEST_F(MappingDriverLanesTest, AChangedFunctionEndsTheSleepsOfAllLanes) {
  start_both();
  ports_.each_invoked[0](failure());
  ports_.each_invoked[1](failure());
  driver_->retry_now();
  ports_.expect(R"(invoke {"Records":[1]})");
  ports_.expect(R"(invoke {"Records":[2]})");
  EXPECT_FALSE(time_.run_next());
}

TEST_F(MappingDriverLanesTest, AMissingFunctionIsMissedByEachLane) {
  PollerSettings settings;
  settings.lanes = 2;
  use(settings);
  start_idle();
  ports_.function_exists = false;
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of_two_keys({1, 2}));
  ports_.expect(R"(invoke {"Records":[1]})");
  ports_.expect(R"(invoke {"Records":[2]})");
  EXPECT_EQ(statistics_->service_errors, 2U);
  ports_.function_exists = true;
  driver_->retry_now();
  ports_.expect(R"(invoke {"Records":[1]})");
  ports_.expect(R"(invoke {"Records":[2]})");
}

TEST_F(MappingDriverLanesTest, WhatIsGivenUpIsKeptBeforeTheCheckpoint) {
  PollerSettings settings;
  settings.maximum_retry_attempts = 0;
  use(settings);
  ports_.destination_waits = true;
  start_invoking();
  time_.schedule(TimePoint{} + 2s, [] {});
  EXPECT_TRUE(time_.run_next());
  lambda::InvocationResult answer = failure();
  answer.executed_version = "7";
  ports_.invoked(answer);
  EXPECT_EQ(reason(), "The batch is given up, and is being kept as a dead letter.");
  EXPECT_EQ(ports_.activities.back(), Activity::kBusy);
  ASSERT_EQ(ports_.told.size(), 1U);
  const FailureRecord& told = ports_.told.front();
  EXPECT_EQ(told.request_id, ports_.request_id);
  EXPECT_EQ(told.function_arn, echo_mapping().function_arn);
  EXPECT_EQ(told.stream_arn, echo_mapping().event_source_arn);
  EXPECT_EQ(told.shard_id, "shard-1");
  EXPECT_EQ(told.condition, DiscardReason::kRetryAttemptsExhausted);
  EXPECT_EQ(told.approximate_invoke_count, 1U);
  EXPECT_EQ(told.response, (FailureRecord::Response{200, "7", "Unhandled"}));
  EXPECT_EQ(told.timestamp, TimePoint{} + 2s);
  EXPECT_EQ(told.first, 1U);
  EXPECT_EQ(told.last, 1U);
  EXPECT_EQ(told.batch_size, 1U);
  ASSERT_NE(told.event, nullptr);
  EXPECT_EQ(*told.event, R"({"Records":[1]})");
  ports_.destination_told();
  ports_.expect("save shard-1 upto 1");
  EXPECT_EQ(ports_.progress_saved, (ShardProgress{.done = 1, .delivered = 0, .discarded = 1}));
  ports_.saved({});
  EXPECT_TRUE(driver_->idle());
}

TEST_F(MappingDriverLanesTest, RecordsThatWereNeverSentAreKeptUnderARequestOfTheirOwn) {
  PollerSettings settings;
  settings.maximum_record_age = 60s;
  use(settings);
  start_idle();
  time_.schedule(TimePoint{} + 61s, [] {});
  EXPECT_TRUE(time_.run_next());
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({1, 2}));
  ports_.expect("save shard-1 upto 2");
  ASSERT_EQ(ports_.told.size(), 1U);
  EXPECT_EQ(ports_.told.front().request_id.size(), 36U);
  EXPECT_EQ(ports_.told.front().condition, DiscardReason::kRecordAgeExceeded);
  EXPECT_EQ(ports_.told.front().approximate_invoke_count, 1U);
  EXPECT_EQ(ports_.told.front().response, std::nullopt);
  EXPECT_EQ(ports_.told.front().batch_size, 2U);
  ports_.saved({});
}

TEST_F(MappingDriverLanesTest, AStopWaitsForWhatIsBeingKept) {
  PollerSettings settings;
  settings.maximum_retry_attempts = 0;
  use(settings);
  ports_.destination_waits = true;
  start_invoking();
  ports_.invoked(failure());
  bool stopped = false;
  driver_->stop([&] { stopped = true; });
  EXPECT_FALSE(stopped);
  ports_.destination_told();
  ports_.expect("save shard-1 upto 1");
  ports_.saved({});
  ports_.expect("unwatch 1");
  EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace millrace::esm
