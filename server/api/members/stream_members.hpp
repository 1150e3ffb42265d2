// Rows of the members that the operations of DynamoDB Streams share (streams-and-esm, 1.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/members/member_table.hpp"

namespace millrace::api::of_streams {

using members::Member;
using members::MemberTable;
using members::row;
using members::row_of;
using enum members::Presence;

inline constexpr members::Bounds kArnLength{37, 1024};
inline constexpr members::Bounds kShardIdLength{28, 65};

inline constexpr Member kStreamArn{.name = "StreamArn", .presence = kRequired, .bounds = kArnLength};
inline constexpr Member kShardId{.name = "ShardId", .presence = kRequired, .bounds = kShardIdLength};

/// `Limit` of a page.
constexpr Member limit(std::size_t most) { return {.name = "Limit", .bounds = {1, static_cast<std::int64_t>(most)}}; }
/// What it means once it is checked: the maximum when the request gave none.
inline std::size_t page_limit(std::optional<std::int64_t> limit, std::size_t maximum) {
  return limit ? static_cast<std::size_t>(*limit) : maximum;
}

}  // namespace millrace::api::of_streams
