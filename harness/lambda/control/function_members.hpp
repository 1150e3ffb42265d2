// The members of the operations on functions that have none in a body, all that AWS's model has (November 2026).
#pragma once

#include <span>

#include "server/rest/member_table.hpp"

namespace millrace::lambda {

/// GetFunction, GetFunctionConfiguration, DeleteFunction.
std::span<const rest::Member> named_function_members();
std::span<const rest::Member> list_functions_members();
std::span<const rest::Member> get_recursion_config_members();
std::span<const rest::Member> put_recursion_config_members();
/// The payload excepted: it is the body as it is.
std::span<const rest::Member> invoke_members();

}  // namespace millrace::lambda
