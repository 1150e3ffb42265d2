// The members of the operations on functions that have none in a body, all that AWS's model has (November 2026).
#pragma once

#include <span>

#include "harness/lambda/member_table.hpp"

namespace millrace::lambda {

/// GetFunction, GetFunctionConfiguration, DeleteFunction.
std::span<const Member> named_function_members();
std::span<const Member> list_functions_members();
/// The payload excepted: it is the body as it is.
std::span<const Member> invoke_members();

}  // namespace millrace::lambda
