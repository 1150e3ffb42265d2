// The reading side: what the four operations of DynamoDB Streams answer, as typed functions, and the plain read of a
// shard that the event source mapping's poller uses. Constraints on single members (lengths, ranges, enums) are the
// request parsers' work; here is what needs the streams themselves.
//
// Threads: as Storage, only inside a storage::GroupCommit entry. Pointers in results die with the entry.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/caller.hpp"
#include "server/streams/record/record_payload.hpp"
#include "server/streams/shard_iterator.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::streams {

// --- Streams and shards ---

/// The streams that a caller sees, for what follows. Both outlive the request that it is made for.
struct CallerStreams {
  const StreamCatalog& catalog;
  const model::Caller& caller;
};

/// The stream called `arn`. Errors: ValidationException when `arn` does not have the shape of a stream ARN,
/// ResourceNotFoundException `Requested resource not found: Stream: <arn> not found`, with a hint when the stream is of
/// another region or account than the caller.
Result<const StreamDescriptor*> require_stream(const CallerStreams& streams, std::string_view arn);

inline constexpr std::size_t kMaxStreamsPerPage = 100;

struct ListStreamsQuery {
  std::string_view table_name;                  ///< empty: of all tables
  std::string_view exclusive_start_stream_arn;  ///< empty: from the first
  std::size_t limit{kMaxStreamsPerPage};
};
/// Errors: ValidationException when the start is not a stream ARN. An unknown table has no streams and is no error.
Result<StreamPage> list_streams(const CallerStreams& streams, const ListStreamsQuery& query);

inline constexpr std::size_t kMaxShardsPerPage = 100;

struct DescribeStreamQuery {
  std::string_view stream_arn;
  std::string_view exclusive_start_shard_id;  ///< empty: from the first; need not name a shard
  std::string_view children_of;               ///< ShardFilter CHILD_SHARDS: only this shard's children; empty: all
  std::size_t limit{kMaxShardsPerPage};
};
struct StreamDescription {
  const StreamDescriptor* stream{nullptr};
  std::vector<const Shard*> shards;  ///< by shard id
  bool more{false};                  ///< LastEvaluatedShardId is the last one's id
};
/// Errors: those of require_stream().
Result<StreamDescription> describe_stream(const CallerStreams& streams, const DescribeStreamQuery& query);

// --- Iterators and records, for the API ---

enum class ShardIteratorType : std::uint8_t { kTrimHorizon, kLatest, kAtSequenceNumber, kAfterSequenceNumber };

struct ShardIteratorQuery {
  std::string_view stream_arn;
  std::string_view shard_id;
  ShardIteratorType type{ShardIteratorType::kTrimHorizon};
  std::optional<std::string_view> sequence_number;
};
/// The text of a new iterator. Errors: those of require_stream(); ResourceNotFoundException for an unknown shard;
/// ValidationException when a sequence number is missing, not wanted, or not one of this shard;
/// TrimmedDataAccessException when it is older than the shard's oldest record.
Result<std::string> get_shard_iterator(storage::Storage& storage, const CallerStreams& streams, const Clock& clock,
                                       const ShardIteratorQuery& query);

inline constexpr std::size_t kMaxRecordsPerPage = 1000;
inline constexpr std::size_t kMaxBytesPerPage = std::size_t{1} << 20U;

struct RecordsPage {
  std::size_t count{0};
  std::optional<std::string> next_iterator;  ///< absent when a closed shard is read to its end
};
/// Reads on from an iterator: at most `limit` records and, beyond the first, kMaxBytesPerPage of them, which are
/// appended to `out` as the JSON array `Records`; after an error `out` may hold a part of it. Errors:
/// ValidationException, ExpiredIteratorException, ResourceNotFoundException, TrimmedDataAccessException.
Result<RecordsPage> get_records(storage::Storage& storage, const CallerStreams& streams, const Clock& clock,
                                std::string_view iterator, std::size_t limit, std::string& out);

// --- Records, for the poller ---

struct ReadLimits {
  std::size_t records{kMaxRecordsPerPage};
  std::size_t bytes{kMaxBytesPerPage};  ///< of JSON, as json_bytes() counts; the first record is always taken
};

/// Takes a record; its views die when the function returns.
using RecordTaker = std::function<void(const StoredRecord&)>;

struct ShardPage {
  bool more{false};    ///< a limit ended the page, not the shard
  bool at_end{false};  ///< the shard is closed and nothing follows this page: go on with its children
};
/// Hands the records of `shard` after `after` to `take`, in order. `shard` comes from the catalog within the same
/// entry: a copy kept from earlier does not know that the shard was closed. A position older than the trim point is no
/// error here: what was trimmed is skipped, as AWS's poller loses it too.
StorageResult<ShardPage> read_shard(storage::Storage& storage, const Shard& shard, Sequence after,
                                    const ReadLimits& limits, const RecordTaker& take);

/// The position behind the newest record of `shard`: where LATEST starts.
StorageResult<Sequence> latest_position(storage::Storage& storage, const Shard& shard);

}  // namespace millrace::streams
