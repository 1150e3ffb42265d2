#include "server/api/tables/table_description.hpp"

#include <fmt/format.h>

#include "server/api/tables/replica_description.hpp"
#include "server/api/tables/vector_index_description.hpp"
#include "server/api/tables/warm_throughput.hpp"
#include "server/json/object_writer.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

using json::ObjectWriter;

void append_definitions(std::string& out, const std::vector<model::KeyAttribute>& definitions) {
  json::append_list(out, definitions, [&out](const model::KeyAttribute& attribute) {
    ObjectWriter element{out};
    element.string("AttributeName", attribute.name);
    element.string("AttributeType", model::type_name(attribute.type));
    element.finish();
  });
}

void append_throughput(std::string& out, const model::Throughput& throughput,
                       const std::optional<TimePoint>& last_increase, const std::optional<TimePoint>& last_decrease) {
  ObjectWriter writer{out};
  if (last_increase) writer.timestamp("LastIncreaseDateTime", *last_increase);
  if (last_decrease) writer.timestamp("LastDecreaseDateTime", *last_decrease);
  writer.integer("NumberOfDecreasesToday", 0);
  writer.integer("ReadCapacityUnits", throughput.read_capacity_units);
  writer.integer("WriteCapacityUnits", throughput.write_capacity_units);
  writer.finish();
}

/// `updating` is there while it becomes another one.
void write_warm_throughput(ObjectWriter& writer, const model::Throughput& current,
                           const std::optional<model::Throughput>& updating, WarmThroughput shown) {
  if (shown == WarmThroughput::kOmitted && !updating) return;
  const auto& warm = updating ? *updating : current;
  ObjectWriter member{writer.key("WarmThroughput")};
  member.integer("ReadUnitsPerSecond", warm.read_capacity_units);
  member.integer("WriteUnitsPerSecond", warm.write_capacity_units);
  member.string("Status", updating ? "UPDATING" : "ACTIVE");
  member.finish();
}

void append_index(std::string& out, const TableDescription& table, std::size_t position, WarmThroughput warm) {
  const auto& index = table.definition.indexes[position];
  const auto& state = table.indexes[position];
  ObjectWriter writer{out};
  writer.string("IndexName", index.name);
  append_key_schema(writer.key("KeySchema"), index.key_schema);
  append_projection(writer.key("Projection"), index.projection);
  if (index.kind == model::IndexKind::kGlobal) {
    writer.string("IndexStatus", model::to_text(state.status));
    if (state.backfilling) writer.boolean("Backfilling", *state.backfilling);
    append_throughput(writer.key("ProvisionedThroughput"), index.throughput, {}, {});
    append_on_demand_limits(writer, index.on_demand_limits);
  }
  writer.integer("IndexSizeBytes", state.statistics.item_bytes);
  writer.integer("ItemCount", state.statistics.row_count);
  writer.string("IndexArn", model::index_arn(table.definition.arn, index.name));
  if (index.kind == model::IndexKind::kGlobal) {
    write_warm_throughput(writer, warm_throughput_of(table.definition, index), state.updating_warm_throughput, warm);
  }
  writer.finish();
}

void write_indexes(ObjectWriter& writer, std::string_view member, const TableDescription& table, model::IndexKind kind,
                   WarmThroughput warm) {
  std::vector<std::size_t> positions;
  for (std::size_t at = 0; at < table.definition.indexes.size(); ++at) {
    if (table.definition.indexes[at].kind == kind) positions.push_back(at);
  }
  if (positions.empty()) return;
  std::string& out = writer.key(member);
  json::append_list(out, positions, [&](std::size_t at) { append_index(out, table, at, warm); });
}

void write_billing_mode(ObjectWriter& writer, const TableDescription& table) {
  const auto& definition = table.definition;
  if (!definition.was_on_demand) return;
  ObjectWriter summary{writer.key("BillingModeSummary")};
  summary.string("BillingMode", model::to_text(definition.billing_mode));
  if (definition.last_update_to_pay_per_request && table.status != model::TableStatus::kCreating) {
    summary.timestamp("LastUpdateToPayPerRequestDateTime", *definition.last_update_to_pay_per_request);
  }
  summary.finish();
}

