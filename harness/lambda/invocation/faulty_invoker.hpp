// Faults in front of an invoker: throttling, function errors, and time-outs after the side effect has happened.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "harness/lambda/invocation/invoker.hpp"
#include "server/base/faults.hpp"

namespace millrace::lambda {

/// Fault points, asked in this order at every invocation; the first that fires decides:
///   lambda.invoke.throttle       the function does not run; the caller is throttled
///   lambda.invoke.error          the function does not run; the caller gets a function error
///   lambda.invoke.timeout_after  the function runs to its end; the caller is told that it timed out
class FaultyInvoker final : public Invoker {
 public:
  /// `io` outlives the invoker.
  FaultyInvoker(std::shared_ptr<Invoker> inner, Faults faults, boost::asio::io_context& io, int timeout_seconds)
      : inner_{std::move(inner)}, faults_{faults}, io_{io}, timeout_seconds_{timeout_seconds} {}

  void invoke(Invocation invocation, InvocationDone done) override;
  void withdraw(std::string_view request_id) override { inner_->withdraw(request_id); }
  [[nodiscard]] std::optional<std::string> waits_for() const override { return inner_->waits_for(); }

 private:
  std::shared_ptr<Invoker> inner_;
  Faults faults_;
  boost::asio::io_context& io_;
  int timeout_seconds_;
};

}  // namespace millrace::lambda
