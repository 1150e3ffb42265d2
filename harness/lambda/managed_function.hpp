// A function whose process Millrace starts and supervises (streams-and-esm reference, 5.3 and 5.4).
//
// There is one process at a time, started when the first invocation needs it. It is killed when an invocation runs out
// of time and when its code has changed; it is started again, after repeated failures with a growing delay, when there
// is work. Further invocations wait in line.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/lambda/child_process.hpp"
#include "harness/lambda/code_location.hpp"
#include "harness/lambda/runtime_api.hpp"
#include "harness/lambda/runtime_function.hpp"

namespace millrace::lambda {

class ManagedFunction final : public RuntimeFunction {
 public:
  /// `code` says where the executable lies; with `watch_code` it is looked at before every invocation.
  ManagedFunction(const LambdaServices& services, FunctionDefinition definition, CodeLocation code, bool watch_code);

  /// Id of the process that is running, 0 for none.
  [[nodiscard]] int process_id();

 private:
  class ProcessEndpoint;
  struct Process {
    RuntimeId runtime{0};
    std::unique_ptr<ChildProcess> child;
    std::shared_ptr<RuntimeEndpoint> endpoint;
    std::unique_ptr<RuntimeApiListener> listener;
    TimePoint started{};
    CodeFingerprint fingerprint{};
    base::TimerService::Id init_timer{0};
    std::optional<Duration> init_duration{};  ///< set when it has asked for work, taken by the first report
    bool ready{false};                        ///< has asked for work
    bool condemned{false};                    ///< killed by us; its end is no failure of an invocation
  };

  void before_submit() override;
  void after_submit(const std::string& request_id) override;
  void timed_out_on(RuntimeId runtime) override;
  void before_answer(const Ending& ending) override;
  std::optional<Duration> take_init_duration() override;
  void retiring() override;
  [[nodiscard]] bool has_process() const override { return process_.has_value(); }
  void closing() override;

  void replace_if_changed();
  void ensure_process();
  void start_process();
  void condemn();
  void process_ended(const ProcessExit& exit);
  [[nodiscard]] Duration restart_delay() const;
  [[nodiscard]] std::vector<std::string> environment(std::uint16_t port) const;

  // From the process and its connections, by runtime id: a late call of an earlier process finds nothing.
  void on_notice(RuntimeId runtime, ChildProcess::Notice notice);
  void on_init_timeout(RuntimeId runtime);
  std::optional<ApiReply> next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver);

  CodeLocation code_;
  bool watch_code_;
  std::optional<Process> process_;
  int failures_in_a_row_{0};
  bool restart_scheduled_{false};
};

}  // namespace millrace::lambda
