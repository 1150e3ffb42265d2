// Everything that a mapping can be in the middle of, and what is shown for it: the table of docs/mapping-states.md.
#include <algorithm>
#include <array>

#include "harness/esm/driver/mapping_driver_fixture.hpp"
#include "harness/lambda/invocation/failure_documents.hpp"

namespace millrace::esm {
namespace {

constexpr std::string_view kNothingYet = "No records processed";
constexpr std::string_view kFailed = "PROBLEM: Function call failed";
constexpr std::string_view kInternal = "PROBLEM: internal Lambda error. Please contact Lambda customer support.";

/// All that LastProcessingResult may say (reference, 3.4): causes are told elsewhere.
constexpr std::array<std::string_view, 4> kResultsOfAws{kNothingYet, "OK", kFailed, kInternal};

class MappingStatesTest : public MappingDriverTest {
 public:
  struct Shown {
    std::string_view result;
    std::string reason;  ///< empty when nothing is stuck
  };

  void expect(const Shown& shown) {
    const std::string result = statistics_->last_processing_result;
    EXPECT_EQ(result, shown.result);
    EXPECT_TRUE(std::ranges::count(kResultsOfAws, result) == 1) << result;
    EXPECT_EQ(reason(), shown.reason);
  }
  void fail_with(const lambda::Ending& ending) {
    start_invoking();
    ports_.invoked(lambda::to_result(ending));
  }
  static std::string waiting(const std::string& cause) {
    return "Waiting after 1 failure(s) in a row, because " + cause +
           "; the next attempt is at 1970-01-01T00:00:00.500Z.";
  }
};

TEST_F(MappingStatesTest, NotListedYet) {
  expect({kNothingYet, "The mapping waits: its shards have not been listed yet."});
}

TEST_F(MappingStatesTest, TheShardsCannotBeListed) {
  driver_->start();
  ports_.expect("list");
  ports_.listed(StorageError{StorageErrorKind::kIo, "disk on fire"});
  expect({kNothingYet, "The mapping waits: the shards of the stream cannot be listed: disk on fire."});
}

TEST_F(MappingStatesTest, TheStreamIsGone) {
  driver_->start();
  ports_.expect("list");
  ports_.listed(ShardList{});
  expect({kNothingYet, "The stream arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L does not exist any more."});
}

TEST_F(MappingStatesTest, CaughtUp) {
  start_idle();
  expect({kNothingYet, ""});
}

TEST_F(MappingStatesTest, AChildWaitsForItsParent) {
  start_with({{{"shard-1", {}, 1}, std::nullopt}, {{"shard-2", {"shard-1"}, 2}, std::nullopt}});
  ports_.expect("read shard-1 after 0");
  EXPECT_EQ(driver_->stuck().at(1).reason, "The shard waits until its parent shard-1 is read to its end.");
  expect({kNothingYet, "The shard is being read."});
}

TEST_F(MappingStatesTest, TheBatchingWindowIsOpen) {
  PollerSettings settings;
  settings.batching_window = std::chrono::seconds{2};
  driver_ = std::make_shared<MappingDriver>(echo_mapping(), settings, ports_, time_, random_, statistics_);
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({1}));
  expect({kNothingYet, "1 record(s) wait for the batching window to end at 1970-01-01T00:00:02.000Z."});
}

TEST_F(MappingStatesTest, TheFunctionIsBeingInvoked) {
  start_invoking();
  expect({kNothingYet, "The function 'echo' is being invoked and has not answered yet."});
}

TEST_F(MappingStatesTest, NoProcessCanRunTheBatchYet) {
  start_invoking();
  ports_.waits_for = "no process is attached to the external function echo: start one";
  expect(
      {kNothingYet,
       "The batch waits for the function 'echo' to be run: no process is attached to the external function echo: start "
       "one."});
}

TEST_F(MappingStatesTest, TheCheckpointIsBeingWritten) {
  start_invoking();
  ports_.invoked(success());
  ports_.expect("save shard-1 upto 1");
  expect({"OK", "The batch is delivered; its checkpoint is being written."});
}

TEST_F(MappingStatesTest, TheCheckpointCannotBeWritten) {
  start_invoking();
  ports_.invoked(success());
  ports_.expect("save shard-1 upto 1");
  ports_.saved(StorageError{StorageErrorKind::kIo, "disk full"});
  expect({kInternal, waiting("the checkpoint cannot be written: disk full")});
}

TEST_F(MappingStatesTest, TheFunctionAnswersWithoutTheStateOfItsWindow) {
  PollerSettings settings;
  settings.tumbling_window = std::chrono::minutes{1};
  use(settings);
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({1}));
  ports_.expect(
      R"(invoke {"Records":[1],"window":{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z"},"state":{},)"
      R"("shardId":"shard-1","eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L",)"
      R"("isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false})");
  ports_.invoked(success());
  expect({kFailed, waiting("the function 'echo' answered without the state of its window")});
}

