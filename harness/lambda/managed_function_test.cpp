// Real processes behind the Runtime API. Label wire: sockets, threads and real time.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>

#include "harness/lambda/lambda_fixture.hpp"
#include "server/model/base64.hpp"

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEvent = R"({"Records":[{"eventID":"1","dynamodb":{"Keys":{"id":{"S":"a"}}}}]})";

/// Sees the end of a process, whoever reaps it.
class ProcessWatch {
 public:
  explicit ProcessWatch(int pid) : pidfd_{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))} {}
  ~ProcessWatch() {
    if (pidfd_ >= 0) ::close(pidfd_);
  }
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;

  /// Waits for it; false when it has not come within ten seconds.
  [[nodiscard]] bool ends() const {
    if (pidfd_ < 0) return true;  // it had ended before it could be watched
    pollfd watched{.fd = pidfd_, .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, 10000) == 1;
  }

 private:
  int pidfd_;
};

/// The other end of what the mode `read-fifo` reads.
class FifoWriter {
 public:
  /// Waits until somebody reads.
  explicit FifoWriter(const std::string& path) : stream_{path} {}
  void write(std::string_view text) {
    stream_ << text << std::flush;
    stream_.close();
  }

 private:
  std::ofstream stream_;
};

class ManagedFunctionTest : public testing::Test {
 protected:
  void make(const std::string& mode, int timeout_seconds = 10, std::map<std::string, std::string> variables = {}) {
    variables["MODE"] = mode;
    world_.make({.name = "f",
                 .code = {.kind = CodeKind::kHotReload, .location = MILLRACE_MISBEHAVING_BOOTSTRAP},
                 .timeout_seconds = timeout_seconds,
                 .environment = std::move(variables)});
  }
  /// The error document of the platform for the last invocation.
  [[nodiscard]] std::string platform_error(const std::string& type, const std::string& reason) const {
    return R"({"errorType":")" + type + R"(","errorMessage":"RequestId: )" + world_.last_request_id +
           " Error: " + reason + R"("})";
  }
  [[nodiscard]] static bool is_alive(int pid) { return ::kill(pid, 0) == 0; }
  std::string make_fifo(const std::string& name = "fifo") {
    const std::string path = (world_.scratch.path() / name).string();
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    return path;
  }
  /// Makes the function `f`, which reads a fifo, as one that was uploaded; returns the folder of its code.
  fs::path upload() {
    const std::string name = "f-0123456789abcdef";
    const fs::path folder = world_.functions().code().path_of(name);
    fs::create_directories(folder);
    fs::copy_file(MILLRACE_MISBEHAVING_BOOTSTRAP, folder / "bootstrap");
    world_.make({.name = "f",
                 .code = {.kind = CodeKind::kZip, .location = name},
                 .timeout_seconds = 10,
                 .environment = {{"MODE", "read-fifo"}}});
    return folder;
  }
  static boost::asio::awaitable<bool> run_and_tell(std::function<void()> work, std::promise<void>& done) {
    work();
    done.set_value();
    co_return true;
  }
  int process_id() { return std::stoi(world_.invoke("f").payload); }

  RealWorld world_;
};

TEST_F(ManagedFunctionTest, RunsTheEchoBootstrap) {
  world_.make({.name = "echo",
               .code = {.kind = CodeKind::kHotReload, .location = MILLRACE_ECHO_BOOTSTRAP},
               .timeout_seconds = 10});
  for (int round = 0; round < 3; ++round) {
    const InvocationResult result = world_.invoke("echo", std::string{kEvent});
    EXPECT_EQ(result.outcome, Outcome::kSuccess);
    EXPECT_EQ(result.payload, kEvent);
    EXPECT_NE(result.log_tail.find(R"("message":"echoDynamoDBEvent")"), std::string::npos) << result.log_tail;
    EXPECT_EQ(result.log_tail.find("Init Duration") != std::string::npos, round == 0) << result.log_tail;
  }
}

TEST_F(ManagedFunctionTest, OneProcessServesManyInvocationsInOrder) {
  make("echo");
  std::vector<std::future<InvocationResult>> results;
  for (int number = 0; number < 200; ++number) results.push_back(world_.start("f", std::to_string(number)));
  for (int number = 0; number < 200; ++number) {
    EXPECT_EQ(results[static_cast<std::size_t>(number)].get().payload, std::to_string(number));
  }
}

