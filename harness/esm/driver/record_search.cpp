#include "harness/esm/driver/record_search.hpp"

#include <algorithm>
#include <utility>

#include "server/streams/record/sequence_number.hpp"

namespace millrace::esm {

RecordSearch::RecordSearch(storage::GroupCommit& gate, StreamSource& streams, const MappingDefinition& mapping)
    : gate_{gate}, streams_{streams}, mapping_{mapping} {
  auto parsed = PatternFilter::parse(mapping.filters);
  if (auto* const filter = std::get_if<0>(&parsed)) filter_ = std::move(*filter);
}

StorageResult<std::vector<RecordFacts>> RecordSearch::find(const RecordQuery& query) {
  const auto* const sequence = std::get_if<Sequence>(&query);
  return sequence != nullptr ? find_number(*sequence) : find_key(std::get<std::string>(query));
}

std::vector<SourceShard> RecordSearch::shards_of(const std::string& stream_arn) {
  const auto entry = gate_.enter(storage::Access::kRead);
  return streams_.shards(stream_arn).value_or(std::vector<SourceShard>{});
}

std::optional<std::string> RecordSearch::newer_stream() {
  const auto entry = gate_.enter(storage::Access::kRead);
  const auto end = streams_.end_of(mapping_.event_source_arn);
  return end ? end->newer_stream : std::nullopt;
}

StorageResult<Page> RecordSearch::read(const std::string& stream_arn, const std::string& shard, Sequence after,
                                       std::size_t records) {
  const auto entry = gate_.enter(storage::Access::kRead);
  ReadLimits limits;
  limits.records = records;
  return streams_.read(stream_arn, shard, after, limits, Partitions::kByKey);
}

RecordFacts RecordSearch::facts_of(const std::string& shard, const Record& record) const {
  RecordFacts facts;
  facts.presence = RecordFacts::Presence::kThere;
  facts.asked = "record " + streams::to_sequence_number(record.sequence);
  facts.shard = shard;
  facts.sequence = record.sequence;
  facts.created = record.created;
  facts.lane = static_cast<std::size_t>(record.partition % static_cast<std::uint64_t>(mapping_.parallelization_factor));
  if (filter_) facts.filters = filter_->explain(record);
  return facts;
}

StorageResult<void> RecordSearch::add_checkpoint(RecordFacts& facts) {
  const auto entry = gate_.enter(storage::Access::kRead);
  const auto text = gate_.storage().read_document(kCheckpointDocument, checkpoint_name(mapping_.uuid, facts.shard));
  if (text.has_error()) return text.error();
  if (!*text) return {};
  const auto checkpoint = checkpoint_from(**text);
  if (checkpoint.has_error()) return checkpoint.error();
  facts.checkpoint = *checkpoint;
  return {};
}

StorageResult<std::optional<RecordFacts>> RecordSearch::look_for(const std::string& stream_arn, Sequence sequence) {
  if (sequence == 0) return std::optional<RecordFacts>{};
  for (const SourceShard& shard : shards_of(stream_arn)) {
    const auto page = read(stream_arn, shard.shard_id, sequence - 1, 1);
    if (page.has_error()) return page.error();
    if (page->records.empty() || page->records.front().sequence != sequence) continue;
    return std::optional{facts_of(shard.shard_id, page->records.front())};
  }
  return std::optional<RecordFacts>{};
}

StorageResult<std::vector<RecordFacts>> RecordSearch::find_number(Sequence sequence) {
  const std::string& stream = mapping_.event_source_arn;
  auto found = look_for(stream, sequence);
  if (found.has_error()) return found.error();
  if (*found) {
    RecordFacts facts = **std::move(found);
    if (const auto added = add_checkpoint(facts); added.has_error()) return added.error();
    return std::vector{std::move(facts)};
  }
  RecordFacts facts;
  facts.asked = "record " + streams::to_sequence_number(sequence);
  facts.sequence = sequence;
  if (const auto newer = newer_stream()) {
    const auto elsewhere = look_for(*newer, sequence);
    if (elsewhere.has_error()) return elsewhere.error();
    if (*elsewhere) {
      facts.presence = RecordFacts::Presence::kOtherStream;
      facts.other_stream = *newer;
      return std::vector{std::move(facts)};
    }
  }
  // Numbers grow, so what comes before all records that a shard still has, and before what it has read, has been there.
  for (const SourceShard& shard : shards_of(stream)) {
    const auto oldest = read(stream, shard.shard_id, 0, 1);
    if (oldest.has_error()) return oldest.error();
    RecordFacts probe;
    probe.shard = shard.shard_id;
    if (const auto added = add_checkpoint(probe); added.has_error()) return added.error();
    const bool before_all = !oldest->records.empty() && sequence < oldest->records.front().sequence;
    const bool before_checkpoint = probe.checkpoint && sequence <= probe.checkpoint->done;
    if ((before_all && probe.checkpoint) || (oldest->records.empty() && before_checkpoint)) {
      facts.presence = RecordFacts::Presence::kTrimmed;
    }
  }
  return std::vector{std::move(facts)};
}

StorageResult<RecordSearch::WithKey> RecordSearch::look_for_key(const std::string& stream_arn, const std::string& key) {
  // A text within a record has its quotes escaped, and no attribute's value looks like a key.
  const std::string wanted = "\"Keys\":" + key;
  WithKey result;
  for (const SourceShard& shard : shards_of(stream_arn)) {
    const auto of_others = static_cast<std::ptrdiff_t>(result.newest.size());
    Sequence after = 0;
    for (bool more = true; more && result.looked_through < kMostLookedThrough;) {
      const auto page = read(stream_arn, shard.shard_id, after, ReadLimits{}.records);
      if (page.has_error()) return page.error();
      for (const Record& record : page->records) {
        if (record.json.find(wanted) == std::string::npos) continue;
        result.newest.push_back(facts_of(shard.shard_id, record));
        const auto of_shard = result.newest.begin() + of_others;
        if (result.newest.end() - of_shard > static_cast<std::ptrdiff_t>(kMostRecords)) result.newest.erase(of_shard);
      }
      result.looked_through += page->records.size();
      more = page->more && !page->records.empty();
      if (more) after = page->records.back().sequence;
    }
  }
  return result;
}

StorageResult<std::vector<RecordFacts>> RecordSearch::find_key(const std::string& key) {
  auto found = look_for_key(mapping_.event_source_arn, key);
  if (found.has_error()) return found.error();
  std::vector<RecordFacts> records = std::move(found->newest);
  std::ranges::sort(records, std::ranges::greater{}, &RecordFacts::sequence);
  if (records.size() > kMostRecords) records.resize(kMostRecords);
  for (RecordFacts& facts : records) {
    if (const auto added = add_checkpoint(facts); added.has_error()) return added.error();
  }
  if (!records.empty()) return records;
  RecordFacts none;
  none.asked = "record with the key " + key;
  if (found->looked_through >= kMostLookedThrough) {
    none.asked.append(" among the first ").append(std::to_string(kMostLookedThrough)).append(" records");
  }
  if (const auto newer = newer_stream()) {
    const auto elsewhere = look_for_key(*newer, key);
    if (elsewhere.has_error()) return elsewhere.error();
    if (!elsewhere->newest.empty()) {
      none.presence = RecordFacts::Presence::kOtherStream;
      none.other_stream = *newer;
    }
  }
  return std::vector{std::move(none)};
}

}  // namespace millrace::esm
