// What the event source mapping needs of a stream: its shards, their ends, and the records as a function sees them.
// The one implementation over real streams is catalog_source.hpp; tests and the simulation bring their own.
//
// Threads: as Storage, only inside a storage::GroupCommit entry. Nothing here waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/source/poller_settings.hpp"
#include "server/base/result.hpp"
#include "server/storage/storage.hpp"

namespace millrace::esm {

using storage::LogId;
using storage::Sequence;

/// One change, rendered as an element of `Records` of the event (reference, 2).
struct Record {
  Sequence sequence{0};
  TimePoint created{};
  std::string json;
  std::uint64_t partition{0};  ///< hash of the partition key, where it was asked for
};

/// Whether records are to tell their Record::partition, which costs a look at their keys.
enum class Partitions : std::uint8_t { kNone, kByKey };

struct Page {
  std::vector<Record> records;
  bool more{false};    ///< a limit ended the page: read again at once
  bool at_end{false};  ///< the shard is closed and nothing follows this page
};

/// A page of which nothing but its length is wanted.
struct PageLength {
  std::size_t records{0};
  Sequence last{0};  ///< of the page's records
  bool more{false};  ///< a limit ended the page
};

struct SourceShard {
  std::string shard_id;
  std::vector<std::string> parent_shard_ids;  ///< two of a shard that was merged; read to their ends before it
  LogId log{0};
};

/// Why a stream gets no more records.
struct StreamEnd {
  bool exists{false};                         ///< it is disabled, and what it holds can still be read
  std::optional<std::string> newer_stream{};  ///< ARN of the stream that a table of the same name has now
};

class StreamSource {
 public:
  StreamSource() = default;
  StreamSource(const StreamSource&) = delete;
  StreamSource& operator=(const StreamSource&) = delete;
  virtual ~StreamSource() = default;

  /// All shards of the stream, or empty when there is no such stream (any more).
  virtual std::optional<std::vector<SourceShard>> shards(std::string_view stream_arn) = 0;

  /// Empty while the stream gets records.
  virtual std::optional<StreamEnd> end_of(std::string_view stream_arn) = 0;

  /// The position behind the newest record of a shard: where LATEST starts. The shard must be one of shards().
  virtual StorageResult<Sequence> latest_position(std::string_view stream_arn, std::string_view shard_id) = 0;

  /// The records after `after`, as far as `limits` allow; the first is always taken. A shard that is gone reads as
  /// closed and empty.
  virtual StorageResult<Page> read(std::string_view stream_arn, std::string_view shard_id, Sequence after,
                                   const ReadLimits& limits, Partitions partitions) = 0;

  /// The same without the records. `limits.bytes` counts them as they are stored.
  virtual StorageResult<PageLength> count(std::string_view stream_arn, std::string_view shard_id, Sequence after,
                                          const ReadLimits& limits) = 0;
};

}  // namespace millrace::esm