TEST_F(ManagedFunctionTest, RunsAsManyAtATimeAsItMay) {
  world_.options.concurrency = 2;
  make("read-fifo");
  std::vector<std::string> fifos;
  std::vector<std::future<InvocationResult>> results;
  for (const std::string name : {"a", "b", "c"}) {
    fifos.push_back(make_fifo(name));
    results.push_back(world_.start("f", '"' + fifos.back() + '"'));
  }
  FifoWriter first{fifos[0]};
  FifoWriter second{fifos[1]};  // both are being read: the two run side by side
  EXPECT_EQ(::open(fifos[2].c_str(), O_WRONLY | O_NONBLOCK), -1) << "nobody reads yet";
  first.write("1");
  EXPECT_EQ(results[0].get().payload, "1");
  FifoWriter third{fifos[2]};
  third.write("3");
  second.write("2");
  EXPECT_EQ(results[1].get().payload, "2");
  EXPECT_EQ(results[2].get().payload, "3");
}

TEST_F(ManagedFunctionTest, KeepsTheOutputOfParallelInvocationsApart) {
  world_.options.concurrency = 2;
  make("read-fifo");
  const std::string one = make_fifo("one");
  const std::string two = make_fifo("two");
  auto first = world_.start("f", '"' + one + '"');
  auto second = world_.start("f", '"' + two + '"');
  FifoWriter to_first{one};
  FifoWriter to_second{two};
  to_second.write("2");
  to_first.write("1");
  const std::string first_log = first.get().log_tail;
  const std::string second_log = second.get().log_tail;
  EXPECT_NE(first_log.find("read " + one), std::string::npos) << first_log;
  EXPECT_EQ(first_log.find("read " + two), std::string::npos) << first_log;
  EXPECT_NE(second_log.find("read " + two), std::string::npos) << second_log;
  EXPECT_EQ(second_log.find("read " + one), std::string::npos) << second_log;
}

TEST_F(ManagedFunctionTest, EndsAProcessThatHasHadNothingToDoForLong) {
  world_.options.idle_limit = std::chrono::milliseconds{1};
  make("pid");
  const int pid = process_id();
  EXPECT_TRUE(ProcessWatch{pid}.ends());
  EXPECT_NE(process_id(), pid);
}

TEST_F(ManagedFunctionTest, KillsWhatHoldsMoreMemoryThanItMay) {
  make("allocate");
  for (int round = 0; round < 2; ++round) {
    const InvocationResult result = world_.invoke("f");
    EXPECT_EQ(result.payload, platform_error("Runtime.ExitError", "Runtime exited with error: signal: killed"));
    EXPECT_NE(result.log_tail.find("Error Type: Runtime.OutOfMemory"), std::string::npos) << result.log_tail;
  }
}

TEST_F(ManagedFunctionTest, LeavesNothingBehindThatHasLeftItsGroup) {
  make("daemon");
  const ProcessWatch daemon{process_id()};
  world_.remove("f");
  EXPECT_TRUE(daemon.ends());
}

TEST_F(ManagedFunctionTest, CarriesLargePayloads) {
  make("echo");
  const std::string payload = "\"" + std::string(6291454, 'x') + "\"";
  EXPECT_EQ(world_.invoke("f", payload).payload, payload);
}

TEST_F(ManagedFunctionTest, ReportsExits) {
  const std::string with_error = "Runtime exited with error: ";
  for (const auto& [mode, reason] : std::map<std::string, std::string>{
           {"exit-0", "Runtime exited without providing a reason"},
           {"exit-1", with_error + "exit status 1"},
           {"kill", with_error + "signal: killed"},
           {"segv", with_error + "signal: segmentation fault"},
           {"init-exit-3", with_error + "exit status 3"},
       }) {
    make(mode);
    for (int round = 0; round < 3; ++round) {  // started again every time
      const InvocationResult result = world_.invoke("f");
      EXPECT_EQ(result.outcome, Outcome::kFunctionError);
      EXPECT_EQ(result.function_error, "Unhandled");
      EXPECT_EQ(result.payload, platform_error("Runtime.ExitError", reason)) << mode;
    }
  }
}

TEST_F(ManagedFunctionTest, KillsWhatRunsOutOfTime) {
  make("hang-with-child", 1);
  const auto first = world_.start("f");
  const InvocationResult result = world_.invoke("f");
  EXPECT_EQ(result.payload, platform_error("Sandbox.Timedout", "Task timed out after 1.00 seconds"));
  EXPECT_NE(result.log_tail.find("Status: timeout"), std::string::npos);
  EXPECT_GE(result.duration, std::chrono::seconds{1});
}

