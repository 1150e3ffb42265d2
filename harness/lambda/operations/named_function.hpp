// What the operations on one function have in common. Part of this folder.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/lambda/control/function_members.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "harness/lambda/function_operations.hpp"
#include "server/rest/member_reading.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::lambda {

inline constexpr std::string_view kFunctions = "/2015-03-31/functions";
inline constexpr std::string_view kOneFunction = "/2015-03-31/functions/{FunctionName}";

/// The function that path and query name.
inline Result<FunctionReference> named_function(const rest::Call& call) {
  TRY_ASSIGN(const nlohmann::json members, rest::read_members(call.parts(), named_function_members()));
  const FunctionResolver resolver{call.caller};
  return resolver.resolve(*rest::read_text(members, "FunctionName"), rest::read_text(members, "Qualifier"));
}

/// What `print` tells of the function that path and query name.
template <class Print>
Result<http::Response> show_function(const FunctionServices& services, const rest::Call& call, Print print) {
  TRY_ASSIGN(const FunctionReference reference, named_function(call));
  TRY_ASSIGN(const FunctionPointer definition, services.functions.require(reference));
  return rest::json_response(200, print(*definition, reference.qualifier));
}

}  // namespace millrace::lambda
