// The invocations of one function that runs behind the Runtime API, whoever starts its processes. Adds to the broker
// what it leaves out: time limits, logs, answers from nobody's stack, and the end of the function. Of the I/O thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/invocation/ending.hpp"
#include "harness/lambda/invocation/invocation_log.hpp"
#include "harness/lambda/invocation/invoker.hpp"
#include "harness/lambda/runtime_api/runtime_broker.hpp"
#include "harness/lambda/runtime_api/runtime_endpoint.hpp"
#include "harness/lambda/runtimes/runtime_supply.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"

namespace millrace::lambda {

/// A member of each kind of function, which is their supply of runtimes.
class FunctionInvocations {
 public:
  /// All three belong to whoever holds this as a member, and outlive it; what `services` refers to outlives close().
  FunctionInvocations(const LambdaServices& services, const FunctionDefinition& definition, RuntimeSupply& supply);
  FunctionInvocations(const FunctionInvocations&) = delete;
  FunctionInvocations& operator=(const FunctionInvocations&) = delete;
  ~FunctionInvocations() = default;

  /// As Invoker says.
  void invoke(Invocation invocation, const InvocationDone& done);
  void withdraw(std::string_view request_id);

  /// As RetirableInvoker says. The object itself may be held by connections for longer than close().
  void retire(std::function<void()> ended);
  void end_waiting();
  void close();

  /// Who waits and who runs what. Its methods may call those of RuntimeSupply before they return.
  [[nodiscard]] RuntimeBroker& broker() { return broker_; }
  [[nodiscard]] const RuntimeBroker& broker() const { return broker_; }
  /// The function is removed: what runs goes on, nothing begins.
  [[nodiscard]] bool retired() const { return retired_; }
  /// Nothing runs any more, and nothing may be started.
  [[nodiscard]] bool closed() const { return closed_; }

  /// The runtime asks for work, as RuntimeBroker::next(): what is started for it gets its deadline and its log.
  std::optional<ApiReply> start_on(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver);
  /// The log of what the runtime is running; null when it runs nothing.
  [[nodiscard]] InvocationLog* running_log(RuntimeId runtime);
  /// What was written by a process that failed before it began: the log of the invocation that fails with it.
  [[nodiscard]] InvocationLog& failed_start_log() { return failed_start_log_; }
  /// To be called after an invocation has gone back to the queue: of a function that was removed, it ends.
  void end_what_nobody_will_run();
  /// To be called after a process has ended: tells who removed the function when nothing of it is left.
  void tell_if_ended();

 private:
  struct Running {
    RuntimeId runtime;
    RealTime::TimePoint started;
    time::TimerId deadline_timer{0};
    InvocationLog log;
  };

  RealTime::TimePoint started(RuntimeId runtime, const Invocation& invocation);
  void reach_deadline(const std::string& request_id);
  void finished(const std::string& request_id, const InvocationDone& done, Ending ending);
  void answer(const InvocationDone& done, InvocationResult result);
  void fail_waiting();

  const LambdaServices& services_;
  const FunctionDefinition& definition_;
  RuntimeSupply& supply_;
  RuntimeBroker broker_;
  InvocationLog failed_start_log_;
  bool retired_{false};
  bool closed_{false};
  bool ending_{false};           ///< end_waiting() was called
  std::function<void()> ended_;  ///< of retire(), until it is called
  std::map<std::string, Running, std::less<>> running_;
};

}  // namespace millrace::lambda
