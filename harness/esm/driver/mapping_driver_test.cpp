#include "harness/esm/driver/mapping_driver.hpp"

#include "harness/esm/driver/mapping_driver_fixture.hpp"

namespace millrace::esm {
namespace {

TEST_F(MappingDriverTest, DeliversOneBatchFromWakeToCheckpoint) {
  start_idle();
  driver_->wake(1);
  EXPECT_FALSE(driver_->idle());
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({1, 2}));
  ports_.expect(R"(invoke {"Records":[1,2]})");
  ports_.invoked(success());
  ports_.expect("save shard-1 upto 2");
  ports_.saved({});
  EXPECT_TRUE(driver_->idle());
  EXPECT_EQ(ports_.activities, (std::vector{Activity::kIdle, Activity::kBusy, Activity::kIdle}));
  const MappingStatistics counted = *statistics_;
  EXPECT_EQ(counted.records_delivered, 2U);
  EXPECT_EQ(counted.batches, 1U);
  EXPECT_EQ(counted.invocations, 1U);
  EXPECT_EQ(counted.last_processing_result, "OK");
}

TEST_F(MappingDriverTest, AWakeOfAnotherLogIsNotOurs) {
  start_idle();
  driver_->wake(99);
  EXPECT_TRUE(ports_.quiet());
}

TEST_F(MappingDriverTest, AWakeThatComesWhileBusyIsRemembered) {
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  driver_->wake(1);  // the read may have begun before this commit
  driver_->wake(1);
  ports_.page["shard-1"](page_of({}));
  EXPECT_FALSE(driver_->idle());
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({}));
  EXPECT_TRUE(driver_->idle());
}

TEST_F(MappingDriverTest, ResumesBehindTheCheckpointsItIsGiven) {
  start_with({{{"shard-1", {}, 1}, ShardProgress{.done = 41}}});
  ports_.expect("read shard-1 after 41");
}

TEST_F(MappingDriverTest, CheckpointsGoOnCountingWhereTheyAreTakenUp) {
  start_with({{{"shard-1", {}, 1}, ShardProgress{.done = 41, .delivered = 30, .discarded = 2}}});
  ports_.expect("read shard-1 after 41");
  ports_.page["shard-1"](page_of({42, 43}));
  ports_.expect(R"(invoke {"Records":[42,43]})");
  ports_.invoked(success());
  ports_.expect("save shard-1 upto 43");
  EXPECT_EQ(ports_.progress_saved, (ShardProgress{.done = 43, .delivered = 32, .discarded = 2}));
  // Saving it again must not count again.
  ports_.saved(StorageError{StorageErrorKind::kIo, "disk full"});
  EXPECT_TRUE(time_.run_next());
  ports_.expect("save shard-1 upto 43");
  EXPECT_EQ(ports_.progress_saved, (ShardProgress{.done = 43, .delivered = 32, .discarded = 2}));
  ports_.saved({});
  EXPECT_TRUE(driver_->idle());
}

TEST_F(MappingDriverTest, ChildrenWaitForTheirParents) {
  start_with({{{"shard-1", {}, 1}, std::nullopt}, {{"shard-2", {"shard-1"}, 2}, std::nullopt}});
  ports_.expect("read shard-1 after 0");
  EXPECT_EQ(driver_->stuck().at(1).reason, "The shard waits until its parent shard-1 is read to its end.");
  ports_.page["shard-1"](last_page_of({1}));
  ports_.expect(R"(invoke {"Records":[1]})");
  ports_.invoked(success());
  ports_.expect("save shard-1 upto 1");
  ports_.saved({});
  ports_.expect("read shard-2 after 0");
  ports_.expect("list");
}

TEST_F(MappingDriverTest, AMergedShardWaitsForBothItsParents) {
  start_with({{{"shard-1", {}, 1}, std::nullopt},
              {{"shard-2", {}, 2}, std::nullopt},
              {{"shard-3", {"shard-1", "shard-2"}, 3}, std::nullopt}});
  ports_.expect("read shard-1 after 0");
  ports_.expect("read shard-2 after 0");
  ports_.page["shard-1"](last_page_of({}));
  ports_.expect("list");
  EXPECT_EQ(driver_->stuck().back().reason, "The shard waits until its parent shard-2 is read to its end.");
  ports_.page["shard-2"](last_page_of({}));
  ports_.expect("read shard-3 after 0");
}

TEST_F(MappingDriverTest, AChildWhoseParentHasLeftTheStreamStarts) {
  start_with({{{"shard-2", {"shard-1"}, 2}, std::nullopt}});
  ports_.expect("read shard-2 after 0");
}

TEST_F(MappingDriverTest, AParentIsReadAgainWhenAChildShowsUp) {
  start_idle();
  driver_->refresh();
  ports_.expect("read shard-1 after 0");
  ports_.expect("list");
  ports_.page["shard-1"](page_of({}));
  ports_.listed(ShardList{{{{"shard-1", {}, 1}, std::nullopt}, {{"shard-2", {"shard-1"}, 2}, std::nullopt}}});
  ports_.expect("watch 2");
  ports_.expect("read shard-1 after 0");
}

TEST_F(MappingDriverTest, FinishedShardsThatLeftTheStreamAreForgotten) {
  start_with({{{"shard-1", {}, 1}, std::nullopt}});
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](last_page_of({}));
  ports_.expect("list");
  ports_.listed(ShardList{});
  ports_.expect("unwatch 1");
  ports_.expect("forget shard-1");
  EXPECT_TRUE(driver_->idle());
  EXPECT_EQ(reason(), "The stream arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L does not exist any more.");
}

