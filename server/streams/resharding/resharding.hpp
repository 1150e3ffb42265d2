// How the shards of a stream come and go while it is enabled: one gives way to a child of the same hash range after
// some hours (rollover), is split in two, or merged with its neighbour (reference, 1.5). AWS does it by itself; here
// server/jobs rolls over by the clock, and harness/admin does all three on command.
//
// Threads: as Storage, only inside a write entry of the gate, which is handed over because readers have to hear of it:
// no record tells them that a shard was closed.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/storage/group_commit.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::streams {

/// As AWS does it, about (reference, 1.5).
inline constexpr Duration kRolloverAge = std::chrono::hours{4};
/// So many shards of a stream may be open: what has more is not split.
inline constexpr std::size_t kMaxOpenShards = 1000;
/// And so many may there be, with those that were closed in the last 24 hours: what has more stays as it is.
inline constexpr std::size_t kMaxShards = 10'000;

// --- What is to follow on which shards. Errors, all of them: ValidationException with a sentence for people, also when
// the stream would have more than kMaxShards. ---

/// Each open shard, or the one called `shard_id`, gets a child of the same hash range. Errors: no such open shard.
Result<std::vector<Succession>> plan_rollover(const StreamDescriptor& stream,
                                              std::optional<std::string_view> shard_id = {});
/// A shard gets two children, of the lower and the upper half of its hash range. Without an id it is the stream's only
/// open shard. Errors: no such open shard, or several without an id; a hash range of one value; kMaxOpenShards.
Result<std::vector<Succession>> plan_split(const StreamDescriptor& stream,
                                           std::optional<std::string_view> shard_id = {});
/// Two open shards whose hash ranges touch get one child. Without `other` it is the neighbour above, or below when
/// there is none; without any id the stream has two open shards. Errors: no such open shards; they are no neighbours.
Result<std::vector<Succession>> plan_merge(const StreamDescriptor& stream,
                                           std::optional<std::string_view> shard_id = {},
                                           std::optional<std::string_view> other = {});

// --- Doing it ---

/// Carries out what was planned for the stream as it is, and has the readers of the closed shards look.
StorageResult<void> reshard(storage::GroupCommit& gate, StreamCatalog& catalog, const StreamDescriptor& stream,
                            const std::vector<Succession>& successions, TimePoint now);

/// Whether there is a stream that roll_over_next_stream() has to look at. Costs nothing.
bool has_shards_to_roll_over(const StreamCatalog& catalog, Duration age, TimePoint now);
/// Rolls over, of the stream that waits for it longest, the shards that have been open for `age` and got a record since
/// they were opened, at most `most` of them. One without a record stays: nobody can tell it from its child, and idle
/// streams cost nothing; it is looked at again when it is twice, three times, … that old. Returns how many it looked
/// at. After an error (a damaged log) the stream waits as long again, and others have their turn.
StorageResult<std::size_t> roll_over_next_stream(storage::GroupCommit& gate, StreamCatalog& catalog, Duration age,
                                                 TimePoint now, std::size_t most);

}  // namespace millrace::streams
