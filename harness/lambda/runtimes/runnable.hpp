// What is behind a function, made of its definition: the one place that knows all kinds of code.
#pragma once

#include <functional>
#include <memory>

#include "harness/lambda/control/code_store.hpp"
#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/invocation/retirable_invoker.hpp"
#include "harness/lambda/runtime_api/runtime_endpoint.hpp"
#include "harness/lambda/runtimes/external_functions.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"
#include "server/base/result.hpp"

namespace millrace::lambda {

/// All empty for a function that cannot be run.
struct Runnable {
  std::shared_ptr<Invoker> invoker{};            ///< what callers use: faults, and behind them the function
  std::shared_ptr<RetirableInvoker> function{};  ///< the function alone
  std::shared_ptr<RuntimeEndpoint> external{};   ///< the function again, when others start its processes
};

/// What functions are made with. Whatever `services` refers to outlives their close().
struct RunnableParts {
  const LambdaServices& services;
  const CodeStore& code;
  ExternalFunctions external;
  /// Called when a process comes to an external function that had none, on the I/O thread.
  std::function<void(const FunctionKey&)> attached;
};

/// Makes a function that can be called, and that nobody calls yet; one with a port of its own listens from now on.
/// Errors: InvalidParameterValueException when there is no such handler, or the port is in use.
Result<Runnable> make_runnable(const RunnableParts& parts, const FunctionDefinition& definition);

}  // namespace millrace::lambda
