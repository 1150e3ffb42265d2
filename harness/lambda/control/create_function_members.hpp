// CreateFunction's members, all that AWS's model has (November 2026).
#pragma once

#include <span>

#include "server/rest/member_table.hpp"

namespace millrace::lambda {

std::span<const rest::Member> create_function_members();

/// What the member Runtime may be. AWS answers for it in a text and with a type of its own, so no row has them.
std::span<const std::string_view> runtime_names();

}  // namespace millrace::lambda
