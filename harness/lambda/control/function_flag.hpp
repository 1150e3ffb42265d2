// `--function NAME=WHERE`: how a function is given on the command line.
#pragma once

#include <string_view>

#include "harness/lambda/control/function_definition.hpp"
#include "server/base/result.hpp"

namespace millrace::lambda {

/// Reads `NAME=in-process:HANDLER`, `NAME=external`, `NAME=external:PORT` or `NAME=PATH` (an executable, or a folder
/// with an executable `bootstrap`, run in place and started again when it changes).
/// Errors: InvalidParameterValueException saying what is wrong with the flag.
Result<FunctionDefinition> parse_function_flag(std::string_view text);

}  // namespace millrace::lambda
