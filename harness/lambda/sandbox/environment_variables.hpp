// The variables of a process that runs a function (streams-and-esm reference, 5.4).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"
#include "harness/lambda/sandbox/launch_plan.hpp"

namespace millrace::lambda {

/// `NAME=value` each, those of the function included. `port` is the one of its Runtime API. Where
/// several say something of a variable, the function's word is the last, and before it the plan's.
std::vector<std::string> environment_variables(const LambdaServices& services, const FunctionDefinition& function,
                                               const LaunchPlan& plan, std::uint16_t port);

}  // namespace millrace::lambda
