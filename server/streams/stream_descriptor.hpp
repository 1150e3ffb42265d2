// What a stream is: the stream of one table from one enabling to its end 24 hours after the disabling, and its shards.
// A plain value; StreamCatalog keeps them and stores each as one JSON document.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/random.hpp"
#include "server/model/key_schema.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/storage.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::streams {

using storage::LogId;

/// Records older than this may go, and so may what holds none any more (reference, 1.13).
inline constexpr Duration kRetention = std::chrono::hours{24};

enum class StreamStatus : std::uint8_t { kEnabling, kEnabled, kDisabling, kDisabled };

/// AWS's spelling: `ENABLED`.
std::string_view to_text(StreamStatus status);

/// The values of storage::partition_hash() from `first` to `last`.
struct HashRange {
  std::uint32_t first{0};
  std::uint32_t last{std::numeric_limits<std::uint32_t>::max()};

  friend bool operator==(const HashRange&, const HashRange&) = default;
};

/// One shard. It takes the records of the items whose storage::partition_hash() lies in [first_hash, last_hash].
struct Shard {
  std::string shard_id;
  /// What it goes on from: none on a root, two where two were merged, and no longer those that have left the list. The
  /// one that closed last comes first, as DynamoDB's API has a member for one only.
  std::vector<std::string> parent_shard_ids;
  LogId log{0};
  Sequence starting_sequence{0};            ///< lower than that of every record in it
  std::optional<Sequence> ending_sequence;  ///< present when closed; higher than that of every record in it
  std::optional<TimePoint> closed;          ///< present when closed
  Sequence trimmed_through{0};              ///< the last record that retention removed; 0 when it removed none
  std::uint32_t first_hash{0};
  std::uint32_t last_hash{std::numeric_limits<std::uint32_t>::max()};
  /// The id tells it too, but of several generations that are made within one millisecond the later ones are ahead.
  TimePoint opened{};

  [[nodiscard]] bool is_open() const { return !ending_sequence.has_value(); }
  [[nodiscard]] bool covers(std::uint32_t hash) const { return first_hash <= hash && hash <= last_hash; }
  [[nodiscard]] HashRange hash_range() const { return {first_hash, last_hash}; }
  [[nodiscard]] bool is_child_of(std::string_view other) const;

  /// The position before the oldest record that is still there: where TRIM_HORIZON starts.
  [[nodiscard]] Sequence trim_horizon() const {
    return trimmed_through > starting_sequence ? trimmed_through : starting_sequence;
  }

  friend bool operator==(const Shard&, const Shard&) = default;
};

struct StreamDescriptor {
  std::string arn;
  std::string label;
  std::string region;  ///< of the ARN; every record repeats it
  std::string table_name;
  std::string table_id;
  model::StreamViewType view{model::StreamViewType::kNewAndOldImages};
  StreamStatus status{StreamStatus::kEnabled};
  TimePoint created{};
  std::optional<TimePoint> disabled_at;
  model::KeySchema key_schema;
  std::vector<Shard> shards;  ///< sorted by shard id, which is the order of their creation

  /// The shard called `shard_id`, or null. Valid until the descriptor changes.
  [[nodiscard]] const Shard* find_shard(std::string_view shard_id) const;
  /// The open shard for an item, or null when the stream is disabled.
  [[nodiscard]] const Shard* open_shard_for(std::uint32_t partition_hash) const;
  [[nodiscard]] std::size_t count_open() const;
  /// Whether a table has it, and requests see it; false for the logs of what leaves the process (delivery_log.hpp,
  /// replication_log.hpp), which keep the one shard that they began with.
  [[nodiscard]] bool is_of_table() const;

  friend bool operator==(const StreamDescriptor&, const StreamDescriptor&) = default;
};

/// The id of a shard that is opened at that time, in AWS's shape: ids sort as times do.
std::string make_shard_id(std::int64_t epoch_milliseconds, Random& random);
/// The time in such an id.
std::int64_t milliseconds_of_shard_id(std::string_view shard_id);

/// The stored form; docs/storage-format.md shows one.
std::string to_document(const StreamDescriptor& stream);

/// The inverse. Errors: kCorrupt when `text` is not such a document.
StorageResult<StreamDescriptor> stream_from_document(std::string_view text);

}  // namespace millrace::streams
