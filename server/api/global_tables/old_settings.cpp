#include "server/api/global_tables/old_settings.hpp"

#include "server/api/settings/auto_scaling.hpp"
#include "server/json/object_writer.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

using json::ObjectWriter;

void append_index_settings(std::string& out, const model::TableDefinition& table, const model::IndexDefinition& index) {
  ObjectWriter writer{out};
  writer.string("IndexName", index.name);
  writer.string("IndexStatus", index.is_backfilling() ? "CREATING" : "ACTIVE");
  if (table.billing_mode == model::BillingMode::kProvisioned) {
    writer.integer("ProvisionedReadCapacityUnits", index.throughput.read_capacity_units);
    writer.integer("ProvisionedWriteCapacityUnits", index.throughput.write_capacity_units);
  }
  append_auto_scaling(writer.key("ProvisionedReadCapacityAutoScalingSettings"), table, index.name, ScaledUnits::kRead);
  append_auto_scaling(writer.key("ProvisionedWriteCapacityAutoScalingSettings"), table, index.name,
                      ScaledUnits::kWrite);
  writer.finish();
}

void append_replica_settings(std::string& out, const model::TableDefinition& table) {
  ObjectWriter writer{out};
  writer.string("RegionName", replication::region_of(table));
  writer.string("ReplicaStatus", "ACTIVE");
  ObjectWriter billing{writer.key("ReplicaBillingModeSummary")};
  billing.string("BillingMode", model::to_text(table.billing_mode));
  if (table.last_update_to_pay_per_request) {
    billing.timestamp("LastUpdateToPayPerRequestDateTime", *table.last_update_to_pay_per_request);
  }
  billing.finish();
  writer.integer("ReplicaProvisionedReadCapacityUnits", table.throughput.read_capacity_units);
  append_auto_scaling(writer.key("ReplicaProvisionedReadCapacityAutoScalingSettings"), table, {}, ScaledUnits::kRead);
  writer.integer("ReplicaProvisionedWriteCapacityUnits", table.throughput.write_capacity_units);
  append_auto_scaling(writer.key("ReplicaProvisionedWriteCapacityAutoScalingSettings"), table, {}, ScaledUnits::kWrite);
  std::vector<const model::IndexDefinition*> indexes;
  for (const auto& index : table.indexes) {
    if (index.kind == model::IndexKind::kGlobal) indexes.push_back(&index);
  }
  json::append_list(writer.key("ReplicaGlobalSecondaryIndexSettings"), indexes,
                    [&](const model::IndexDefinition* index) { append_index_settings(out, table, *index); });
  if (!table.table_class.empty()) {
    ObjectWriter table_class{writer.key("ReplicaTableClassSummary")};
    table_class.string("TableClass", table.table_class);
    table_class.finish();
  }
  writer.finish();
}

}  // namespace

void append_global_table_settings(std::string& out, const GlobalTableSettings& settings) {
  ObjectWriter answer{out};
  answer.string("GlobalTableName", settings.name);
  json::append_list(answer.key("ReplicaSettings"), settings.replicas,
                    [&out](const model::TableDefinition& replica) { append_replica_settings(out, replica); });
  answer.finish();
}

}  // namespace millrace::api
