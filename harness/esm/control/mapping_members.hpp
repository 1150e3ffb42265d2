// The members of the requests about event source mappings, all that AWS's model has (November 2026; reference, 3.3).
#pragma once

#include <span>

#include "harness/lambda/member_table.hpp"

namespace millrace::esm {

std::span<const lambda::Member> create_mapping_members();
/// The path's UUID included.
std::span<const lambda::Member> update_mapping_members();
std::span<const lambda::Member> list_mappings_members();
/// GetEventSourceMapping, DeleteEventSourceMapping.
std::span<const lambda::Member> named_mapping_members();

}  // namespace millrace::esm
