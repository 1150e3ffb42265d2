// The body of CreateFunction: shape, constraints and the rules for code, runtime and environment. No I/O.
#pragma once

#include <string>
#include <string_view>

#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "server/base/result.hpp"

namespace millrace::lambda {

struct NewFunction {
  FunctionDefinition definition;  ///< code.location is empty for a zip: it is not stored yet
  std::string zip{};              ///< the package of a zip, decoded
};

/// Errors: InvalidRequestContentException, ValidationException (constraints), InvalidParameterValueException, and those
/// of FunctionResolver::resolve_new().
Result<NewFunction> parse_create_function(std::string_view body, const FunctionResolver& functions);

}  // namespace millrace::lambda
