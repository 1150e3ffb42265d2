// The variables of a process that runs a function (streams-and-esm reference, 5.4).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"

namespace millrace::lambda {

/// `NAME=value` each, those of the function included. `folder` holds its code, `port` is the one of its Runtime API.
std::vector<std::string> environment_variables(const LambdaServices& services, const FunctionDefinition& function,
                                               const std::filesystem::path& folder, std::uint16_t port);

}  // namespace millrace::lambda
