#include "server/jobs/shard_rollover.hpp"

#include "server/streams/resharding/resharding.hpp"

namespace millrace::jobs {
namespace {

/// Rolling over a shard costs as much as looking at so many rows: a log, two numbers, its part of the document.
constexpr std::size_t kCostOfShard = 4;

}  // namespace

bool ShardRollover::is_pending() const {
  return age_ && streams::has_shards_to_roll_over(catalog_, *age_, clock_.now());
}

std::optional<TimePoint> ShardRollover::due() const {
  const auto longest = catalog_.longest_open();
  if (!age_ || longest.stream == nullptr) return std::nullopt;
  return longest.since + *age_;
}

StorageResult<void> ShardRollover::step(const storage::Budget& budget) {
  const std::size_t most = budget.at_cost(kCostOfShard).rows;
  for (std::size_t done = 0; done < most;) {
    const auto looked_at = streams::roll_over_next_stream(gate_, catalog_, *age_, clock_.now(), most - done);
    if (looked_at.has_error()) return looked_at.error();
    if (*looked_at == 0) break;
    done += *looked_at;
  }
  return {};
}

}  // namespace millrace::jobs
