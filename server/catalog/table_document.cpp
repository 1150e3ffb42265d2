#include "server/catalog/table_document.hpp"

#include <new>
#include <stdexcept>
#include <utility>

#include "server/catalog/definition_parts.hpp"
#include "server/catalog/settings_document.hpp"
#include "server/catalog/vector_index_document.hpp"
#include "server/json/object_writer.hpp"
#include "server/json/tree.hpp"

namespace millrace::catalog {
namespace {

using millrace::json::append_list;
using millrace::json::ObjectWriter;
using nlohmann::json;

constexpr std::string_view kVersion2017 = "2017.11.29";
constexpr std::string_view kVersion2019 = "2019.11.21";

// --- Writing: each change of a table does it, and so does each portion of an index that is filled. -------------------

std::int64_t to_number(TimePoint time) { return time.time_since_epoch().count(); }

void append_schema(std::string& out, const model::KeySchema& schema) {
  ObjectWriter writer{out};
  append_attributes(writer.key("hash"), schema.hash);
  append_attributes(writer.key("range"), schema.range);
  writer.finish();
}

void append_throughput(std::string& out, const model::Throughput& throughput) {
  ObjectWriter writer{out};
  writer.integer("read", throughput.read_capacity_units);
  writer.integer("write", throughput.write_capacity_units);
  writer.finish();
}

void put_warm_throughput(ObjectWriter& writer, const model::Throughput& warm) {
  if (warm != model::Throughput{}) append_throughput(writer.key("warmThroughput"), warm);
}

void append_on_demand_limits(std::string& out, const model::OnDemandThroughput& limits) {
  ObjectWriter writer{out};
  if (limits.max_read_request_units) writer.integer("read", *limits.max_read_request_units);
  if (limits.max_write_request_units) writer.integer("write", *limits.max_write_request_units);
  writer.finish();
}

void append_index(std::string& out, const model::IndexDefinition& index) {
  ObjectWriter writer{out};
  writer.string("name", index.name);
  writer.string("kind", index.kind == model::IndexKind::kLocal ? "LOCAL" : "GLOBAL");
  append_schema(writer.key("keySchema"), index.key_schema);
  append_projection(writer.key("projection"), index.projection);
  append_throughput(writer.key("throughput"), index.throughput);
  append_on_demand_limits(writer.key("onDemandLimits"), index.on_demand_limits);
  put_warm_throughput(writer, index.warm_throughput);
  writer.integer("keyspace", index.keyspace);
  if (index.backfill_from) writer.string("backfillFrom", to_hex(*index.backfill_from));
  writer.finish();
}

void append_restore(std::string& out, const model::Restore& restore) {
  ObjectWriter writer{out};
  if (!restore.backup_arn.empty()) writer.string("backupArn", restore.backup_arn);
  writer.string("tableArn", restore.table_arn);
  writer.integer("time", to_number(restore.time));
  if (const auto& copy = restore.copy) {
    ObjectWriter member{writer.key("copy")};
    member.integer("keyspace", copy->keyspace);
    member.integer("asOf", static_cast<std::int64_t>(copy->as_of));
    member.string("from", to_hex(copy->from));
    member.finish();
  }
  writer.finish();
}

void append_transition(std::string& out, const model::Transition& transition) {
  ObjectWriter writer{out};
  writer.string("status", model::to_text(transition.status));
  writer.integer("until", to_number(transition.until));
  if (!transition.created_index.empty()) writer.string("createdIndex", transition.created_index);
  if (transition.deleted_index) append_index(writer.key("deletedIndex"), *transition.deleted_index);
  writer.finish();
}

void append_replica(std::string& out, const model::Replica& replica) {
  ObjectWriter writer{out};
  writer.string("region", replica.region);
  if (replica.made_from_here) writer.integer("madeFromHere", to_number(*replica.made_from_here));
  writer.finish();
}

void append_replication(std::string& out, const model::Replication& replication) {
  ObjectWriter writer{out};
  writer.string("version", replication.version == model::GlobalTableVersion::k2017 ? kVersion2017 : kVersion2019);
  writer.integer("since", to_number(replication.since));
  if (replication.is_strong) writer.boolean("strong", true);
  if (!replication.witness.empty()) writer.string("witness", replication.witness);
  append_list(writer.key("others"), replication.others,
              [&out](const model::Replica& replica) { append_replica(out, replica); });
  if (const auto& copy = replication.copy) {
    ObjectWriter member{writer.key("copy")};
    member.string("source", copy->source);
    member.string("from", to_hex(copy->from));
    member.finish();
  }
  if (!replication.log_arn.empty()) writer.string("log", replication.log_arn);
  if (replication.unsent != 0) writer.integer("unsent", replication.unsent);
  if (replication.may_disassociate) writer.boolean("mayDisassociate", true);
  writer.finish();
}

void put_time(ObjectWriter& writer, std::string_view name, const std::optional<TimePoint>& time) {
  if (time) writer.integer(name, to_number(*time));
}

// --- Reading ---------------------------------------------------------------------------------------------------------

TimePoint time_from(const json& value) { return TimePoint{Duration{value.get<std::int64_t>()}}; }

model::KeySchema schema_from(const json& value) {
  return {attributes_from(value.at("hash")), attributes_from(value.at("range"))};
}

model::Throughput throughput_from(const json& value) {
  return {value.at("read").get<std::int64_t>(), value.at("write").get<std::int64_t>()};
}

model::Throughput warm_throughput_from(const json& owner) {
  const auto warm = owner.find("warmThroughput");
  return warm == owner.end() ? model::Throughput{} : throughput_from(*warm);
}

model::OnDemandThroughput on_demand_limits_from(const json& value) {
  model::OnDemandThroughput limits;
  if (value.contains("read")) limits.max_read_request_units = value.at("read").get<std::int64_t>();
  if (value.contains("write")) limits.max_write_request_units = value.at("write").get<std::int64_t>();
  return limits;
}

model::IndexDefinition index_from(const json& value) {
  model::IndexDefinition index;
  index.name = value.at("name").get<std::string>();
  index.kind = value.at("kind").get<std::string>() == "LOCAL" ? model::IndexKind::kLocal : model::IndexKind::kGlobal;
  index.key_schema = schema_from(value.at("keySchema"));
  index.projection = projection_from(value.at("projection"));
  index.throughput = throughput_from(value.at("throughput"));
  index.on_demand_limits = on_demand_limits_from(value.at("onDemandLimits"));
  index.warm_throughput = warm_throughput_from(value);
  index.keyspace = value.at("keyspace").get<model::KeyspaceId>();
  if (const auto from = value.find("backfillFrom"); from != value.end()) {
    index.backfill_from = from_hex(from->get<std::string>());
  }
  return index;
}

std::optional<TimePoint> optional_time(const json& document, const char* name) {
  const auto found = document.find(name);
  if (found == document.end()) return std::nullopt;
  return time_from(*found);
}

model::Restore restore_from(const json& value) {
  model::Restore restore{.backup_arn = value.value("backupArn", std::string{}),
                         .table_arn = value.at("tableArn").get<std::string>(),
                         .time = time_from(value.at("time"))};
  if (const auto copy = value.find("copy"); copy != value.end()) {
    restore.copy = {copy->at("keyspace").get<model::KeyspaceId>(), copy->at("asOf").get<std::uint64_t>(),
                    from_hex(copy->at("from").get<std::string>())};
  }
  return restore;
}

model::Transition transition_from(const json& value) {
  using model::TableStatus;
  const auto status = value.at("status").get<std::string>();
  model::Transition transition{.status = status == "CREATING"   ? TableStatus::kCreating
                                         : status == "DELETING" ? TableStatus::kDeleting
                                                                : TableStatus::kUpdating,
                               .until = time_from(value.at("until")),
                               .created_index = value.value("createdIndex", std::string{})};
  if (const auto deleted = value.find("deletedIndex"); deleted != value.end()) {
    transition.deleted_index = index_from(*deleted);
  }
  return transition;
}

model::Replication replication_from(const json& value) {
  model::Replication replication;
  const auto version = value.at("version").get<std::string>();
  if (version != kVersion2017 && version != kVersion2019)
    throw std::runtime_error("no version of a global table: " + version);
  replication.version = version == kVersion2017 ? model::GlobalTableVersion::k2017 : model::GlobalTableVersion::k2019;
  replication.since = time_from(value.at("since"));
  replication.is_strong = value.value("strong", false);
  replication.witness = value.value("witness", std::string{});
  for (const auto& other : value.at("others")) {
    replication.others.push_back({other.at("region").get<std::string>(), optional_time(other, "madeFromHere")});
  }
  if (const auto copy = value.find("copy"); copy != value.end()) {
    replication.copy = {copy->at("source").get<std::string>(), from_hex(copy->at("from").get<std::string>())};
  }
  replication.log_arn = value.value("log", std::string{});
  replication.unsent = value.value("unsent", model::KeyspaceId{0});
  replication.may_disassociate = value.value("mayDisassociate", false);
  return replication;
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
  if (const auto indexes = document.find("vectorIndexes"); indexes != document.end()) {
    table.vector_indexes = vector_indexes_from(*indexes);
  }
  table.billing_mode =
      document.at("billingMode").get<std::string>() == model::to_text(model::BillingMode::kPayPerRequest)
          ? model::BillingMode::kPayPerRequest
          : model::BillingMode::kProvisioned;
  table.was_on_demand = document.at("wasOnDemand").get<bool>();
  table.last_update_to_pay_per_request = optional_time(document, "lastUpdateToPayPerRequest");
  table.throughput = throughput_from(document.at("throughput"));
  table.on_demand_limits = on_demand_limits_from(document.at("onDemandLimits"));
  table.warm_throughput = warm_throughput_from(document);
  table.kms_key_arn = document.at("kmsKeyArn").get<std::string>();
  if (const auto attribute = document.find("timeToLiveAttribute"); attribute != document.end()) {
    model::TimeToLive time_to_live{.attribute = attribute->get<std::string>()};
    time_to_live.keyspace = document.value("timeToLiveKeyspace", model::KeyspaceId{0});
    if (const auto from = document.find("timeToLiveFillFrom"); from != document.end()) {
      time_to_live.fill_from = from_hex(from->get<std::string>());
    }
    table.time_to_live = std::move(time_to_live);
  }
  if (const auto recovery = document.find("pointInTimeRecovery"); recovery != document.end()) {
    table.point_in_time_recovery = {time_from(recovery->at("since")), recovery->at("periodInDays").get<int>()};
  }
  if (const auto restore = document.find("restoredFrom"); restore != document.end()) {
    table.restored_from = restore_from(*restore);
  }
  table.imported_by = document.value("importedBy", std::string{});
  if (const auto transition = document.find("transition"); transition != document.end()) {
    table.transition = transition_from(*transition);
  }
  if (const auto replication = document.find("replication"); replication != document.end()) {
    table.replication = replication_from(*replication);
  }
  table.settings_replication_mode = document.value("settingsReplicationMode", std::string{});
  if (const auto tags = document.find("tags"); tags != document.end()) {
    table.tags = tags->get<std::map<std::string, std::string>>();
  }
  if (const auto settings = document.find("settings"); settings != document.end()) {
    table.settings = settings_from(*settings);
  }
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
  std::string document;
  ObjectWriter writer{document};
  writer.string("name", table.name);
  writer.string("id", table.id);
  writer.string("arn", table.arn);
  writer.integer("created", to_number(table.created));
  append_schema(writer.key("keySchema"), table.key_schema);
  append_attributes(writer.key("attributeDefinitions"), table.attribute_definitions);
  append_list(writer.key("indexes"), table.indexes,
              [&document](const model::IndexDefinition& index) { append_index(document, index); });
  if (!table.vector_indexes.empty()) append_vector_indexes(writer.key("vectorIndexes"), table.vector_indexes);
  writer.string("billingMode", model::to_text(table.billing_mode));
  writer.boolean("wasOnDemand", table.was_on_demand);
  append_throughput(writer.key("throughput"), table.throughput);
  append_on_demand_limits(writer.key("onDemandLimits"), table.on_demand_limits);
  put_warm_throughput(writer, table.warm_throughput);
  if (const auto& time_to_live = table.time_to_live) {
    writer.string("timeToLiveAttribute", time_to_live->attribute);
    writer.integer("timeToLiveKeyspace", time_to_live->keyspace);
    if (time_to_live->fill_from) writer.string("timeToLiveFillFrom", to_hex(*time_to_live->fill_from));
  }
  if (const auto& recovery = table.point_in_time_recovery) {
    ObjectWriter value{writer.key("pointInTimeRecovery")};
    value.integer("since", to_number(recovery->since));
    value.integer("periodInDays", recovery->period_in_days);
    value.finish();
  }
  if (table.restored_from) append_restore(writer.key("restoredFrom"), *table.restored_from);
  if (!table.imported_by.empty()) writer.string("importedBy", table.imported_by);
  if (table.transition) append_transition(writer.key("transition"), *table.transition);
  if (table.replication) append_replication(writer.key("replication"), *table.replication);
  if (!table.settings_replication_mode.empty()) {
    writer.string("settingsReplicationMode", table.settings_replication_mode);
  }
  if (!table.tags.empty()) {
    ObjectWriter tags{writer.key("tags")};
    for (const auto& [key, value] : table.tags) tags.string(key, value);
    tags.finish();
  }
  if (table.settings != model::TableSettings{}) append_settings(writer.key("settings"), table.settings);
  writer.string("kmsKeyArn", table.kms_key_arn);
  writer.string("latestStreamLabel", table.latest_stream_label);
  writer.string("latestStreamArn", table.latest_stream_arn);
  writer.string("tableClass", table.table_class);
  writer.boolean("deletionProtection", table.deletion_protection);
  writer.integer("keyspace", table.keyspace);
  put_time(writer, "lastUpdateToPayPerRequest", table.last_update_to_pay_per_request);
  put_time(writer, "lastThroughputIncrease", table.last_throughput_increase);
  put_time(writer, "lastThroughputDecrease", table.last_throughput_decrease);
  if (table.stream_view) writer.string("streamView", model::to_text(*table.stream_view));
  writer.finish();
  return document;
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