TEST_F(MappingDriverTest, ListsAgainAfterAFailure) {
  driver_->start();
  ports_.expect("list");
  ports_.listed(StorageError{StorageErrorKind::kIo, "disk on fire"});
  EXPECT_EQ(reason(), "The mapping waits: the shards of the stream cannot be listed: disk on fire.");
  EXPECT_TRUE(time_.run_next());
  ports_.expect("list");
}

TEST_F(MappingDriverTest, AFailingFunctionIsTheReason) {
  start_invoking();
  EXPECT_EQ(reason(), "The function 'echo' is being invoked and has not answered yet.");
  ports_.invoked(failure());
  const auto stuck = driver_->stuck();
  ASSERT_EQ(stuck.size(), 1U);
  EXPECT_EQ(stuck[0].reason,
            "Waiting after 1 failure(s) in a row, because the function 'echo' failed (boom); the next "
            "attempt is at 1970-01-01T00:00:00.500Z.");
  EXPECT_EQ(stuck[0].last_error, R"({"errorMessage":"boom"})");
  EXPECT_EQ(stuck[0].next_retry, TimePoint{} + std::chrono::milliseconds{500});
  EXPECT_TRUE(time_.run_next());
  ports_.expect(R"(invoke {"Records":[1]})");
  EXPECT_EQ(reason(),
            "Last time the function 'echo' failed (boom); it is being invoked again and has not answered yet.");
  EXPECT_EQ(statistics_->retries, 1U);
  EXPECT_EQ(statistics_->last_processing_result, "PROBLEM: Function call failed");
}

TEST_F(MappingDriverTest, AMissingFunctionIsTheReasonUntilItIsMade) {
  start_idle();
  ports_.function_exists = false;
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({1}));
  ports_.expect(R"(invoke {"Records":[1]})");
  EXPECT_NE(reason().find("because the function 'echo' does not exist"), std::string::npos) << reason();
  EXPECT_EQ(statistics_->invocations, 0U);
  EXPECT_EQ(statistics_->service_errors, 1U);
  ports_.function_exists = true;
  driver_->retry_now();
  ports_.expect(R"(invoke {"Records":[1]})");
}

TEST_F(MappingDriverTest, RetryNowDoesNotHurryReadsThatFailed) {
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](StorageError{StorageErrorKind::kIo, "disk on fire"});
  EXPECT_NE(reason().find("because the shard cannot be read: disk on fire"), std::string::npos) << reason();
  driver_->retry_now();
  EXPECT_TRUE(ports_.quiet());
}

TEST_F(MappingDriverTest, CountsPartOfABatchAsAnError) {
  MappingDefinition mapping = echo_mapping();
  mapping.report_batch_item_failures = true;
  driver_ = std::make_shared<MappingDriver>(mapping, poller_settings(mapping), ports_, time_, random_, statistics_);
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({1, 2}));
  ports_.expect(R"(invoke {"Records":[1,2]})");
  lambda::InvocationResult result = success();
  result.payload = R"({"batchItemFailures":[{"itemIdentifier":"100000000000000000002"}]})";
  ports_.invoked(result);
  ports_.expect("save shard-1 upto 1");
  ports_.saved({});
  EXPECT_EQ(statistics_->records_delivered, 1U);
  EXPECT_EQ(statistics_->errors, 1U);
  EXPECT_NE(reason().find("because the function 'echo' reported failed items"), std::string::npos) << reason();
}

TEST_F(MappingDriverTest, StopsAtOnceWhenIdle) {
  start_idle();
  bool stopped = false;
  driver_->stop([&] { stopped = true; });
  EXPECT_TRUE(stopped);
  ports_.expect("unwatch 1");
  driver_->wake(1);
  driver_->refresh();
  EXPECT_TRUE(ports_.quiet());
}

TEST_F(MappingDriverTest, StopWaitsForAnInvocationAndItsCheckpoint) {
  start_invoking();
  bool stopped = false;
  driver_->stop([&] { stopped = true; });
  ports_.expect("withdraw");  // to no effect: a runtime has begun it
  EXPECT_FALSE(stopped);
  ports_.invoked(success());
  ports_.expect("save shard-1 upto 1");
  EXPECT_FALSE(stopped);
  ports_.saved({});
  EXPECT_TRUE(stopped);
  ports_.expect("unwatch 1");
}

TEST_F(MappingDriverTest, StopTakesBackAnInvocationThatNobodyRunsAndCallsItNoError) {
  start_invoking();
  bool stopped = false;
  driver_->stop([&] { stopped = true; });
  ports_.expect("withdraw");
  ports_.invoked(lambda::InvocationResult{});
  EXPECT_TRUE(stopped);
  ports_.expect("unwatch 1");
  EXPECT_EQ(statistics_->service_errors, 0U);
  EXPECT_EQ(statistics_->last_processing_result, "No records processed");
}

TEST_F(MappingDriverTest, TheReasonNamesWhatTheFunctionWaitsFor) {
  start_invoking();
  ports_.waits_for = "no process is attached to the external function echo: start one";
  EXPECT_EQ(reason(),
            "The batch waits for the function 'echo' to be run: no process is attached to the external function echo: "
            "start one.");
}

TEST_F(MappingDriverTest, AnswersThatOutliveTheDriverAreDropped) {
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  driver_.reset();
  ports_.page["shard-1"](page_of({1}));
  EXPECT_TRUE(ports_.quiet());
}

}  // namespace
}  // namespace millrace::esm
