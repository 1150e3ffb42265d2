#include "server/streams/stream_descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "server/json/tree.hpp"

namespace millrace::streams {
namespace {

using nlohmann::json;

constexpr std::string_view kShardIdPrefix = "shardId-";
constexpr std::size_t kShardTimeDigits = 20;
constexpr int kShardSuffixDigits = 8;

constexpr std::array kStatuses{StreamStatus::kEnabling, StreamStatus::kEnabled, StreamStatus::kDisabling,
                               StreamStatus::kDisabled};
constexpr std::array kKeyTypes{model::AttributeType::kS, model::AttributeType::kN, model::AttributeType::kB};

StorageError damaged(std::string_view why) {
  return {StorageErrorKind::kCorrupt, "a stream's document is damaged: " + std::string{why}};
}

json to_json(TimePoint time) { return time.time_since_epoch().count(); }

TimePoint time_from(const json& value) { return TimePoint{Duration{value.get<std::int64_t>()}}; }

json to_json(const std::vector<model::KeyAttribute>& attributes) {
  json list = json::array();
  for (const model::KeyAttribute& attribute : attributes) {
    list.push_back({{"name", attribute.name}, {"type", model::type_name(attribute.type)}});
  }
  return list;
}

std::vector<model::KeyAttribute> key_attributes_from(const json& list) {
  std::vector<model::KeyAttribute> attributes;
  for (const json& entry : list) {
    const auto type_text = entry.at("type").get<std::string>();
    const auto* const type = std::find_if(kKeyTypes.begin(), kKeyTypes.end(),
                                          [&](model::AttributeType one) { return model::type_name(one) == type_text; });
    if (type == kKeyTypes.end()) throw json::other_error::create(501, "unknown key type " + type_text, &entry);
    attributes.push_back({entry.at("name").get<std::string>(), *type});
  }
  return attributes;
}

json to_json(const Shard& shard) {
  json object{{"shard_id", shard.shard_id},
              {"log", shard.log},
              {"starting_sequence", shard.starting_sequence},
              {"trimmed_through", shard.trimmed_through},
              {"first_hash", shard.first_hash},
              {"last_hash", shard.last_hash},
              {"opened", to_json(shard.opened)}};
  if (!shard.parent_shard_ids.empty()) object["parent_shard_id"] = shard.parent_shard_ids.front();
  if (shard.parent_shard_ids.size() > 1) object["other_parent_shard_id"] = shard.parent_shard_ids.back();
  if (shard.ending_sequence) object["ending_sequence"] = *shard.ending_sequence;
  if (shard.closed) object["closed"] = to_json(*shard.closed);
  return object;
}

Shard shard_from(const json& object) {
  Shard shard;
  shard.shard_id = object.at("shard_id").get<std::string>();
  shard.log = object.at("log").get<LogId>();
  shard.starting_sequence = object.at("starting_sequence").get<Sequence>();
  shard.trimmed_through = object.at("trimmed_through").get<Sequence>();
  shard.first_hash = object.at("first_hash").get<std::uint32_t>();
  shard.last_hash = object.at("last_hash").get<std::uint32_t>();
  // Documents of older versions do not have it.
  shard.opened = object.contains("opened")
                     ? time_from(object.at("opened"))
                     : TimePoint{std::chrono::milliseconds{milliseconds_of_shard_id(shard.shard_id)}};
  for (const char* const parent : {"parent_shard_id", "other_parent_shard_id"}) {
    if (object.contains(parent)) shard.parent_shard_ids.push_back(object.at(parent).get<std::string>());
  }
  if (object.contains("ending_sequence")) shard.ending_sequence = object.at("ending_sequence").get<Sequence>();
  if (object.contains("closed")) shard.closed = time_from(object.at("closed"));
  return shard;
}

StorageResult<StreamDescriptor> stream_from(const json& object) {
  StreamDescriptor stream;
  stream.arn = object.at("arn").get<std::string>();
  stream.label = object.at("label").get<std::string>();
  stream.region = object.at("region").get<std::string>();
  stream.table_name = object.at("table_name").get<std::string>();
  stream.table_id = object.at("table_id").get<std::string>();

  const auto view = model::stream_view_type_from(object.at("view").get<std::string>());
  if (!view) return damaged("unknown view type");
  stream.view = *view;

  const auto status_text = object.at("status").get<std::string>();
  const auto* const status =
      std::find_if(kStatuses.begin(), kStatuses.end(), [&](StreamStatus one) { return to_text(one) == status_text; });
  if (status == kStatuses.end()) return damaged("unknown status");
  stream.status = *status;

  stream.created = time_from(object.at("created"));
  if (object.contains("disabled_at")) stream.disabled_at = time_from(object.at("disabled_at"));
  stream.key_schema.hash = key_attributes_from(object.at("key_schema").at("hash"));
  stream.key_schema.range = key_attributes_from(object.at("key_schema").at("range"));
  for (const json& shard : object.at("shards")) stream.shards.push_back(shard_from(shard));
  return stream;
}

}  // namespace

std::string_view to_text(StreamStatus status) {
  switch (status) {
    case StreamStatus::kEnabling: return "ENABLING";
    case StreamStatus::kEnabled: return "ENABLED";
    case StreamStatus::kDisabling: return "DISABLING";
    case StreamStatus::kDisabled: return "DISABLED";
  }
  return {};
}

bool Shard::is_child_of(std::string_view other) const {
  return std::ranges::find(parent_shard_ids, other) != parent_shard_ids.end();
}

const Shard* StreamDescriptor::find_shard(std::string_view shard_id) const {
  const auto at = std::ranges::lower_bound(shards, shard_id, {}, &Shard::shard_id);
  return at == shards.end() || at->shard_id != shard_id ? nullptr : &*at;
}

const Shard* StreamDescriptor::open_shard_for(std::uint32_t partition_hash) const {
  // From the newest: closed shards are the older ones.
  const auto at = std::find_if(shards.rbegin(), shards.rend(), [partition_hash](const Shard& shard) {
    return shard.is_open() && shard.covers(partition_hash);
  });
  return at == shards.rend() ? nullptr : &*at;
}

std::size_t StreamDescriptor::count_open() const {
  return static_cast<std::size_t>(std::ranges::count_if(shards, &Shard::is_open));
}

bool StreamDescriptor::is_of_table() const { return arn.starts_with("arn:"); }

std::string make_shard_id(std::int64_t epoch_milliseconds, Random& random) {
  return fmt::format("{}{:020}-{}", kShardIdPrefix, epoch_milliseconds, base::make_hex(random, kShardSuffixDigits));
}

std::int64_t milliseconds_of_shard_id(std::string_view shard_id) {
  std::int64_t time = 0;
  if (shard_id.size() < kShardIdPrefix.size() + kShardTimeDigits) return time;
  const char* const digits = shard_id.data() + kShardIdPrefix.size();
  std::from_chars(digits, digits + kShardTimeDigits, time);
  return time;
}

std::string to_document(const StreamDescriptor& stream) {
  json object{{"arn", stream.arn},
              {"label", stream.label},
              {"region", stream.region},
              {"table_name", stream.table_name},
              {"table_id", stream.table_id},
              {"view", model::to_text(stream.view)},
              {"status", to_text(stream.status)},
              {"created", to_json(stream.created)},
              {"key_schema", {{"hash", to_json(stream.key_schema.hash)}, {"range", to_json(stream.key_schema.range)}}},
              {"shards", json::array()}};
  if (stream.disabled_at) object["disabled_at"] = to_json(*stream.disabled_at);
  for (const Shard& shard : stream.shards) object["shards"].push_back(to_json(shard));
  return millrace::json::print_tree(object);
}

StorageResult<StreamDescriptor> stream_from_document(std::string_view text) {
  // The library reports a missing or mistyped member by an exception only; it ends here.
  try {
    const auto document = millrace::json::parse_tree(text, millrace::json::kStoredDocument);
    if (document.has_error()) return damaged(document.error().reason);
    return stream_from(*document);
  } catch (const json::exception& error) {
    return damaged(error.what());
  }
}

}  // namespace millrace::streams
