// All streams of the database, in memory, each mirrored in a document. The stream half of the control plane: create,
// disable, roll over, find, list. It neither writes nor reads records (stream_writer.hpp, stream_reader.hpp) nor
// decides when something expires (retention.hpp).
//
// Threads: as Storage, which it writes to: only inside a storage::GroupCommit entry.
// Transactions: every change is written in the caller's transaction. When that transaction fails to commit, the
// catalog is ahead of the database until load() is called again.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/random.hpp"
#include "server/model/arn.hpp"
#include "server/streams/stream_descriptor.hpp"

namespace millrace::streams {

/// What CreateTable or UpdateTable ask for.
struct NewStream {
  std::string table_arn;
  std::string table_name;
  std::string table_id;
  model::StreamViewType view{model::StreamViewType::kNewAndOldImages};
  model::KeySchema key_schema;
  std::uint32_t shard_count{1};  ///< open shards, at least 1; the hash space is shared out equally
  StreamStatus status{StreamStatus::kEnabled};
  std::string arn_base{};  ///< of what is no stream of the table (delivery_log.hpp): its ARN, without the label
};

/// A page of streams, ordered by ARN.
struct StreamPage {
  std::vector<const StreamDescriptor*> streams;
  bool more{false};  ///< streams follow the last one of the page
};

class StreamCatalog {
 public:
  /// Both outlive the catalog. `random` gives shard ids their suffixes.
  StreamCatalog(storage::Storage& storage, Random& random) : storage_{storage}, random_{random} {}

  /// Reads every stream from the database: once at the start, and again after a transaction with changes was lost.
  /// Descriptors that are still there keep their addresses. Errors: kCorrupt when a document makes no sense.
  StorageResult<void> load();

  /// Makes a stream with its open shards. Its label is `now`, moved on by milliseconds while the table has another
  /// stream of that label. The pointer is a handle for the table catalog to hold: valid until remove(), hence at least
  /// as long as the stream is enabled.
  StorageResult<const StreamDescriptor*> create(const NewStream& request, TimePoint now);

  /// Moves the stream along ENABLING -> ENABLED or DISABLING -> DISABLED.
  StorageResult<void> set_status(const StreamDescriptor& stream, StreamStatus status);

  /// Closes all shards. `status` is kDisabling or kDisabled; retention counts from `now`. The stream must be enabled.
  StorageResult<void> disable(const StreamDescriptor& stream, StreamStatus status, TimePoint now);

  /// Closes every open shard and gives it one child with the same share of the hash space, as AWS does about every
  /// four hours (reference, 1.5).
  StorageResult<void> roll_over(const StreamDescriptor& stream, TimePoint now);

  /// Stores `changed` in the place of `stream`, whose address stays. Same ARN.
  StorageResult<void> replace(const StreamDescriptor& stream, StreamDescriptor changed);

  /// Forgets the stream and drops the logs of its shards. Handles to it become invalid.
  StorageResult<void> remove(const StreamDescriptor& stream);

  /// The stream called `arn`, in any state and of any account and region, or null. Not for requests, which see their
  /// caller's streams only: those ask require_stream().
  [[nodiscard]] const StreamDescriptor* find(std::string_view arn) const;

  /// At most `limit` streams of `table_name` (of all tables when empty) in `account`, with an ARN greater than
  /// `after_arn`, which need not exist (any more). Costs what it shows, not what other tables have.
  [[nodiscard]] StreamPage list(const model::Account& account, std::string_view table_name, std::string_view after_arn,
                                std::size_t limit) const;

  /// The first stream with an ARN greater than `after_arn`, whosever it is, or null.
  [[nodiscard]] const StreamDescriptor* next(std::string_view after_arn) const;

 private:
  using StreamsByArn = std::map<std::string, std::unique_ptr<StreamDescriptor>, std::less<>>;

  StorageResult<void> store(const StreamDescriptor& stream);
  /// A shard with its log and an id that `stream` does not have yet; the rest is the caller's.
  StorageResult<Shard> open_shard(const StreamDescriptor& stream, std::int64_t epoch_milliseconds);
  StorageResult<void> close_shard(Shard& shard, TimePoint now);

  storage::Storage& storage_;
  Random& random_;
  /// Those of one account in one region follow each other, and so do those of one table.
  StreamsByArn streams_;
};

}  // namespace millrace::streams
