// The body of POST /_millrace/streams/{Stream}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/streams/resharding/resharding.hpp"

namespace millrace::admin {

struct ReshardRequest {
  enum class Action : std::uint8_t { kRollover, kSplit, kMerge };
  Action action{Action::kRollover};
  std::optional<std::string> shard_id{};           ///< absent: all shards, or the ones that can be meant
  std::optional<std::string> adjacent_shard_id{};  ///< of a merge: the other shard; absent: a neighbour
};

/// `{"action":"rollover"|"split"|"merge","shardId":"…","adjacentShardId":"…"}`, only `action` is required. Errors:
/// InvalidParameterValueException, with a sentence that says what would be right.
Result<ReshardRequest> parse_reshard_request(std::string_view body);

/// What has to follow on which shards. Errors: InvalidParameterValueException when the shards are not as the request
/// takes them to be (streams/resharding/resharding.hpp).
Result<std::vector<streams::Succession>> plan_of(const ReshardRequest& request,
                                                 const streams::StreamDescriptor& stream);

}  // namespace millrace::admin
