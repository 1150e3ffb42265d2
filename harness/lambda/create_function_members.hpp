// CreateFunction's members, all that AWS's model has (November 2026).
#pragma once

#include <span>

#include "harness/lambda/member_table.hpp"

namespace millrace::lambda {

std::span<const Member> create_function_members();

}  // namespace millrace::lambda
