// A function that runs behind the Runtime API, whoever starts its processes: the invoking side of managed and external
// functions. Adds to the broker what it leaves out: the lock, time limits, logs, and answers on I/O threads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/invocation/failure_documents.hpp"
#include "harness/lambda/invocation/invocation_log.hpp"
#include "harness/lambda/invocation/invoker.hpp"
#include "harness/lambda/invocation/retirable_invoker.hpp"
#include "harness/lambda/runtime_api/runtime_broker.hpp"
#include "harness/lambda/runtime_api/runtime_endpoint.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"

namespace millrace::lambda {

class RuntimeFunction : public RetirableInvoker, public std::enable_shared_from_this<RuntimeFunction> {
 public:
  /// What `services` refers to outlives close().
  RuntimeFunction(const LambdaServices& services, FunctionDefinition definition);

  void invoke(Invocation invocation, InvocationDone done) final;
  void withdraw(std::string_view request_id) final;

  void retire(std::function<void()> ended) final;
  void end_waiting() final;
  /// The object itself may be held longer by connections.
  void close() final;

 protected:
  // All of these, and everything below, with the lock held.
  virtual void before_submit() {}
  virtual void after_submit(const std::string& /*request_id*/) {}
  /// The invocation of this runtime has run out of time and has been answered.
  virtual void timed_out_on(RuntimeId /*runtime*/) {}
  /// An invocation is about to be answered that ran on this runtime; 0 when none had begun to run it.
  virtual void before_answer(const Ending& /*ending*/, RuntimeId /*runtime*/) {}
  /// The time it took to start, to be reported with the first invocation of a process.
  virtual std::optional<Duration> take_init_duration(RuntimeId /*runtime*/) { return std::nullopt; }
  /// What the runtime has written since its last invocation, to be swapped with the log of the one that begins.
  virtual InvocationLog* idle_log(RuntimeId /*runtime*/) { return nullptr; }
  /// The function is removed; what runs goes on.
  virtual void retiring() {}
  /// Whether a process is left.
  [[nodiscard]] virtual bool has_process() const { return false; }
  virtual void closing() {}

  /// After a process, or an invocation, has ended.
  void tell_if_ended();
  /// After an invocation has gone back to the queue of a function that was removed.
  void end_what_nobody_will_run();
  std::optional<ApiReply> start_on(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver);
  /// The log of what the runtime is running; null when it runs nothing.
  InvocationLog* running_log(RuntimeId runtime);

  mutable std::mutex mutex_;
  LambdaServices services_;
  FunctionDefinition definition_;
  RuntimeBroker broker_;
  /// What was written by a process that failed before it began: the log of the invocation that fails with it.
  InvocationLog failed_start_log_;
  bool retired_{false};
  bool closed_{false};

 private:
  void fail_waiting();

  struct Running {
    RuntimeId runtime;
    RealTime::TimePoint started;
    time::TimerId deadline_timer{0};
    InvocationLog log;
  };

  RealTime::TimePoint started(RuntimeId runtime, const Invocation& invocation);
  void finished(const std::string& request_id, const InvocationDone& done, Ending ending);
  void on_deadline(const std::string& request_id);
  void answer(const InvocationDone& done, InvocationResult result);

  bool ending_{false};           ///< end_waiting() was called
  std::function<void()> ended_;  ///< of retire(), until it is called
  std::map<std::string, Running, std::less<>> running_;
};

}  // namespace millrace::lambda
