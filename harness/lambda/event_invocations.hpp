// Invocations of type Event: accepted at once, run later, repeated after an error (reference, 5.6).
//
// How old an event is, and when it is tried again, is emulated time, as AWS would measure it. When a function that no
// process has attached to is looked at again is real time: its process may come at any moment, whatever the clock says.
//
// Kept in memory only: what waits is lost with the process.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "harness/lambda/invocation/invoker_directory.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"

namespace millrace::lambda {

class EventInvocations : public std::enable_shared_from_this<EventInvocations> {
 public:
  /// The directory and what `services` refers to outlive this object and its timers.
  EventInvocations(InvokerDirectory& functions, const LambdaServices& services, std::size_t limit = 10000,
                   std::size_t limit_bytes = std::size_t{256} << 20U);

  /// Takes an event for `function`. False when too many, or too many bytes, are waiting or running already.
  bool submit(FunctionReference function, Invocation invocation);

  /// Events that are waiting or running.
  [[nodiscard]] std::size_t pending() const { return pending_; }

 private:
  struct Event;
  void attempt(const std::shared_ptr<Event>& event);
  void finished(const std::shared_ptr<Event>& event, const InvocationResult& result);
  void retry(const std::shared_ptr<Event>& event, Duration delay);
  void look_for_runtime(const std::shared_ptr<Event>& event);
  void drop(const Event& event, std::string_view reason);
  void release(std::size_t bytes);

  InvokerDirectory& functions_;
  EmulatedTime& emulated_time_;
  RealTime& real_time_;
  std::size_t limit_;
  std::size_t limit_bytes_;
  std::atomic<std::size_t> pending_{0};
  std::atomic<std::size_t> pending_bytes_{0};
};

}  // namespace millrace::lambda