void write_stream(ObjectWriter& writer, const model::TableDefinition& definition) {
  if (definition.is_being_replicated()) return;
  if (definition.stream_view) {
    ObjectWriter specification{writer.key("StreamSpecification")};
    specification.boolean("StreamEnabled", true);
    specification.string("StreamViewType", model::to_text(*definition.stream_view));
    specification.finish();
  }
  if (definition.latest_stream_arn.empty()) return;
  writer.string("LatestStreamLabel", definition.latest_stream_label);
  writer.string("LatestStreamArn", definition.latest_stream_arn);
}

void append_restore_summary(std::string& out, const model::Restore& restore) {
  ObjectWriter writer{out};
  if (!restore.backup_arn.empty()) writer.string("SourceBackupArn", restore.backup_arn);
  writer.string("SourceTableArn", restore.table_arn);
  writer.timestamp("RestoreDateTime", restore.time);
  writer.boolean("RestoreInProgress", restore.copy.has_value());
  writer.finish();
}

void write_identity(ObjectWriter& writer, const TableDescription& table) {
  const auto& definition = table.definition;
  writer.string("TableName", definition.name);
  writer.string("TableStatus", model::to_text(table.status));
  writer.string("TableArn", definition.arn);
  writer.string("TableId", definition.id);
  writer.integer("ItemCount", table.statistics.row_count);
  writer.integer("TableSizeBytes", table.statistics.item_bytes);
  append_throughput(writer.key("ProvisionedThroughput"), definition.throughput, definition.last_throughput_increase,
                    definition.last_throughput_decrease);
  write_billing_mode(writer, table);
  append_on_demand_limits(writer, definition.on_demand_limits);
  write_encryption(writer, definition.kms_key_arn);
  write_encryption(writer, table.kms_key_given_up, "UPDATING");  // one of the two at most
  writer.boolean("DeletionProtectionEnabled", definition.deletion_protection);
  if (!definition.table_class.empty()) {
    ObjectWriter table_class{writer.key("TableClassSummary")};
    table_class.string("TableClass", definition.table_class);
    table_class.finish();
  }
  write_stream(writer, definition);
  write_replication(writer, definition, table.replicas);
  if (definition.restored_from) append_restore_summary(writer.key("RestoreSummary"), *definition.restored_from);
}

}  // namespace