TEST_F(MappingStatesTest, TheFunctionFails) {
  fail_with(lambda::timed_out("id", 3));
  expect(
      {kFailed, waiting("the function 'echo' failed (Sandbox.Timedout: RequestId: id Error: Task timed out after 3.00 "
                        "seconds)")});
}

TEST_F(MappingStatesTest, NobodyRunsTheFunction) {
  fail_with(lambda::no_runtime("no process is attached to the external function echo: start one"));
  expect(
      {kFailed, waiting("the function 'echo' has no process that could run it (no process is attached to the external "
                        "function echo: start one)")});
}

TEST_F(MappingStatesTest, TheFunctionCannotBeRun) {
  fail_with(lambda::not_run("no room on the disk"));
  expect({kInternal, waiting("the function 'echo' could not be run (no room on the disk)")});
}

TEST_F(MappingStatesTest, TheFunctionIsThrottled) {
  start_invoking();
  ports_.invoked({.outcome = lambda::Outcome::kThrottled, .payload = {}});
  expect({kFailed, waiting("the function 'echo' was throttled (too many invocations of it wait)")});
}

TEST_F(MappingStatesTest, TheFunctionDoesNotExist) {
  start_idle();
  ports_.function_exists = false;
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({1}));
  ports_.expect(R"(invoke {"Records":[1]})");
  expect({kFailed, waiting("the function 'echo' does not exist (create it, or delete this mapping or give it another "
                           "function)")});
}

TEST_F(MappingStatesTest, ARecordIsDamaged) {
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  StorageError error{StorageErrorKind::kCorrupt, "a stream record is damaged"};
  error.damaged_through = 1;
  ports_.page["shard-1"](std::move(error));
  expect({kInternal,
          waiting("the shard cannot be read: a stream record is damaged (up to record 100000000000000000001; "
                  "MaximumRetryAttempts and MaximumRecordAgeInSeconds of the mapping say when it is given up)")});
}

TEST_F(MappingStatesTest, RecordsWereGivenUp) {
  PollerSettings settings;
  settings.maximum_retry_attempts = 0;
  driver_ = std::make_shared<MappingDriver>(echo_mapping(), settings, ports_, time_, random_, statistics_);
  start_invoking();
  ports_.invoked(failure());
  ports_.expect("save shard-1 upto 1");
  ports_.saved({});
  expect({kFailed, ""});
  EXPECT_EQ(
      statistics_->last_discard,
      "Shard shard-1 gave up 1 record(s) 100000000000000000001 to 100000000000000000001 after 1 invocation(s): its "
      "retries are used up, at 1970-01-01T00:00:00.000Z.");
}

TEST_F(MappingStatesTest, Stopped) {
  start_idle();
  driver_->stop([] {});
  ports_.expect("unwatch 1");
  expect({kNothingYet, "The shard's poller has stopped."});
}

}  // namespace
}  // namespace millrace::esm
