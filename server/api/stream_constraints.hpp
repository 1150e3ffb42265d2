// Constraints of the members that the operations of DynamoDB Streams share (streams-and-esm, 1.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/api/operation.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {

inline void check_stream_arn(validation::Constraints& constraints, std::string_view path, OptionalText arn) {
  constexpr std::size_t kMinArn = 37;
  constexpr std::size_t kMaxArn = 1024;
  constraints.length(path, arn, kMinArn, kMaxArn);
}

inline void check_shard_id(validation::Constraints& constraints, std::string_view path, OptionalText shard_id) {
  constexpr std::size_t kMinShardId = 28;
  constexpr std::size_t kMaxShardId = 65;
  constraints.length(path, shard_id, kMinShardId, kMaxShardId);
}

inline void check_page_limit(validation::Constraints& constraints, std::optional<std::int64_t> limit,
                             std::size_t maximum) {
  constraints.range("limit", limit, 1, static_cast<std::int64_t>(maximum));
}

/// The limit of a page, once it is checked: the maximum when the request gave none.
inline std::size_t page_limit(std::optional<std::int64_t> limit, std::size_t maximum) {
  return limit ? static_cast<std::size_t>(*limit) : maximum;
}

}  // namespace millrace::api