ApiError protected_against_deletion(const model::TableDefinition& table) {
  if (!table.replication) {
    return base::validation_error(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
  }
  return base::validation_error(
      fmt::format("Cannot delete table {} in region {} because it has deletion protection enabled. Disable deletion "
                  "protection first.",
                  table.name, replication::region_of(table)));
}

void append_projection(std::string& out, const model::Projection& projection) {
  ObjectWriter writer{out};
  writer.string("ProjectionType", model::to_text(projection.type));
  if (projection.type == model::ProjectionType::kInclude) {
    json::append_list(writer.key("NonKeyAttributes"), projection.non_key_attributes,
                      [&out](const std::string& name) { base::append_json_string(out, name); });
  }
  writer.finish();
}

void append_on_demand_limits(ObjectWriter& writer, const model::OnDemandThroughput& limits) {
  if (!limits.max_read_request_units && !limits.max_write_request_units) return;
  ObjectWriter member{writer.key("OnDemandThroughput")};
  if (limits.max_read_request_units) member.integer("MaxReadRequestUnits", *limits.max_read_request_units);
  if (limits.max_write_request_units) member.integer("MaxWriteRequestUnits", *limits.max_write_request_units);
  member.finish();
}

void write_encryption(ObjectWriter& writer, const std::string& kms_key_arn, std::string_view status) {
  if (kms_key_arn.empty()) return;
  ObjectWriter member{writer.key("SSEDescription")};
  member.string("Status", status);
  member.string("SSEType", "KMS");
  member.string("KMSMasterKeyArn", kms_key_arn);
  member.finish();
}

void append_throughput_setting(std::string& out, const model::Throughput& throughput) {
  ObjectWriter writer{out};
  writer.integer("ReadCapacityUnits", throughput.read_capacity_units);
  writer.integer("WriteCapacityUnits", throughput.write_capacity_units);
  writer.finish();
}

void append_key_schema(std::string& out, const model::KeySchema& schema) {
  out.push_back('[');
  const auto append = [&out](const std::vector<model::KeyAttribute>& attributes, std::string_view type) {
    for (const auto& attribute : attributes) {
      if (out.back() != '[') out.push_back(',');
      ObjectWriter element{out};
      element.string("AttributeName", attribute.name);
      element.string("KeyType", type);
      element.finish();
    }
  };
  append(schema.hash, "HASH");
  append(schema.range, "RANGE");
  out.push_back(']');
}

Result<TableDescription> describe(OperationContext& context, const model::TableDefinition& definition,
                                  model::TableStatus status) {
  auto& storage = context.services.gate.storage();
  TableDescription table{.definition = definition, .status = status, .statistics = {}, .indexes = {}};
  TRY_ASSIGN(table.statistics, storage.measure_keyspace(definition.keyspace));
  for (const auto& index : definition.indexes) {
    TRY_ASSIGN(const auto statistics, storage.measure_keyspace(index.keyspace));
    IndexState state{.status = model::TableStatus::kActive, .backfilling = {}, .statistics = statistics};
    if (status == model::TableStatus::kCreating || definition.is_being_filled()) {
      state.status = model::TableStatus::kCreating;
    } else if (definition.is_creating(index)) {
      state.status = model::TableStatus::kCreating;
      state.backfilling = true;
    }
    table.indexes.push_back(state);
  }
  if (definition.transition && definition.transition->deleted_index) {
    table.definition.indexes.push_back(*definition.transition->deleted_index);
    table.indexes.push_back({.status = model::TableStatus::kDeleting});
  }
  for (const auto& index : definition.vector_indexes) {
    TRY_ASSIGN(const auto statistics, storage.measure_keyspace(index.keyspace));
    IndexState state{.status = model::TableStatus::kActive, .backfilling = {}, .statistics = statistics};
    if (status == model::TableStatus::kCreating || definition.is_being_filled() || index.is_backfilling()) {
      state.status = model::TableStatus::kCreating;
    }
    if (index.is_backfilling()) state.backfilling = !index.is_allocating;
    table.vector_indexes.push_back(state);
  }
  table.replicas = replication::others_of(context.services.tables, definition);
  return table;
}

void append_table_description(std::string& out, const TableDescription& table, WarmThroughput warm) {
  const auto& definition = table.definition;
  ObjectWriter writer{out};
  append_definitions(writer.key("AttributeDefinitions"), definition.attribute_definitions);
  append_key_schema(writer.key("KeySchema"), definition.key_schema);
  writer.timestamp("CreationDateTime", definition.created);
  write_identity(writer, table);
  write_indexes(writer, "LocalSecondaryIndexes", table, model::IndexKind::kLocal, warm);
  write_indexes(writer, "GlobalSecondaryIndexes", table, model::IndexKind::kGlobal, warm);
  write_vector_indexes(writer, table);
  write_warm_throughput(writer, warm_throughput_of(definition), table.updating_warm_throughput, warm);
  writer.finish();
}

void append_table_description_answer(std::string& out, const TableDescription& table) {
  ObjectWriter writer{out};
  append_table_description(writer.key("TableDescription"), table, WarmThroughput::kOmitted);
  writer.finish();
}

void append_deleted_table_description(std::string& out, const TableDescription& table) {
  ObjectWriter writer{out};
  write_identity(writer, table);
  writer.finish();
}

}  // namespace millrace::api
