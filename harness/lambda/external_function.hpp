// A function whose processes somebody else starts: in a container beside Millrace, in a debugger, on another machine.
// Each connection that asks for work is a runtime; several may serve the function, each with one invocation at a time.
#pragma once

#include <set>

#include "harness/lambda/runtime_api.hpp"
#include "harness/lambda/runtime_function.hpp"

namespace millrace::lambda {

class ExternalFunction final : public RuntimeFunction, public RuntimeEndpoint {
 public:
  using RuntimeFunction::RuntimeFunction;

  /// Listens on a port of its own, when the definition asks for one. Errors: those of the socket.
  boost::system::result<void> listen();

  RuntimeId attach() override;
  std::optional<ApiReply> next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver) override;
  void undelivered(RuntimeId runtime, WaiterId waiter) override;
  ApiReply respond(RuntimeId runtime, std::string_view request_id, RuntimeAnswer answer) override;
  ApiReply init_error(RuntimeId runtime, RuntimeAnswer answer) override;
  bool runs(std::string_view request_id) override;
  void detach(RuntimeId runtime, bool lasting) override;

 private:
  void after_submit(const std::string& request_id) override;
  void timed_out_on(RuntimeId runtime) override;
  void closing() override;
  void on_impatience(const std::string& request_id);
  void forget_if_orphan(RuntimeId runtime);

  std::unique_ptr<RuntimeApiListener> listener_;
  /// Runtimes whose connection has ended, as it was meant to, and whose answer will come over another one.
  std::set<RuntimeId> orphans_;
};

}  // namespace millrace::lambda
