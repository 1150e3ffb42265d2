// Rolls shards over when they have been open for four hours of emulated time (streams/resharding/resharding.hpp): each
// gets a child, and consumers meet what AWS does to them several times a day. Keeps nothing: a shard's age stands in
// its stream.
#pragma once

#include <optional>

#include "server/base/clock.hpp"
#include "server/storage/group_commit.hpp"
#include "server/storage/job.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::jobs {

class ShardRollover final : public storage::Job {
 public:
  /// All outlive the job. Without an `age` no shard rolls over.
  ShardRollover(storage::GroupCommit& gate, streams::StreamCatalog& catalog, const Clock& clock,
                std::optional<Duration> age)
      : gate_{gate}, catalog_{catalog}, clock_{clock}, age_{age} {}

  [[nodiscard]] bool is_pending() const override;
  [[nodiscard]] std::optional<TimePoint> due() const override;
  /// Some streams, or some shards of a stream that has many.
  StorageResult<void> step(const storage::Budget& budget) override;

 private:
  storage::GroupCommit& gate_;
  streams::StreamCatalog& catalog_;
  const Clock& clock_;
  const std::optional<Duration> age_;
};

}  // namespace millrace::jobs
