// What can be told about a mapping at work: counters, how far each shard has come, and in a sentence why it is not
// further. Shown by GET /_millrace/status, by a drain that did not succeed, and by `dev up`.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/control/mapping.hpp"
#include "harness/esm/source/open_window.hpp"
#include "harness/esm/source/stream_source.hpp"

namespace millrace::esm {

/// Records that were given up together.
struct DiscardedRange {
  std::string shard;
  storage::Sequence first{0};
  storage::Sequence last{0};
  TimePoint when{};
  std::string reason;  ///< a clause
};

/// Counted since the process started, but for records_delivered and discarded: those are part of the checkpoints of the
/// stream's shards and count since the mapping was made.
struct MappingStatistics {
  std::uint64_t records_delivered{0};  ///< in invocations (or parts of them) that succeeded
  std::uint64_t batches{0};            ///< invocations that succeeded
  std::uint64_t invocations{0};        ///< all that reached the function
  std::uint64_t errors{0};             ///< function errors, responses that report failures among them
  std::uint64_t throttles{0};
  std::uint64_t service_errors{0};                 ///< the function could not be run at all
  std::uint64_t retries{0};                        ///< attempts at a batch after its first
  std::uint64_t discarded{0};                      ///< records given up: retries used up, too old
  std::uint64_t destination_deliveries{0};         ///< batches that were given up, and a destination has taken
  std::uint64_t destination_delivery_failures{0};  ///< and that it has not
  std::int64_t iterator_age_milliseconds{0};       ///< age of the last record of a batch when it was last sent
  std::string last_processing_result{"No records processed"};
  std::string last_error{};                      ///< what the last failed invocation answered, cut short
  std::string last_discard{};                    ///< a sentence on the records that were given up last
  std::deque<DiscardedRange> recent_discards{};  ///< the last kMaxRecentDiscards, oldest first

  // Of AWS's metrics with EventCount. Records, each time.
  std::uint64_t records_polled{0};
  std::uint64_t records_filtered_out{0};
  std::uint64_t records_invoked{0};  ///< sent to the function, those of retries again
  std::uint64_t records_failed{0};   ///< of attempts, or the parts of them, that failed
  std::uint64_t records_dropped{0};  ///< given up for age or retries, and no destination has taken them
  std::uint64_t records_told{0};     ///< given up, and the destination has taken them; set by who reports

  static constexpr std::size_t kMaxRecentDiscards = 50;
};

/// One shard of a mapping that does not move, or not yet.
struct StuckShard {
  std::string mapping;               ///< UUID
  std::string function;              ///< name
  std::string shard{};               ///< empty when the reason is about the whole mapping
  std::string reason;                ///< a sentence
  std::uint64_t pending_records{0};  ///< not delivered yet; counting stops at kMaxPendingCounted
  std::string last_error{};
  std::optional<TimePoint> next_retry{};
  storage::Sequence position{0};  ///< everything up to here is done
};

inline constexpr std::uint64_t kMaxPendingCounted = 10'000;

/// One row of batches of a shard.
struct LaneReport {
  /// What a function was sent last and has neither handled nor been spared.
  struct Batch {
    std::size_t records{0};  ///< 0: the end of a tumbling window
    storage::Sequence first{0};
    storage::Sequence last{0};
    std::uint32_t attempt{1};
  };
  std::string_view state;       ///< `collecting`, `invoking`, `waiting`, `discarding`
  std::size_t records_held{0};  ///< read, and neither delivered nor given up
  std::optional<Batch> batch{};
  std::optional<TimePoint> next_attempt{};
  std::string last_error{};
};

/// How far a mapping has come in a shard.
struct ShardReport {
  std::string shard;
  std::string_view state;         ///< `waiting for its parent`, `polling`, `finished`, `stopped`
  storage::Sequence position{0};  ///< everything up to here is done
  std::int64_t iterator_age_milliseconds{0};
  std::optional<OpenWindow> window{};
  std::vector<LaneReport> lanes{};
};

struct MappingReport {
  MappingDefinition definition;
  MappingState state{MappingState::kEnabled};
  MappingStatistics statistics;
  std::uint64_t dead_letters{0};        ///< batches that were given up and are kept
  bool idle{false};                     ///< caught up, nothing under way
  std::string warning{};                ///< a sentence on what will keep it from delivering, caught up or not
  std::vector<StuckShard> shards;       ///< those that are not caught up
  std::vector<ShardReport> progress{};  ///< of all shards; empty while nothing runs
};

/// The sentence of a mapping whose stream has come to its end: what that means for it, and the cure.
std::string describe_end(const MappingDefinition& definition, const StreamEnd& end);

/// One line for people: `echo <- orders: 120 records in 12 batches, 0 errors, caught up`.
std::string to_line(const MappingReport& report);

}  // namespace millrace::esm
