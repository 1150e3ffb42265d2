// All streams of the database, in memory, each mirrored in a document. The stream half of the control plane: create,
// disable, let shards follow each other, find, list. It neither writes nor reads records (stream_writer.hpp,
// stream_reader.hpp) nor decides when something expires (retention.hpp).
//
// Threads: as Storage, which it writes to: only inside a storage::GroupCommit entry.
// Transactions: every change is written in the caller's transaction. When that transaction fails to commit, the
// catalog is ahead of the database until load() is called again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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

/// What comes after open shards of a stream: these are closed, and their children take over what they covered.
struct Succession {
  std::vector<std::string> parents;  ///< ids of open shards; one, or two that are merged
  std::vector<HashRange> children;   ///< together what the parents cover; each is a child of all of them
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

  /// Closes shards and opens their children, all in one change; no shard is in two of `successions`. Nobody is told:
  /// reshard() (resharding/resharding.hpp) is for who has readers.
  StorageResult<void> succeed(const StreamDescriptor& stream, const std::vector<Succession>& successions,
                              TimePoint now);

  /// Of the streams of tables, the one that has had a shard open for longest, and since when that counts; null without
  /// any. What was passed over counts from the time that was given then, until the stream changes or is loaded.
  struct LongestOpen {
    const StreamDescriptor* stream{nullptr};
    TimePoint since{};
  };
  [[nodiscard]] LongestOpen longest_open() const;
  void pass_over(const StreamDescriptor& stream, TimePoint since);

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
  /// A stream with the time from which its longest open shard counts. By ARN within a time, so that runs repeat.
  using Age = std::pair<TimePoint, const StreamDescriptor*>;
  struct OlderFirst {
    bool operator()(const Age& left, const Age& right) const {
      return left.first != right.first ? left.first < right.first : left.second->arn < right.second->arn;
    }
  };

  StorageResult<void> store(const StreamDescriptor& stream);
  /// A shard with its log and an id that none of `siblings` has, the shards of the same millisecond; the rest is the
  /// caller's.
  StorageResult<Shard> open_shard(const std::vector<Shard>& siblings, std::int64_t epoch_milliseconds, TimePoint now);
  StorageResult<void> close_shard(Shard& shard, TimePoint now);
  StorageResult<void> succeed(StreamDescriptor& changed, const Succession& succession, TimePoint now,
                              std::int64_t epoch_milliseconds, std::vector<Shard>& children);
  /// Puts the stream where it belongs in by_age_, out of it when it has no open shard.
  void note_age(const StreamDescriptor& stream, std::optional<TimePoint> since);

  storage::Storage& storage_;
  Random& random_;
  /// Those of one account in one region follow each other, and so do those of one table.
  StreamsByArn streams_;
  std::set<Age, OlderFirst> by_age_;
  std::map<const StreamDescriptor*, TimePoint> ages_;  ///< where each is in by_age_
};

}  // namespace millrace::streams
