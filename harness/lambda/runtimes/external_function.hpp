// A function whose processes somebody else starts: in a container beside Millrace, in a debugger, on another machine.
// Each connection that asks for work is a runtime; several may serve the function, each with one invocation at a time.
#pragma once

#include <functional>
#include <set>

#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "harness/lambda/runtimes/external_functions.hpp"
#include "harness/lambda/runtimes/runtime_function.hpp"

namespace millrace::lambda {

class ExternalFunction final : public RuntimeFunction, public RuntimeEndpoint {
 public:
  /// `directory` knows the address of the shared listener. `attached` is called when a process comes to a function that
  /// had none, on an I/O thread.
  ExternalFunction(const LambdaServices& services, FunctionDefinition definition, ExternalFunctions directory,
                   std::function<void()> attached);

  /// Listens on a port of its own, when the definition asks for one. Errors: those of the socket.
  boost::system::result<void> listen();

  [[nodiscard]] std::optional<std::string> waits_for() const override;

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
  void retiring() override;
  void closing() override;
  /// With the lock held: nobody may be there any more; what waits has until the patience is over.
  void watch_absence();
  void set_patience_timer();
  void on_impatience();
  [[nodiscard]] std::string absence() const;
  [[nodiscard]] std::string runtime_name() const;
  void forget_if_orphan(RuntimeId runtime);

  ExternalFunctions directory_;
  std::function<void()> attached_;
  RealTime::TimePoint absent_since_;
  time::TimerId patience_timer_{0};               ///< 0 when none is set
  std::unique_ptr<RuntimeApiListener> listener_;  ///< when it has a port of its own
  /// Runtimes whose connection has ended, as it was meant to, and whose answer will come over another one.
  std::set<RuntimeId> orphans_;
};

}  // namespace millrace::lambda
