// Members that the operations of PartiQL have in common, as rows.
#pragma once

#include <cstdint>

#include "server/api/members/item_members.hpp"
#include "server/members/member.hpp"

namespace millrace::api::of_statements {

inline constexpr members::Member kStatement{
    .name = "Statement", .shape = &members::kString, .presence = of_items::kRequired, .bounds = {1, 8192}};
inline constexpr members::Member kParameters{
    .name = "Parameters", .shape = &of_items::kAttributeValues, .bounds = {1, INT64_MAX}};

}  // namespace millrace::api::of_statements
