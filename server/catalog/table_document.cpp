#include "server/catalog/table_document.hpp"

#include <charconv>
#include <new>
#include <stdexcept>
#include <utility>

#include "server/json/tree.hpp"

namespace millrace::catalog {
namespace {

using nlohmann::json;

json to_json(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint time_from(const json& value) { return TimePoint{Duration{value.get<std::int64_t>()}}; }

json to_json(const std::vector<model::KeyAttribute>& attributes) {
  json list = json::array();
  for (const auto& attribute : attributes) {
    list.push_back({{"name", attribute.name}, {"type", model::type_name(attribute.type)}});
  }
  return list;
}

model::AttributeType key_type_from(const std::string& text) {
  if (text == "S") return model::AttributeType::kS;
  if (text == "N") return model::AttributeType::kN;
  if (text == "B") return model::AttributeType::kB;
  throw std::runtime_error("no type of a key attribute: " + text);
}

std::vector<model::KeyAttribute> attributes_from(const json& list) {
  std::vector<model::KeyAttribute> attributes;
  for (const auto& entry : list) {
    attributes.push_back({entry.at("name").get<std::string>(), key_type_from(entry.at("type").get<std::string>())});
  }
  return attributes;
}

json to_json(const model::KeySchema& schema) {
  return {{"hash", to_json(schema.hash)}, {"range", to_json(schema.range)}};
}
model::KeySchema schema_from(const json& value) {
  return {attributes_from(value.at("hash")), attributes_from(value.at("range"))};
}

json to_json(const model::Throughput& throughput) {
  return {{"read", throughput.read_capacity_units}, {"write", throughput.write_capacity_units}};
}
model::Throughput throughput_from(const json& value) {
  return {value.at("read").get<std::int64_t>(), value.at("write").get<std::int64_t>()};
}

json to_json(const model::OnDemandThroughput& limits) {
  json value = json::object();
  if (limits.max_read_request_units) value["read"] = *limits.max_read_request_units;
  if (limits.max_write_request_units) value["write"] = *limits.max_write_request_units;
  return value;
}
model::OnDemandThroughput on_demand_limits_from(const json& value) {
  model::OnDemandThroughput limits;
  if (value.contains("read")) limits.max_read_request_units = value.at("read").get<std::int64_t>();
  if (value.contains("write")) limits.max_write_request_units = value.at("write").get<std::int64_t>();
  return limits;
}

// Row keys are any bytes, which JSON has no text for.
std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text.push_back(kDigits[value >> 4U]);
    text.push_back(kDigits[value & 0xFU]);
  }
  return text;
}

std::string from_hex(const std::string& text) {
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    unsigned value = 0;
    const char* const digits = text.data() + 2 * at;
    if (std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) throw std::runtime_error("no row key");
    bytes[at] = static_cast<char>(value);
  }
  return bytes;
}

json to_json(const model::IndexDefinition& index) {
  json value = {
      {"name", index.name},
      {"kind", index.kind == model::IndexKind::kLocal ? "LOCAL" : "GLOBAL"},
      {"keySchema", to_json(index.key_schema)},
      {"projection",
       {{"type", model::to_text(index.projection.type)}, {"attributes", index.projection.non_key_attributes}}},
      {"throughput", to_json(index.throughput)},
      {"onDemandLimits", to_json(index.on_demand_limits)},
      {"keyspace", index.keyspace}};
  if (index.backfill_from) value["backfillFrom"] = to_hex(*index.backfill_from);
  return value;
}

model::IndexDefinition index_from(const json& value) {
  model::IndexDefinition index;
  index.name = value.at("name").get<std::string>();
  index.kind = value.at("kind").get<std::string>() == "LOCAL" ? model::IndexKind::kLocal : model::IndexKind::kGlobal;
  index.key_schema = schema_from(value.at("keySchema"));
  const json& projection = value.at("projection");
  const auto type = model::projection_type_from(projection.at("type").get<std::string>());
  if (!type) throw std::runtime_error("no projection type");
  index.projection = {*type, projection.at("attributes").get<std::vector<std::string>>()};
  index.throughput = throughput_from(value.at("throughput"));
  index.on_demand_limits = on_demand_limits_from(value.at("onDemandLimits"));
  index.keyspace = value.at("keyspace").get<model::KeyspaceId>();
  if (const auto from = value.find("backfillFrom"); from != value.end()) {
    index.backfill_from = from_hex(from->get<std::string>());
  }
  return index;
}

