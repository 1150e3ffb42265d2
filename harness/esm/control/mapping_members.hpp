// The members of the requests about event source mappings, all that AWS's model has (November 2026; reference, 3.3).
#pragma once

#include <span>

#include "server/rest/member_table.hpp"

namespace millrace::esm {

std::span<const rest::Member> create_mapping_members();
/// The path's UUID included.
std::span<const rest::Member> update_mapping_members();
std::span<const rest::Member> list_mappings_members();
/// GetEventSourceMapping, DeleteEventSourceMapping.
std::span<const rest::Member> named_mapping_members();

}  // namespace millrace::esm