TEST_F(ManagedFunctionTest, KillsWhatNeverGetsReady) {
  world_.options.init_timeout = std::chrono::milliseconds{200};
  make("init-hang", 1);
  const InvocationResult result = world_.invoke("f");
  EXPECT_EQ(result.payload, platform_error("Sandbox.Timedout", "Task timed out after 1.00 seconds"));
}

TEST_F(ManagedFunctionTest, ReportsInitErrors) {
  make("init-error");
  for (int round = 0; round < 2; ++round) {
    const InvocationResult result = world_.invoke("f");
    EXPECT_EQ(result.outcome, Outcome::kFunctionError);
    EXPECT_EQ(result.payload, R"({"errorMessage":"cannot start","errorType":"Runtime.NoConfiguration"})");
  }
}

TEST_F(ManagedFunctionTest, ReportsHandlerErrors) {
  make("error");
  const InvocationResult result = world_.invoke("f");
  EXPECT_EQ(result.payload, R"({"errorMessage":"no","errorType":"Function.Refused"})");
  EXPECT_NE(result.log_tail.find("Status: error\tError Type: Function.Refused"), std::string::npos);
}

TEST_F(ManagedFunctionTest, RefusesOversizeResponses) {
  make("big", 10, {{"SIZE", "6291557"}});
  EXPECT_EQ(world_.invoke("f").payload,
            R"({"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",)"
            R"("errorType":"Function.ResponseSizeTooLarge"})");
  make("big", 10, {{"SIZE", "6291556"}});
  EXPECT_EQ(world_.invoke("f").payload.size(), 6291556U);
}

TEST_F(ManagedFunctionTest, KeepsTheTailOfItsOutput) {
  make("write");
  const std::string log = world_.invoke("f").log_tail;
  EXPECT_TRUE(log.starts_with("START RequestId: " + world_.last_request_id)) << log;
  EXPECT_NE(log.find("to stdout\nto stderr\nEND RequestId: "), std::string::npos) << log;
}

