// An execution environment of a function: one process, the Runtime API it asks, and what it wrote while nothing ran.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/lambda/control/code_location.hpp"
#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/invocation/invocation_log.hpp"
#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "harness/lambda/runtime_api/runtime_endpoint.hpp"
#include "harness/lambda/sandbox/child_process.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"
#include "harness/lambda/sandbox/launch_plan.hpp"
#include "harness/lambda/sandbox/process_marker.hpp"
#include "server/base/result.hpp"

namespace millrace::lambda {

/// Not synchronised: its function serialises the calls.
class Environment {
 public:
  /// Starts a process as `plan`, which has no problem, says; it asks `endpoint` for work. `notify` is called as by
  /// ChildProcess. Errors, as a sentence: there is no port, or the executable cannot be started.
  static Result<std::unique_ptr<Environment>> start(const LambdaServices& services, const FunctionDefinition& function,
                                                    const LaunchPlan& plan, RuntimeId runtime,
                                                    std::shared_ptr<RuntimeEndpoint> endpoint,
                                                    std::function<void(ChildProcess::Notice)> notify);
  /// Kills the process and whatever it has started.
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Its process is killed and gets no work; its end is no failure of an invocation.
  void condemn();
  [[nodiscard]] bool condemned() const { return condemned_; }

  /// The process has asked for work. True for the first time.
  bool asked_for_work(RealTime::TimePoint now);
  [[nodiscard]] bool ready() const { return ready_; }
  /// It has not asked for work yet, and may still.
  [[nodiscard]] bool starting() const { return !ready_ && !condemned_; }
  [[nodiscard]] RealTime::TimePoint asked_at() const { return asked_at_; }
  /// The time until it first asked for work; once.
  std::optional<Duration> take_init_duration();

  /// Whether the process, with what it has started, holds more memory than the function may. Kills it then: as on AWS
  /// it ends as by a signal, within an invocation.
  bool kill_if_too_large();
  [[nodiscard]] bool was_too_large() const { return too_large_; }

  /// Moves what has been written since to `log`.
  void read_output(InvocationLog& log);
  /// Where output goes while nothing runs.
  [[nodiscard]] InvocationLog& idle_log() { return idle_log_; }

  [[nodiscard]] RuntimeId runtime() const { return runtime_; }
  [[nodiscard]] ChildProcess& process() { return *process_; }
  [[nodiscard]] RealTime::TimePoint started_at() const { return started_at_; }
  /// Runs out when the process is too slow to ask for work; the function's to set and cancel.
  time::TimerId init_timer{0};
  /// The state of the code that it runs; the function's to set, and to compare.
  CodeFingerprint fingerprint{};

 private:
  Environment(const LambdaServices& services, const FunctionDefinition& function, RuntimeId runtime);

  std::string function_name_;
  int memory_megabytes_;
  RuntimeId runtime_;
  RealTime::TimePoint started_at_;
  RealTime::TimePoint asked_at_;
  ProcessMarker marker_;
  InvocationLog idle_log_;
  std::shared_ptr<RuntimeEndpoint> endpoint_;  // the listener looks at it
  std::unique_ptr<RuntimeApiListener> listener_;
  std::unique_ptr<ChildProcess> process_;
  std::optional<Duration> init_duration_{};
  bool ready_{false};
  bool condemned_{false};
  bool too_large_{false};
};

}  // namespace millrace::lambda
