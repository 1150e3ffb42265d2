// What a driver tells of attempts that fail: in its reports, and one line of the log each.
#include "harness/esm/driver/mapping_driver_fixture.hpp"
#include "harness/lambda/captured_log_fixture.hpp"
#include "harness/lambda/invocation/failure_documents.hpp"

namespace millrace::esm {
namespace {

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

const std::string kAtRecord1 = "record(s) 100000000000000000001 to 100000000000000000001";

TEST_F(MappingDriverTest, EveryFailedAttemptAndTheRecoveryIsALineOfTheLog) {
  const lambda::CapturedLog log;
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
  const lambda::CapturedLog log;
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
  EXPECT_EQ(statistics_->last_discard,
            "Shard shard-1 gave up 1 " + kAtRecord1 +
                " after 1 invocation(s): its retries are used up, at 1970-01-01T00:00:00.000Z.");
}

TEST_F(MappingDriverTest, TroubleWithStorageIsALineOfTheLog) {
  const lambda::CapturedLog log;
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](StorageError{StorageErrorKind::kIo, "disk on fire"});
  EXPECT_EQ(
      log.text(),
      "warning mapping mapping function echo shard shard-1: the shard cannot be read: disk on fire, 1 time(s) in a "
      "row; next attempt at 1970-01-01T00:00:00.500Z\n");
}

/// An attempt that failed, and what the log says of it.
struct LoggedFailure {
  std::string name;
  lambda::InvocationResult result;
  std::string words;
};

class LogTest : public MappingDriverTest, public testing::WithParamInterface<LoggedFailure> {};

/// One line an attempt, with everything that tells where to look: mapping, function, shard, attempt, records, the
/// cause, and when the next attempt is.
TEST_P(LogTest, HasOneLineForEveryFailedAttempt) {
  const lambda::CapturedLog log;
  start_invoking();
  const std::vector<std::string> next{"1970-01-01T00:00:00.500Z, in 0.5 s", "1970-01-01T00:00:01.500Z, in 1.0 s"};
  for (std::size_t attempt = 1; attempt <= next.size(); ++attempt) {
    ports_.invoked(GetParam().result);
    const auto lines = log.lines();
    ASSERT_EQ(lines.size(), attempt);
    EXPECT_EQ(lines.back(),
              fmt::format("warning mapping mapping function echo shard shard-1 attempt {} at 1 {}: {}; next "
                          "attempt at {}",
                          attempt, kAtRecord1, GetParam().words, next[attempt - 1]));
    EXPECT_TRUE(time_.run_next());
    ports_.expect(R"(invoke {"Records":[1]})");
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, LogTest,
    testing::Values(
        LoggedFailure{"Timeout", lambda::to_result(lambda::timed_out("id", 3)),
                      "the function 'echo' failed: Sandbox.Timedout: RequestId: id Error: Task timed out after 3.00 "
                      "seconds"},
        LoggedFailure{
            "ExitStatus", lambda::to_result(lambda::process_exited("id", {.value = 7})),
            "the function 'echo' failed: Runtime.ExitError: RequestId: id Error: Runtime exited with error: exit "
            "status 7"},
        LoggedFailure{"Signal", lambda::to_result(lambda::process_exited("id", {.by_signal = true, .value = 9})),
                      "the function 'echo' failed: Runtime.ExitError: RequestId: id Error: Runtime exited with error: "
                      "signal: killed"},
        LoggedFailure{"NoBootstrap",
                      lambda::to_result(lambda::no_entry_point("id", "/code/bootstrap", "there is no such file")),
                      "the function 'echo' failed: Runtime.InvalidEntrypoint: RequestId: id Error: Couldn't find valid "
                      "bootstrap(s): [/code/bootstrap] (there is no such file)"},
        LoggedFailure{"NoRuntime", lambda::to_result(lambda::no_runtime("nobody is there: start a process")),
                      "the function 'echo' has no process that could run it: nobody is there: start a process"},
        LoggedFailure{"NotRun", lambda::to_result(lambda::not_run("no room on the disk")),
                      "the function 'echo' could not be run: no room on the disk"},
        LoggedFailure{
            "TooLarge", lambda::to_result(lambda::response_too_large()),
            "the function 'echo' failed: Function.ResponseSizeTooLarge: Response payload size exceeded maximum "
            "allowed payload size (6291556 bytes)."},
        LoggedFailure{"Throttle", lambda::InvocationResult{.outcome = lambda::Outcome::kThrottled, .payload = {}},
                      "the function 'echo' was throttled (too many invocations of it wait)"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace millrace::esm
