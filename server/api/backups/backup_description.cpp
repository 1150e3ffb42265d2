#include "server/api/backups/backup_description.hpp"

#include <vector>

#include "server/api/tables/table_description.hpp"
#include "server/api/tables/vector_index_description.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

using json::ObjectWriter;

void write_times(ObjectWriter& writer, const backups::Backup& backup) {
  writer.timestamp("BackupCreationDateTime", backup.created);
  if (backup.expires) writer.timestamp("BackupExpiryDateTime", *backup.expires);
}

void append_source_table(std::string& out, const backups::Backup& backup) {
  const auto& table = backup.table;
  ObjectWriter writer{out};
  writer.string("TableName", table.name);
  writer.string("TableId", table.id);
  writer.string("TableArn", table.arn);
  writer.integer("TableSizeBytes", backup.statistics.item_bytes);
  append_key_schema(writer.key("KeySchema"), table.key_schema);
  writer.timestamp("TableCreationDateTime", table.created);
  append_throughput_setting(writer.key("ProvisionedThroughput"), table.throughput);
  append_on_demand_limits(writer, table.on_demand_limits);
  writer.integer("ItemCount", backup.statistics.row_count);
  writer.string("BillingMode", model::to_text(table.billing_mode));
  writer.finish();
}

void append_index_info(std::string& out, const model::IndexDefinition& index) {
  ObjectWriter writer{out};
  writer.string("IndexName", index.name);
  append_key_schema(writer.key("KeySchema"), index.key_schema);
  append_projection(writer.key("Projection"), index.projection);
  if (index.kind == model::IndexKind::kGlobal) {
    append_throughput_setting(writer.key("ProvisionedThroughput"), index.throughput);
    append_on_demand_limits(writer, index.on_demand_limits);
  }
  writer.finish();
}

void write_indexes(ObjectWriter& writer, std::string_view member, const model::TableDefinition& table,
                   model::IndexKind kind) {
  std::vector<const model::IndexDefinition*> indexes;
  for (const auto& index : table.indexes) {
    if (index.kind == kind) indexes.push_back(&index);
  }
  if (indexes.empty()) return;
  std::string& out = writer.key(member);
  json::append_list(out, indexes, [&out](const model::IndexDefinition* index) { append_index_info(out, *index); });
}

void append_features(std::string& out, const model::TableDefinition& table) {
  ObjectWriter writer{out};
  write_indexes(writer, "LocalSecondaryIndexes", table, model::IndexKind::kLocal);
  write_indexes(writer, "GlobalSecondaryIndexes", table, model::IndexKind::kGlobal);
  write_vector_index_infos(writer, table);
  if (table.stream_view) {
    ObjectWriter stream{writer.key("StreamDescription")};
    stream.boolean("StreamEnabled", true);
    stream.string("StreamViewType", model::to_text(*table.stream_view));
    stream.finish();
  }
  ObjectWriter time_to_live{writer.key("TimeToLiveDescription")};
  time_to_live.string("TimeToLiveStatus", table.time_to_live ? "ENABLED" : "DISABLED");
  if (table.time_to_live) time_to_live.string("AttributeName", table.time_to_live->attribute);
  time_to_live.finish();
  write_encryption(writer, table.kms_key_arn);
  writer.finish();
}

}  // namespace

void append_backup_details(std::string& out, const backups::Backup& backup, std::string_view status) {
  ObjectWriter writer{out};
  writer.string("BackupArn", backup.arn);
  writer.string("BackupName", backup.name);
  writer.integer("BackupSizeBytes", backup.statistics.item_bytes);
  writer.string("BackupStatus", status);
  writer.string("BackupType", backups::to_text(backup.type));
  write_times(writer, backup);
  writer.finish();
}

void append_backup_summary(std::string& out, const backups::Backup& backup, std::string_view status) {
  ObjectWriter writer{out};
  writer.string("TableName", backup.table.name);
  writer.string("TableId", backup.table.id);
  writer.string("TableArn", backup.table.arn);
  writer.string("BackupArn", backup.arn);
  writer.string("BackupName", backup.name);
  write_times(writer, backup);
  writer.string("BackupStatus", status);
  writer.string("BackupType", backups::to_text(backup.type));
  writer.integer("BackupSizeBytes", backup.statistics.item_bytes);
  writer.finish();
}

void append_backup_description_answer(std::string& out, const backups::Backup& backup, std::string_view status) {
  ObjectWriter writer{out};
  ObjectWriter description{writer.key("BackupDescription")};
  append_backup_details(description.key("BackupDetails"), backup, status);
  append_source_table(description.key("SourceTableDetails"), backup);
  append_features(description.key("SourceTableFeatureDetails"), backup.table);
  description.finish();
  writer.finish();
}

}  // namespace millrace::api