TEST_F(ManagedFunctionTest, GivesItsEnvironmentAndNothingOfOurs) {
  ::setenv("MILLRACE_TEST_SECRET", "1", 1);
  world_.options.endpoint_url = "http://127.0.0.1:8000";
  make("environment", 10, {{"COLOUR", "red"}});
  const std::string text = world_.invoke("f").payload;
  for (const std::string_view line :
       {"COLOUR=red\n", "AWS_LAMBDA_FUNCTION_NAME=f\n", "_HANDLER=bootstrap\n",
        "AWS_LAMBDA_RUNTIME_API=127.0.0.1:", "AWS_ENDPOINT_URL=http://127.0.0.1:8000\n", "TZ=:UTC\n",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128\n", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(text.find("MILLRACE_TEST_SECRET"), std::string::npos);
}

TEST_F(ManagedFunctionTest, StartsAgainWhenItsCodeChanges) {
  const fs::path folder = world_.scratch.path() / "task";
  fs::create_directories(folder);
  const auto install = [&](std::string_view data) { std::ofstream{folder / "data"} << data; };
  fs::copy_file(MILLRACE_MISBEHAVING_BOOTSTRAP, folder / "bootstrap");
  install("1");
  world_.make({.name = "f",
               .code = {.kind = CodeKind::kHotReload, .location = folder.string()},
               .timeout_seconds = 10,
               .environment = {{"MODE", "pid"}}});
  const int first = process_id();
  const ProcessWatch first_process{first};
  EXPECT_EQ(process_id(), first);
  install("22");
  const int second = process_id();
  EXPECT_NE(second, first);
  EXPECT_EQ(process_id(), second);
  EXPECT_TRUE(first_process.ends());
}

TEST_F(ManagedFunctionTest, SaysWhyThereIsNothingToStart) {
  world_.make({.name = "f", .code = {.kind = CodeKind::kHotReload, .location = "/nowhere/bootstrap"}});
  const InvocationResult result = world_.invoke("f");
  EXPECT_EQ(result.payload,
            platform_error("Runtime.InvalidEntrypoint",
                           "Couldn't find valid bootstrap(s): [/nowhere/bootstrap] (there is no such file)"));
  const fs::path file = world_.scratch.path() / "text";
  std::ofstream{file} << "no executable";
  fs::permissions(file, fs::perms::owner_all);
  world_.make({.name = "f", .code = {.kind = CodeKind::kHotReload, .location = file.string()}});
  EXPECT_NE(world_.invoke("f").payload.find("Exec format error"), std::string::npos);
}

TEST_F(ManagedFunctionTest, LeavesNoProcessBehind) {
  make("pid");
  const int pid = process_id();
  EXPECT_TRUE(is_alive(pid));
  const ProcessWatch process{pid};
  world_.remove("f");
  EXPECT_TRUE(process.ends());
}

TEST_F(ManagedFunctionTest, RemovingAFunctionLetsWhatRunsEndWithItsAnswer) {
  make("read-fifo");
  const std::string fifo = make_fifo();
  const int pid = std::stoi(world_.invoke("f", "1").payload);
  const ProcessWatch process{pid};
  auto running = world_.start("f", '"' + fifo + '"');
  FifoWriter writer{fifo};  // the function has begun to read
  world_.remove("f");
  EXPECT_TRUE(is_alive(pid));
  writer.write("\"late\"");
  EXPECT_EQ(running.get().payload, "\"late\"");
  EXPECT_TRUE(process.ends());
}

/// It may load files from it until its end.
TEST_F(ManagedFunctionTest, TheCodeOfARemovedFunctionStaysWhileItRuns) {
  std::promise<void> removed;
  world_.run_work = [&](std::function<void()> work) { return run_and_tell(std::move(work), removed); };
  const fs::path folder = upload();
  const std::string fifo = make_fifo();
  auto running = world_.start("f", '"' + fifo + '"');
  FifoWriter writer{fifo};  // the function has begun to read
  world_.remove("f");
  EXPECT_TRUE(fs::exists(folder / "bootstrap"));
  writer.write("1");
  EXPECT_EQ(running.get().payload, "1");
  ASSERT_EQ(removed.get_future().wait_for(std::chrono::seconds{10}), std::future_status::ready);
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(ManagedFunctionTest, TheCodeOfARemovedFunctionGoesBeforeTheProgramEnds) {
  const fs::path folder = upload();
  const std::string fifo = make_fifo();
  auto running = world_.start("f", '"' + fifo + '"');
  const FifoWriter writer{fifo};  // which never writes
  world_.remove("f");
  world_.end();
  EXPECT_EQ(running.get().outcome, Outcome::kServiceError);
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(ManagedFunctionTest, RemovingAFunctionFailsWhatWaits) {
  make("init-hang");
  auto waiting = world_.start("f");
  world_.remove("f");
  EXPECT_EQ(waiting.get().outcome, Outcome::kServiceError);
}

TEST_F(ManagedFunctionTest, RunsAShellBootstrapThatConnectsForEveryCall) {
  if (::access("/usr/bin/curl", X_OK) != 0) GTEST_SKIP() << "needs curl";
  const fs::path script = world_.scratch.path() / "bootstrap";
  std::ofstream{script} << R"(#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  event=$(curl -sS -D headers "$api/invocation/next")
  id=$(grep -i '^lambda-runtime-aws-request-id:' headers | tr -d '\r' | cut -d' ' -f2)
  curl -sS -o /dev/null -d "{\"got\":$event}" "$api/invocation/$id/response"
done
)";
  fs::permissions(script, fs::perms::owner_all);
  world_.make(
      {.name = "f", .code = {.kind = CodeKind::kHotReload, .location = script.string()}, .timeout_seconds = 10});
  EXPECT_EQ(world_.invoke("f", "1").payload, R"({"got":1})");
  EXPECT_EQ(world_.invoke("f", "2").payload, R"({"got":2})");
}

TEST_F(ManagedFunctionTest, FaultsBeforeAndAfterTheFunction) {
  world_.fault_plan.set(FaultPoint::kLambdaInvokeTimeoutAfter, {.times = 1});
  world_.make({.name = "f", .code = {.kind = CodeKind::kInProcess, .location = "echo"}});
  const InvocationResult result = world_.invoke("f", std::string{kEvent});
  EXPECT_NE(result.payload.find("Sandbox.Timedout"), std::string::npos);
  EXPECT_NE(result.log_tail.find("echoDynamoDBEvent"), std::string::npos) << "the function did run";
}

}  // namespace
}  // namespace millrace::lambda
