// Lambda's REST API for functions, 2015-03-31: CreateFunction, GetFunction, GetFunctionConfiguration, ListFunctions,
// DeleteFunction, Invoke. Event source mappings are harness/esm's.
#pragma once

#include <memory>

#include "harness/lambda/event_invocations.hpp"
#include "harness/lambda/function_registry.hpp"
#include "server/http/router.hpp"

namespace millrace::lambda {

/// Adds the routes. The registry outlives the router. `committed` is asked before an answer that changed something
/// leaves.
void add_lambda_routes(http::Router& router, FunctionRegistry& registry, CommitWaiter committed);

// The two halves of the above, one per file.
void add_function_routes(http::Router& router, FunctionRegistry& registry, CommitWaiter committed);
void add_invoke_routes(http::Router& router, FunctionRegistry& registry, std::shared_ptr<EventInvocations> events);

}  // namespace millrace::lambda
