// A function whose processes Millrace starts and supervises (streams-and-esm reference, 5.3 and 5.4).
//
// A process runs one invocation at a time. One more is started when work waits that none of those starting will take,
// up to LambdaOptions::concurrency; further invocations wait in line. A process is killed when its invocation runs out
// of time, when it holds more memory than the function may, when its code has changed, and when it has had nothing to
// do for long. After repeated failures one is started at a time, with a growing delay.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "harness/lambda/control/code_location.hpp"
#include "harness/lambda/runtimes/runtime_function.hpp"
#include "harness/lambda/sandbox/environment.hpp"

namespace millrace::lambda {

class ManagedFunction final : public RuntimeFunction {
 public:
  /// `code` says where the executable lies; with `watch_code` it is looked at before every invocation.
  ManagedFunction(const LambdaServices& services, FunctionDefinition definition, CodeLocation code, bool watch_code);

 private:
  class ProcessEndpoint;

  void before_submit() override;
  void after_submit(const std::string& request_id) override;
  void timed_out_on(RuntimeId runtime) override;
  void before_answer(const Ending& ending, RuntimeId runtime) override;
  std::optional<Duration> take_init_duration(RuntimeId runtime) override;
  InvocationLog* idle_log(RuntimeId runtime) override;
  void retiring() override;
  [[nodiscard]] bool has_process() const override { return !environments_.empty(); }
  void closing() override;

  /// Null for one that has ended: a late call of its connections or its process.
  Environment* find(RuntimeId runtime);
  void end_if_changed(Environment& environment, const CodeFingerprint& now);
  /// Starts processes for what waits and will not be taken by those that are `expected` to ask for work soon.
  enum class Expected : std::uint8_t { kStarting, kStartingOrAnswered };
  void start_as_needed(Expected expected = Expected::kStartingOrAnswered);
  /// False when there is nothing to start: what waited has failed.
  bool start_one();
  void fail_start(const std::string& reason);
  void read_output(Environment& environment);
  /// Its process has failed before it took an invocation: what it wrote tells why.
  void explain_failed_start(Environment& environment);
  void environment_ended(Environment& environment, const ProcessExit& exit);
  [[nodiscard]] Duration restart_delay() const;
  [[nodiscard]] std::size_t count(Expected expected) const;

  void watch_processes();
  void look_at_processes();

  // From the process and its connections.
  void on_notice(RuntimeId runtime, ChildProcess::Notice notice);
  void on_init_timeout(RuntimeId runtime);
  std::optional<ApiReply> next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver);
  ApiReply init_error(RuntimeId runtime, RuntimeAnswer answer);

  CodeLocation code_;
  bool watch_code_;
  std::map<RuntimeId, std::unique_ptr<Environment>> environments_;
  int failures_in_a_row_{0};
  bool restart_scheduled_{false};
  bool watching_{false};
};

}  // namespace millrace::lambda
