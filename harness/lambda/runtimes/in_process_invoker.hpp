// Runs a handler that is linked into this program, on a thread of its own: never on the I/O thread.
//
// One invocation at a time, like a Lambda sandbox; further ones wait in line. A handler that runs out of time cannot be
// killed: its caller is answered, its thread is left to finish, and the next invocation gets a new one.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "handler/function.hpp"
#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/invocation/failure_documents.hpp"
#include "harness/lambda/invocation/retirable_invoker.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"

namespace millrace::lambda {

class InProcessInvoker final : public RetirableInvoker, public std::enable_shared_from_this<InProcessInvoker> {
 public:
  /// Threads that may be left behind by handlers that ran out of time; beyond that the function is out of service.
  static constexpr int kMostAbandonedThreads = 16;

  /// What `services` refers to outlives close().
  InProcessInvoker(const LambdaServices& services, const FunctionDefinition& definition, handler::Function function);
  ~InProcessInvoker() override;

  void invoke(Invocation invocation, InvocationDone done) override;
  void withdraw(std::string_view request_id) override;

  void retire(std::function<void()> ended) override;
  void end_waiting() override;
  /// A handler that is running is waited for, for a second.
  void close() override;

 private:
  class HandlerThread;
  struct Work {
    Invocation invocation;
    InvocationDone done;
  };
  struct Running {
    Invocation invocation;
    InvocationDone done;
    RealTime::TimePoint started{};
    time::TimerId deadline_timer{0};
  };

  void run_next();
  void fail_waiting(std::string_view reason);
  void finish(Ending ending);
  void answer(const InvocationDone& done, InvocationResult result);

  void on_deadline(const std::string& request_id);
  /// On the handler's thread: takes the result to the I/O thread.
  void hand_over(const HandlerThread* thread, handler::HandlerResult<std::string> result);
  void on_returned(const HandlerThread* thread, handler::HandlerResult<std::string> result);

  LambdaServices services_;
  FunctionDefinition definition_;
  handler::Function function_;
  std::deque<Work> queue_;
  std::optional<Running> running_;
  std::shared_ptr<HandlerThread> thread_;
  int abandoned_{0};
  bool ending_{false};  ///< end_waiting() was called
  bool retired_{false};
  std::function<void()> ended_;  ///< of retire(), until it is called
  std::mutex closing_;           ///< held while closed_ is set, and by the handler's thread while it looks at it
  bool closed_{false};
};

}  // namespace millrace::lambda
