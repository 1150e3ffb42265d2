// Throttling, for those who ask for it: how many units a table or a global index gives now. What is asked of it is
// admitted while there is capacity left, and charged when its cost is known, so that a large request may run up a debt
// that the next ones wait for (AWS: "throughput capacity", "burst and adaptive capacity", "on-demand capacity mode").
//
// A provisioned table gets its units every second, and keeps what it has not used for 300 seconds. One on demand gives
// twice its peak, which is at first half of what it can take warm, and rises when it has been exceeded for half an
// hour; a ceiling (OnDemandThroughput) holds at once. All of it in emulated time. Partitions have no limits of their
// own here.
//
// Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"
#include "server/plan/context/capacity.hpp"

namespace millrace::plan {

class ThroughputLimits {
 public:
  enum class Direction : std::uint8_t { kRead, kWrite };

  /// `clock` outlives it.
  explicit ThroughputLimits(const Clock& clock) : clock_{clock} {}

  /// Whether the table, or its global index, has capacity left beside `pending` units, which are not charged yet; a
  /// local index has its table's. Errors:
  /// ProvisionedThroughputExceededException, or on demand ThrottlingException, each with AWS's reason.
  [[nodiscard]] Result<void> admit(Direction direction, const model::TableDefinition& table,
                                   const model::IndexDefinition* index = nullptr, double pending = 0);
  /// Takes what was consumed, of the table and of its indexes. What was refused is charged where it is refused.
  void charge(Direction direction, const ConsumedCapacity& consumed);

 private:
  /// What a table or an index has left, of reads or of writes.
  struct Bucket {
    double units{0};  ///< below zero: a debt
    bool is_new{true};
    TimePoint as_of{};
    double rate{0};    ///< units a second; of what it was told last
    double peak{0};    ///< on demand: of a second, up to half an hour ago
    double recent{0};  ///< the same since then
    TimePoint recent_since{};
    double second_units{0};  ///< taken in the second that began at `second`
    TimePoint second{};
  };
  struct Buckets {
    Bucket read;
    Bucket write;
  };

  Bucket& filled(Direction direction, const model::TableDefinition& table, const model::IndexDefinition* index,
                 TimePoint now);
  void take(Direction direction, const model::TableDefinition& table, const model::IndexDefinition* index, double units,
            TimePoint now);

  const Clock& clock_;
  std::mutex mutex_;
  /// Of tables that are gone too: those that have nothing to tell any more are forgotten when there are so many.
  std::unordered_map<model::KeyspaceId, Buckets> buckets_;
  static constexpr std::size_t kManyBuckets = 10'000;
  std::size_t look_at_{kManyBuckets};
};

}  // namespace millrace::plan
