// A function whose processes Millrace starts and supervises (streams-and-esm reference, 5.3 and 5.4).
//
// A process runs one invocation at a time. One more is started when work waits that none of those starting will take,
// up to LambdaOptions::concurrency; further invocations wait in line. A process is killed when its invocation runs out
// of time, when it holds more memory than the function may, when its code has changed, and when it has had nothing to
// do for long. After repeated failures one is started at a time, with a growing delay.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/lambda/control/code_location.hpp"
#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/invocation/retirable_invoker.hpp"
#include "harness/lambda/runtimes/function_invocations.hpp"
#include "harness/lambda/runtimes/runtime_supply.hpp"
#include "harness/lambda/sandbox/environment.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"

namespace millrace::lambda {

class ManagedFunction final : public RetirableInvoker,
                              public std::enable_shared_from_this<ManagedFunction>,
                              private RuntimeSupply {
 public:
  /// What `services` refers to outlives close(). `code` says where the executable lies; with `watch_code` it is looked
  /// at before every invocation.
  ManagedFunction(const LambdaServices& services, FunctionDefinition definition, CodeLocation code, bool watch_code);

  void invoke(Invocation invocation, InvocationDone done) override {
    invocations_.invoke(std::move(invocation), std::move(done));
  }
  void withdraw(std::string_view request_id) override { invocations_.withdraw(request_id); }
  void retire(std::function<void()> ended) override { invocations_.retire(std::move(ended)); }
  void end_waiting() override { invocations_.end_waiting(); }
  void close() override { invocations_.close(); }

 private:
  class ProcessEndpoint;

  void before_submit() override;
  void after_submit() override;
  void timed_out_on(RuntimeId runtime) override;
  void before_answer(const Ending& ending, RuntimeId runtime) override;
  std::optional<Duration> take_init_duration(RuntimeId runtime) override;
  InvocationLog* idle_log(RuntimeId runtime) override;
  void retiring() override;
  [[nodiscard]] bool has_process() const override { return !environments_.empty(); }
  void closing() override;
  [[nodiscard]] std::weak_ptr<void> lifetime() override { return weak_from_this(); }

  /// Null for one that has ended: a late call of its connections or its process.
  Environment* find(RuntimeId runtime);
  void end_if_changed(Environment& environment, const CodeFingerprint& now);
  /// Starts processes for what waits and will not be taken by those that are `expected` to ask for work soon.
  enum class Expected : std::uint8_t { kStarting, kStartingOrAnswered };
  void start_as_needed(Expected expected = Expected::kStartingOrAnswered);
  /// False when there is nothing to start: what waited has failed.
  bool start_one();
  void fail_start(const std::filesystem::path& executable, const std::string& reason);
  void read_output(Environment& environment);
  /// Its process has failed before it took an invocation: what it wrote tells why.
  void explain_failed_start(Environment& environment);
  void environment_ended(Environment& environment, const ProcessExit& exit);
  [[nodiscard]] Duration restart_delay() const;
  [[nodiscard]] std::size_t count(Expected expected) const;
  void watch_processes();

  // Of the process's connections.
  std::optional<ApiReply> next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver);
  ApiReply init_error(RuntimeId runtime, RuntimeAnswer answer);

  // Of the process and of timers.
  void on_notice(RuntimeId runtime, ChildProcess::Notice notice);
  void on_init_timeout(RuntimeId runtime);
  void restart();
  void look_at_processes();

  LambdaServices services_;
  FunctionDefinition definition_;
  FunctionInvocations invocations_{services_, definition_, *this};
  CodeLocation code_;
  bool watch_code_;
  std::map<RuntimeId, std::unique_ptr<Environment>> environments_;
  int failures_in_a_row_{0};
  bool restart_scheduled_{false};
  bool watching_{false};
};

}  // namespace millrace::lambda
