#include "harness/esm/source/catalog_source.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "server/json/raw_document.hpp"
#include "server/model/arn.hpp"
#include "server/streams/record/stream_record.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::esm {
namespace {

/// What surrounds the ARN in `,"eventSourceARN":"…"`, with room to spare.
constexpr std::size_t kArnMemberBytes = 32;
constexpr std::size_t kStreamsAtATime = 100;

/// FNV-1a: a key gets the same lane on every machine.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  return hash;
}

/// Keys are stored canonically: equal keys are equal texts.
std::uint64_t partition_of(std::string_view keys_json, const model::KeySchema& schema) {
  std::string_view key = keys_json;
  std::optional<json::RawDocument> document;
  if (!schema.range.empty()) {
    document = json::RawDocument::parse(keys_json);
    const auto value = document ? document->root().find(schema.hash.front().name) : std::nullopt;
    if (value) key = value->text();
  }
  return hash_of(key);
}

const streams::Shard* find_shard(const streams::StreamCatalog& catalog, std::string_view stream_arn,
                                 std::string_view shard_id) {
  const streams::StreamDescriptor* const stream = catalog.find(stream_arn);
  return stream == nullptr ? nullptr : stream->find_shard(shard_id);
}

}  // namespace

std::optional<std::vector<SourceShard>> CatalogSource::shards(std::string_view stream_arn) {
  const streams::StreamDescriptor* const stream = catalog_.find(stream_arn);
  if (stream == nullptr) return std::nullopt;
  std::vector<SourceShard> shards;
  shards.reserve(stream->shards.size());
  for (const streams::Shard& shard : stream->shards) {
    shards.push_back({shard.shard_id, shard.parent_shard_ids, shard.log});
  }
  return shards;
}

std::optional<StreamEnd> CatalogSource::end_of(std::string_view stream_arn) {
  const auto gets_records = [](const streams::StreamDescriptor& stream) {
    return stream.status == streams::StreamStatus::kEnabling || stream.status == streams::StreamStatus::kEnabled;
  };
  const streams::StreamDescriptor* const stream = catalog_.find(stream_arn);
  if (stream != nullptr && gets_records(*stream)) return std::nullopt;
  StreamEnd end{.exists = stream != nullptr};
  const auto parts = model::parse_stream_arn(stream_arn);
  if (!parts) return end;
  const model::Account account{std::string{parts->region}, std::string{parts->account_id}};
  std::string after;
  for (bool more = true; more;) {
    const streams::StreamPage page = catalog_.list(account, parts->table_name, after, kStreamsAtATime);
    for (const streams::StreamDescriptor* const other : page.streams) {
      if (gets_records(*other)) end.newer_stream = other->arn;
    }
    more = page.more && !page.streams.empty();
    if (more) after = page.streams.back()->arn;
  }
  return end;
}

StorageResult<Sequence> CatalogSource::latest_position(std::string_view stream_arn, std::string_view shard_id) {
  const streams::Shard* const shard = find_shard(catalog_, stream_arn, shard_id);
  if (shard == nullptr) return Sequence{0};
  return streams::latest_position(storage_, *shard);
}

StorageResult<Page> CatalogSource::read(std::string_view stream_arn, std::string_view shard_id, Sequence after,
                                        const ReadLimits& limits, Partitions partitions) {
  const streams::StreamDescriptor* const stream = catalog_.find(stream_arn);
  const streams::Shard* const shard = stream == nullptr ? nullptr : stream->find_shard(shard_id);
  if (shard == nullptr) return Page{{}, false, true};
  if (faults_.fires(FaultPoint::kEsmRead)) {
    return StorageError{StorageErrorKind::kIo, "fault injected at " + std::string{base::name_of(FaultPoint::kEsmRead)}};
  }
  Page page;
  const auto read = streams::read_shard(
      storage_, *shard, after, {limits.records, limits.bytes}, [&](const streams::StoredRecord& stored) {
        Record& record = page.records.emplace_back(Record{stored.content.sequence, stored.content.created, {}});
        record.json.reserve(streams::json_bytes(stored) + stream_arn.size() + kArnMemberBytes);
        streams::append_lambda_event_json(record.json, stored, stream_arn);
        if (partitions == Partitions::kByKey) {
          record.partition = partition_of(stored.content.keys_json, stream->key_schema);
        }
      });
  if (read.has_error()) return read.error();
  page.more = read->more;
  page.at_end = read->at_end;
  return page;
}

StorageResult<PageLength> CatalogSource::count(std::string_view stream_arn, std::string_view shard_id, Sequence after,
                                               const ReadLimits& limits) {
  PageLength page{.last = after};
  const streams::Shard* const shard = find_shard(catalog_, stream_arn, shard_id);
  if (shard == nullptr) return page;
  std::size_t bytes = 0;
  const auto read = storage_.read_records(shard->log, after, [&](const storage::RecordView& record) {
    page.more = page.records == limits.records || (page.records > 0 && bytes >= limits.bytes);
    if (page.more) return storage::Visit::kStop;
    ++page.records;
    page.last = record.sequence;
    bytes += record.payload.size();
    return storage::Visit::kContinue;
  });
  if (read.has_error()) return read.error();
  return page;
}

}  // namespace millrace::esm
