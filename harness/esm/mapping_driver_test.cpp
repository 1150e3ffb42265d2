// The driver with a scripted world: every call it makes must be expected by the test, in order; answers come when the
// test gives them.
#include "harness/esm/mapping_driver.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "server/base/timer_service.hpp"

namespace millrace::esm {
namespace {

/// Writes every call down; the destructor fails the test for each that nobody expected.
class ScriptedPorts final : public MappingPorts {
 public:
  explicit ScriptedPorts(base::VirtualTime& time) : time_{time} {}
  ~ScriptedPorts() override { EXPECT_TRUE(calls_.empty()) << "unexpected: " << calls_.front(); }

  /// Takes the next call, which must be this one.
  void expect(const std::string& call) {
    ASSERT_FALSE(calls_.empty()) << "missing: " << call;
    EXPECT_EQ(calls_.front(), call);
    calls_.pop_front();
  }
  [[nodiscard]] bool quiet() const { return calls_.empty(); }

  // Answers to the last call of each kind.
  std::function<void(StorageResult<ShardList>)> listed;
  std::map<std::string, std::function<void(StorageResult<Page>)>> page;
  std::function<void(StorageResult<void>)> saved;
  ShardProgress progress_saved;
  lambda::InvocationDone invoked;
  std::string request_id;
  bool function_exists{true};
  std::optional<std::string> waits_for;
  std::vector<bool> idle_changes;

  void list_shards(std::function<void(StorageResult<ShardList>)> done) override {
    calls_.emplace_back("list");
    listed = std::move(done);
  }
  void read(const std::string& shard_id, Sequence after, const ReadLimits& /*limits*/,
            std::function<void(StorageResult<Page>)> done) override {
    calls_.push_back(fmt::format("read {} after {}", shard_id, after));
    page[shard_id] = std::move(done);
  }
  void save_checkpoint(const std::string& shard_id, const ShardProgress& progress,
                       std::function<void(StorageResult<void>)> done) override {
    calls_.push_back(fmt::format("save {} upto {}", shard_id, progress.done));
    progress_saved = progress;
    saved = std::move(done);
  }
  void forget_checkpoint(const std::string& shard_id) override { calls_.push_back("forget " + shard_id); }
  bool invoke(lambda::Invocation invocation, lambda::InvocationDone done) override {
    calls_.push_back("invoke " + *invocation.payload);
    request_id = invocation.request_id;
    invoked = std::move(done);
    return function_exists;
  }
  void withdraw(const std::string& id) override {
    EXPECT_EQ(id, request_id);
    calls_.emplace_back("withdraw");
  }
  [[nodiscard]] std::optional<std::string> function_waits_for() const override { return waits_for; }
  base::TimerService::Id schedule(TimePoint when, std::function<void()> callback) override {
    return time_.schedule(when, std::move(callback));
  }
  void cancel(base::TimerService::Id timer) override { time_.cancel(timer); }
  void watch(LogId log) override { calls_.push_back(fmt::format("watch {}", log)); }
  void unwatch(LogId log) override { calls_.push_back(fmt::format("unwatch {}", log)); }
  void idle_changed(bool idle) override { idle_changes.push_back(idle); }

 private:
  base::VirtualTime& time_;
  std::deque<std::string> calls_;
};

MappingDefinition echo_mapping() {
  MappingDefinition mapping;
  mapping.uuid = "mapping";
  mapping.function_name = "echo";
  mapping.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:echo";
  mapping.event_source_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L";
  return mapping;
}

Page page_of(std::vector<Sequence> sequences) {
  Page page;
  for (const Sequence sequence : sequences) page.records.push_back({sequence, TimePoint{}, std::to_string(sequence)});
  return page;
}
Page last_page_of(std::vector<Sequence> sequences) {
  Page page = page_of(std::move(sequences));
  page.at_end = true;
  return page;
}

lambda::InvocationResult success() {
  lambda::InvocationResult result;
  result.outcome = lambda::Outcome::kSuccess;
  return result;
}
lambda::InvocationResult failure() {
  lambda::InvocationResult result;
  result.outcome = lambda::Outcome::kFunctionError;
  result.payload = R"({"errorMessage":"boom"})";
  return result;
}

class MappingDriverTest : public testing::Test {
 protected:
  /// Starts a driver that sees these shards.
  void start_with(std::vector<ListedShard> shards) {
    std::vector<LogId> logs;
    for (const auto& listed : shards) logs.push_back(listed.shard.log);
    driver_->start();
    ports_.expect("list");
    ports_.listed(ShardList{std::move(shards)});
    for (const LogId log : logs) ports_.expect(fmt::format("watch {}", log));
  }
  /// Starts a driver over one shard and brings it to rest.
  void start_idle() {
    start_with({{{"shard-1", std::nullopt, 1}, std::nullopt}});
    ports_.expect("read shard-1 after 0");
    ports_.page["shard-1"](page_of({}));
    EXPECT_TRUE(driver_->idle());
  }
  /// Has the function invoked with record 1 of the only shard.
  void start_invoking() {
    start_idle();
    driver_->wake(1);
    ports_.expect("read shard-1 after 0");
    ports_.page["shard-1"](page_of({1}));
    ports_.expect(R"(invoke {"Records":[1]})");
  }
  [[nodiscard]] std::string reason() const {
    const auto stuck = driver_->stuck();
    return stuck.empty() ? "" : stuck.front().reason;
  }

