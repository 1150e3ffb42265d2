// A function whose processes somebody else starts: in a container beside Millrace, in a debugger, on another machine.
// Each connection that asks for work is a runtime; several may serve the function, each with one invocation at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/invocation/retirable_invoker.hpp"
#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "harness/lambda/runtimes/external_functions.hpp"
#include "harness/lambda/runtimes/function_invocations.hpp"
#include "harness/lambda/runtimes/runtime_supply.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"

namespace millrace::lambda {

class ExternalFunction final : public RetirableInvoker,
                               public RuntimeEndpoint,
                               public std::enable_shared_from_this<ExternalFunction>,
                               private RuntimeSupply {
 public:
  /// What `services` refers to outlives close(). `directory` knows the address of the shared listener. `attached` is
  /// called when a process comes to a function that had none.
  ExternalFunction(const LambdaServices& services, FunctionDefinition definition, ExternalFunctions directory,
                   std::function<void()> attached);

  /// Listens on a port of its own, when the definition asks for one. Errors: those of the socket.
  boost::system::result<void> listen();

  void invoke(Invocation invocation, InvocationDone done) override {
    invocations_.invoke(std::move(invocation), std::move(done));
  }
  void withdraw(std::string_view request_id) override { invocations_.withdraw(request_id); }
  void retire(std::function<void()> ended) override { invocations_.retire(std::move(ended)); }
  void end_waiting() override { invocations_.end_waiting(); }
  void close() override { invocations_.close(); }
  [[nodiscard]] std::optional<std::string> waits_for() const override;

  RuntimeId attach() override;
  std::optional<ApiReply> next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver) override;
  void undelivered(RuntimeId runtime, WaiterId waiter) override;
  ApiReply respond(RuntimeId runtime, std::string_view request_id, RuntimeAnswer answer) override;
  ApiReply init_error(RuntimeId runtime, RuntimeAnswer answer) override;
  bool runs(std::string_view request_id) override;
  void detach(RuntimeId runtime, bool lasting) override;

 private:
  // Processes that are not ours: nothing is known of how they start and what they write.
  void before_submit() override {}
  void after_submit() override;
  void timed_out_on(RuntimeId runtime) override;
  void before_answer(const Ending& /*ending*/, RuntimeId /*runtime*/) override {}
  std::optional<Duration> take_init_duration(RuntimeId /*runtime*/) override { return std::nullopt; }
  InvocationLog* idle_log(RuntimeId /*runtime*/) override { return nullptr; }
  void retiring() override;
  [[nodiscard]] bool has_process() const override { return false; }
  void closing() override;
  [[nodiscard]] std::weak_ptr<void> lifetime() override { return weak_from_this(); }

  /// Nobody may be there any more; what waits has until the patience is over.
  void watch_absence();
  void set_patience_timer();
  void on_impatience();
  [[nodiscard]] std::string absence() const;
  [[nodiscard]] std::string runtime_name() const;
  void forget_if_orphan(RuntimeId runtime);

  LambdaServices services_;
  FunctionDefinition definition_;
  FunctionInvocations invocations_{services_, definition_, *this};
  ExternalFunctions directory_;
  std::function<void()> attached_;
  RealTime::TimePoint absent_since_;
  time::TimerId patience_timer_{0};               ///< 0 when none is set
  std::unique_ptr<RuntimeApiListener> listener_;  ///< when it has a port of its own
  /// Runtimes whose connection has ended, as it was meant to, and whose answer will come over another one.
  std::set<RuntimeId> orphans_;
};

}  // namespace millrace::lambda