void put_time(json& document, const char* name, const std::optional<TimePoint>& time) {
  if (time) document[name] = to_json(*time);
}
std::optional<TimePoint> optional_time(const json& document, const char* name) {
  const auto found = document.find(name);
  if (found == document.end()) return std::nullopt;
  return time_from(*found);
}

model::TableDefinition table_from(const json& document) {
  model::TableDefinition table;
  table.name = document.at("name").get<std::string>();
  table.id = document.at("id").get<std::string>();
  table.arn = document.at("arn").get<std::string>();
  table.created = time_from(document.at("created"));
  table.key_schema = schema_from(document.at("keySchema"));
  table.attribute_definitions = attributes_from(document.at("attributeDefinitions"));
  for (const auto& index : document.at("indexes")) table.indexes.push_back(index_from(index));
  table.billing_mode =
      document.at("billingMode").get<std::string>() == model::to_text(model::BillingMode::kPayPerRequest)
          ? model::BillingMode::kPayPerRequest
          : model::BillingMode::kProvisioned;
  table.was_on_demand = document.at("wasOnDemand").get<bool>();
  table.last_update_to_pay_per_request = optional_time(document, "lastUpdateToPayPerRequest");
  table.throughput = throughput_from(document.at("throughput"));
  table.on_demand_limits = on_demand_limits_from(document.at("onDemandLimits"));
  table.kms_key_arn = document.at("kmsKeyArn").get<std::string>();
  table.last_throughput_increase = optional_time(document, "lastThroughputIncrease");
  table.last_throughput_decrease = optional_time(document, "lastThroughputDecrease");
  if (const auto view = document.find("streamView"); view != document.end()) {
    table.stream_view = model::stream_view_type_from(view->get<std::string>());
    if (!table.stream_view) throw std::runtime_error("no stream view type");
  }
  table.latest_stream_label = document.at("latestStreamLabel").get<std::string>();
  table.latest_stream_arn = document.at("latestStreamArn").get<std::string>();
  table.table_class = document.at("tableClass").get<std::string>();
  table.deletion_protection = document.at("deletionProtection").get<bool>();
  table.keyspace = document.at("keyspace").get<model::KeyspaceId>();
  return table;
}

}  // namespace

std::string to_document(const model::TableDefinition& table) {
  json document = {{"name", table.name},
                   {"id", table.id},
                   {"arn", table.arn},
                   {"created", to_json(table.created)},
                   {"keySchema", to_json(table.key_schema)},
                   {"attributeDefinitions", to_json(table.attribute_definitions)},
                   {"indexes", json::array()},
                   {"billingMode", model::to_text(table.billing_mode)},
                   {"wasOnDemand", table.was_on_demand},
                   {"throughput", to_json(table.throughput)},
                   {"onDemandLimits", to_json(table.on_demand_limits)},
                   {"kmsKeyArn", table.kms_key_arn},
                   {"latestStreamLabel", table.latest_stream_label},
                   {"latestStreamArn", table.latest_stream_arn},
                   {"tableClass", table.table_class},
                   {"deletionProtection", table.deletion_protection},
                   {"keyspace", table.keyspace}};
  for (const auto& index : table.indexes) document["indexes"].push_back(to_json(index));
  put_time(document, "lastUpdateToPayPerRequest", table.last_update_to_pay_per_request);
  put_time(document, "lastThroughputIncrease", table.last_throughput_increase);
  put_time(document, "lastThroughputDecrease", table.last_throughput_decrease);
  if (table.stream_view) document["streamView"] = model::to_text(*table.stream_view);
  return millrace::json::print_tree(document);
}

StorageResult<model::TableDefinition> table_from_document(std::string_view text) {
  try {
    const auto document = millrace::json::parse_tree(text, millrace::json::kStoredDocument);
    if (document.has_error()) throw std::runtime_error(document.error().reason);
    return table_from(*document);
  } catch (const std::bad_alloc&) {
    return StorageError{StorageErrorKind::kOutOfMemory, "out of memory while reading a table document"};
  } catch (const std::exception& reason) {  // the JSON library reports every kind of damage by throwing
    return StorageError{StorageErrorKind::kCorrupt, std::string{"table document: "}.append(reason.what())};
  }
}

}  // namespace millrace::catalog