  base::VirtualTime time_{TimePoint{}};
  Random random_{1};
  ScriptedPorts ports_{time_};
  std::shared_ptr<StatisticsBoard> statistics_{std::make_shared<StatisticsBoard>()};
  std::shared_ptr<MappingDriver> driver_{
      std::make_shared<MappingDriver>(echo_mapping(), PollerSettings{}, ports_, time_, random_, statistics_)};
};

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
  EXPECT_EQ(ports_.idle_changes, (std::vector<bool>{true, false, true}));
  const MappingStatistics counted = statistics_->read();
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
  start_with({{{"shard-1", std::nullopt, 1}, ShardProgress{.done = 41}}});
  ports_.expect("read shard-1 after 41");
}

TEST_F(MappingDriverTest, CheckpointsGoOnCountingWhereTheyAreTakenUp) {
  start_with({{{"shard-1", std::nullopt, 1}, ShardProgress{.done = 41, .delivered = 30, .discarded = 2}}});
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
  start_with({{{"shard-1", std::nullopt, 1}, std::nullopt}, {{"shard-2", "shard-1", 2}, std::nullopt}});
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

TEST_F(MappingDriverTest, AChildWhoseParentHasLeftTheStreamStarts) {
  start_with({{{"shard-2", "shard-1", 2}, std::nullopt}});
  ports_.expect("read shard-2 after 0");
}

TEST_F(MappingDriverTest, AParentIsReadAgainWhenAChildShowsUp) {
  start_idle();
  driver_->refresh();
  ports_.expect("read shard-1 after 0");
  ports_.expect("list");
  ports_.page["shard-1"](page_of({}));
  ports_.listed(ShardList{{{{"shard-1", std::nullopt, 1}, std::nullopt}, {{"shard-2", "shard-1", 2}, std::nullopt}}});
  ports_.expect("watch 2");
  ports_.expect("read shard-1 after 0");
}

TEST_F(MappingDriverTest, FinishedShardsThatLeftTheStreamAreForgotten) {
  start_with({{{"shard-1", std::nullopt, 1}, std::nullopt}});
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
  EXPECT_EQ(statistics_->read().retries, 1U);
  EXPECT_EQ(statistics_->read().last_processing_result, "PROBLEM: Function call failed");
}

/// What an invocation came to, and the cause that a report then gives.
struct Cause {
  lambda::Outcome outcome{};
  std::string payload;
  std::string reason;  ///< of the invoker
  std::string told;
};

class CauseTest : public MappingDriverTest, public testing::WithParamInterface<Cause> {};

TEST_P(CauseTest, IsTold) {
  start_invoking();
  lambda::InvocationResult result;
  result.outcome = GetParam().outcome;
  result.payload = GetParam().payload;
  result.reason = GetParam().reason;
  ports_.invoked(result);
  EXPECT_EQ(reason(), "Waiting after 1 failure(s) in a row, because " + GetParam().told +
                          "; the next attempt is at 1970-01-01T00:00:00.500Z.");
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryOutcome, CauseTest,
    testing::Values(
        Cause{lambda::Outcome::kFunctionError, R"({"errorType":"Trouble","errorMessage":"never works"})", "",
              "the function 'echo' failed (Trouble: never works)"},
        Cause{lambda::Outcome::kThrottled, "", "",
              "the function 'echo' was throttled (too many invocations of it wait)"},
        Cause{lambda::Outcome::kServiceError, "", "the function echo is gone",
              "the function 'echo' could not be run (the function echo is gone)"},
        Cause{lambda::Outcome::kNoRuntime, "", "no process is attached to the external function echo: start one",
              "the function 'echo' has no process that could run it (no process is attached to the external function "
              "echo: start one)"}));

/// The lines that were logged while it lives.
class CapturedLog {
 public:
  CapturedLog() {
    auto logger = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::shared_ptr<spdlog::logger> before_{spdlog::default_logger()};
  std::ostringstream text_;
};

const std::string kAtRecord1 = "record(s) 100000000000000000001 to 100000000000000000001";

TEST_F(MappingDriverTest, EveryFailedAttemptAndTheRecoveryIsALineOfTheLog) {
  const CapturedLog log;
  start_invoking();
  ports_.invoked(failure());
  ports_.function_exists = false;
  EXPECT_TRUE(time_.run_next());
  ports_.expect(R"(invoke {"Records":[1]})");
  ports_.function_exists = true;
  EXPECT_TRUE(time_.run_next());
  ports_.expect(R"(invoke {"Records":[1]})");
  ports_.invoked(success());
  ports_.expect("save shard-1 upto 1");
  EXPECT_EQ(log.text(),
            "warning mapping mapping function echo shard shard-1 attempt 1 at 1 " + kAtRecord1 +
                ": the function 'echo' failed: boom; next attempt at 1970-01-01T00:00:00.500Z, in 0.5 s\n" +
                "warning mapping mapping function echo shard shard-1 attempt 2 at 1 " + kAtRecord1 +
                ": the function 'echo' does not exist (create it, or delete this mapping or give it another function); "
                "next attempt at 1970-01-01T00:00:01.500Z, in 1.0 s\n" +
                "info mapping mapping function echo shard shard-1 attempt 3 at 1 " + kAtRecord1 +
                ": delivered again after 2 failed attempt(s)\n");
}

TEST_F(MappingDriverTest, RecordsThatAreGivenUpAreALineOfTheLogAndOfTheReport) {
  const CapturedLog log;
  PollerSettings settings;
  settings.maximum_retry_attempts = 0;
  driver_ = std::make_shared<MappingDriver>(echo_mapping(), settings, ports_, time_, random_, statistics_);
  start_invoking();
  ports_.invoked(failure());
  ports_.expect("save shard-1 upto 1");
  EXPECT_EQ(log.text(), "warning mapping mapping function echo shard shard-1 attempt 1 at 1 " + kAtRecord1 +
                            ": the function 'echo' failed: boom; no attempt is left\n" +
                            "warning mapping mapping function echo shard shard-1 gives up 1 " + kAtRecord1 +
                            " after 1 invocation(s): its retries are used up; last error: boom\n");
  EXPECT_EQ(statistics_->read().last_discard,
            "Shard shard-1 gave up 1 " + kAtRecord1 +
                " after 1 invocation(s): its retries are used up, at 1970-01-01T00:00:00.000Z.");
}

TEST_F(MappingDriverTest, TroubleWithStorageIsALineOfTheLog) {
  const CapturedLog log;
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](StorageError{StorageErrorKind::kIo, "disk on fire"});
  EXPECT_EQ(
      log.text(),
      "warning mapping mapping function echo shard shard-1: the shard cannot be read: disk on fire, 1 time(s) in a "
      "row; next attempt at 1970-01-01T00:00:00.500Z\n");
}

TEST_F(MappingDriverTest, AMissingFunctionIsTheReasonUntilItIsMade) {
  start_idle();
  ports_.function_exists = false;
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({1}));
  ports_.expect(R"(invoke {"Records":[1]})");
  EXPECT_NE(reason().find("because the function 'echo' does not exist"), std::string::npos) << reason();
  EXPECT_EQ(statistics_->read().invocations, 0U);
  EXPECT_EQ(statistics_->read().service_errors, 1U);
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
  EXPECT_EQ(statistics_->read().records_delivered, 1U);
  EXPECT_EQ(statistics_->read().errors, 1U);
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
  EXPECT_EQ(statistics_->read().service_errors, 0U);
  EXPECT_EQ(statistics_->read().last_processing_result, "No records processed");
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
