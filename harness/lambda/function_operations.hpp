// Lambda's operations on functions, 2015-03-31: CreateFunction, GetFunction, GetFunctionConfiguration, ListFunctions,
// DeleteFunction, Invoke, and the two of recursion configs. One file each in operations/. Event source mappings are
// harness/esm's.
#pragma once

#include <memory>
#include <span>

#include "harness/lambda/catalog/function_catalog.hpp"
#include "harness/lambda/event_invocations.hpp"
#include "harness/lambda/live_functions.hpp"
#include "server/rest/operation.hpp"

namespace millrace::lambda {

/// What the operations use.
struct FunctionServices {
  /// The first two outlive the router. `commit_waiter` is asked before an answer that changed something leaves.
  FunctionServices(FunctionCatalog& catalog_to_change, LiveFunctions& live, CommitWaiter commit_waiter);

  FunctionCatalog& catalog;  ///< to change functions
  LiveFunctions& functions;  ///< to see and call them
  CommitWaiter committed;
  std::shared_ptr<EventInvocations> events;
};

using FunctionOperation = rest::Operation<FunctionServices>;

std::span<const FunctionOperation* const> function_operations();

}  // namespace millrace::lambda
