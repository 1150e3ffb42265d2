// The invocations of one function that runs behind the Runtime API, whoever starts its processes. Adds to the broker
// what it leaves out: the lock, time limits, logs, answers on the I/O thread, and the end of the function.
//
// One lock guards them, and whatever the kind of function keeps about its runtimes. What needs it is asked of
// LockedInvocations, which nobody gets a reference to without the lock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/invocation/ending.hpp"
#include "harness/lambda/invocation/invocation_log.hpp"
#include "harness/lambda/invocation/invoker.hpp"
#include "harness/lambda/runtime_api/runtime_broker.hpp"
#include "harness/lambda/runtime_api/runtime_endpoint.hpp"
#include "harness/lambda/runtimes/runtime_supply.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"

namespace millrace::lambda {

class FunctionInvocations;

/// The invocations while their lock is held: who has a reference holds it. What the kind of function protects by the
/// same lock takes such a reference as well.
class LockedInvocations {
 public:
  LockedInvocations(const LockedInvocations&) = delete;
  LockedInvocations& operator=(const LockedInvocations&) = delete;
  ~LockedInvocations() = default;

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
  friend class FunctionInvocations;  // makes it, and hands it out with its lock

  struct Running {
    RuntimeId runtime;
    RealTime::TimePoint started;
    time::TimerId deadline_timer{0};
    InvocationLog log;
  };

  LockedInvocations(const LambdaServices& services, const FunctionDefinition& definition, RuntimeSupply& supply,
                    FunctionInvocations& lockable);

  void submit(Invocation&& invocation, const InvocationDone& done);
  void withdraw(std::string_view request_id);
  void retire(std::function<void()>&& ended);
  void end_waiting();
  void close();

  RealTime::TimePoint started(RuntimeId runtime, const Invocation& invocation);
  void reach_deadline(const std::string& request_id);
  void finished(const std::string& request_id, const InvocationDone& done, Ending ending);
  void answer(const InvocationDone& done, InvocationResult result);
  void fail_waiting();

  const LambdaServices& services_;
  const FunctionDefinition& definition_;
  RuntimeSupply& supply_;
  FunctionInvocations& lockable_;  // for timers, which come without the lock
  RuntimeBroker broker_;
  InvocationLog failed_start_log_;
  bool retired_{false};
  bool closed_{false};
  bool ending_{false};           ///< end_waiting() was called
  std::function<void()> ended_;  ///< of retire(), until it is called
  std::map<std::string, Running, std::less<>> running_;
};

/// Holds the lock as long as it lives.
class InvocationsLock {
 public:
  LockedInvocations& operator*() const& { return invocations_; }
  LockedInvocations& operator*() const&& = delete;  // the reference would outlive the lock
  LockedInvocations* operator->() const { return &invocations_; }

 private:
  friend class FunctionInvocations;
  InvocationsLock(std::mutex& mutex, LockedInvocations& invocations) : lock_{mutex}, invocations_{invocations} {}

  std::scoped_lock<std::mutex> lock_;
  LockedInvocations& invocations_;
};

/// A member of each kind of function, which is their supply of runtimes. Any thread.
class FunctionInvocations {
 public:
  /// All three belong to whoever holds this as a member, and outlive it; what `services` refers to outlives close().
  FunctionInvocations(const LambdaServices& services, const FunctionDefinition& definition, RuntimeSupply& supply)
      : invocations_{services, definition, supply, *this} {}

  /// As Invoker says.
  void invoke(Invocation invocation, InvocationDone done) { lock()->submit(std::move(invocation), done); }
  void withdraw(std::string_view request_id) { lock()->withdraw(request_id); }

  /// As RetirableInvoker says. The object itself may be held by connections for longer than close().
  void retire(std::function<void()> ended) { lock()->retire(std::move(ended)); }
  void end_waiting() { lock()->end_waiting(); }
  void close() { lock()->close(); }

  /// Waits for the lock, which is held for moments and never over I/O. Not from within a method of RuntimeSupply or a
  /// callback of the broker: those hold it.
  [[nodiscard]] InvocationsLock lock() { return {mutex_, invocations_}; }

  /// Whether there is any runtime now.
  [[nodiscard]] bool has_runtime() const;

 private:
  mutable std::mutex mutex_;
  LockedInvocations invocations_;
};

}  // namespace millrace::lambda
