// Looks records of a mapping's stream up, by sequence number or by key: what fate_of() (record_fate.hpp) is told of
// them. Enters the gate for a page at a time, so that nobody waits for it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/esm/driver/record_fate.hpp"
#include "harness/esm/filter/pattern_filter.hpp"
#include "harness/esm/source/stream_source.hpp"
#include "server/storage/group_commit.hpp"

namespace millrace::esm {

/// Which records are meant: the one with a sequence number, or the newest ones with a key, which is spelt as records
/// spell it (canonical JSON).
using RecordQuery = std::variant<Sequence, std::string>;

class RecordSearch {
 public:
  /// All outlive the search. Used by one thread, not within a gate entry.
  RecordSearch(storage::GroupCommit& gate, StreamSource& streams, const MappingDefinition& mapping);

  /// What is known of them, the newest first; one entry that says so when there are none. Errors: of storage.
  StorageResult<std::vector<RecordFacts>> find(const RecordQuery& query);

  /// How many records of a key are told of, and how many of the stream are looked through for them.
  static constexpr std::size_t kMostRecords = 10;
  static constexpr std::size_t kMostLookedThrough = 1'000'000;

 private:
  /// The newest records of each shard, and how many were looked through for them.
  struct WithKey {
    std::vector<RecordFacts> newest;
    std::size_t looked_through{0};
  };

  StorageResult<std::vector<RecordFacts>> find_number(Sequence sequence);
  StorageResult<std::vector<RecordFacts>> find_key(const std::string& key);
  /// The record of a stream with that number, if it has one.
  StorageResult<std::optional<RecordFacts>> look_for(const std::string& stream_arn, Sequence sequence);
  StorageResult<WithKey> look_for_key(const std::string& stream_arn, const std::string& key);
  /// The stream that the table has now, when the mapping's gets no more records.
  std::optional<std::string> newer_stream();
  StorageResult<Page> read(const std::string& stream_arn, const std::string& shard, Sequence after,
                           std::size_t records);
  std::vector<SourceShard> shards_of(const std::string& stream_arn);
  RecordFacts facts_of(const std::string& shard, const Record& record) const;
  StorageResult<void> add_checkpoint(RecordFacts& facts);

  storage::GroupCommit& gate_;
  StreamSource& streams_;
  const MappingDefinition& mapping_;
  std::shared_ptr<const PatternFilter> filter_;  // null: the mapping has none
};

}  // namespace millrace::esm
