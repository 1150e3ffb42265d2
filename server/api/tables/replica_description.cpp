#include "server/api/tables/replica_description.hpp"

#include <string_view>

#include "server/api/tables/warm_throughput.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

using json::ObjectWriter;

constexpr std::string_view kWithOverrides = "ENABLED_WITH_OVERRIDES";

void write_override(ObjectWriter& writer, const model::Throughput& here, const model::Throughput& there) {
  if (here.read_capacity_units == there.read_capacity_units) return;
  ObjectWriter member{writer.key("ProvisionedThroughputOverride")};
  member.integer("ReadCapacityUnits", there.read_capacity_units);
  member.finish();
}

void write_override(ObjectWriter& writer, const model::OnDemandThroughput& here,
                    const model::OnDemandThroughput& there) {
  if (here.max_read_request_units == there.max_read_request_units || !there.max_read_request_units) return;
  ObjectWriter member{writer.key("OnDemandThroughputOverride")};
  member.integer("MaxReadRequestUnits", *there.max_read_request_units);
  member.finish();
}

void write_warm(ObjectWriter& writer, const model::Throughput& warm) {
  ObjectWriter member{writer.key("WarmThroughput")};
  member.integer("ReadUnitsPerSecond", warm.read_capacity_units);
  member.integer("WriteUnitsPerSecond", warm.write_capacity_units);
  member.string("Status", "ACTIVE");
  member.finish();
}

void append_replica_index(std::string& out, const model::TableDefinition& there, const model::IndexDefinition& index,
                          const model::IndexDefinition& here) {
  ObjectWriter writer{out};
  writer.string("IndexName", index.name);
  write_override(writer, here.throughput, index.throughput);
  write_override(writer, here.on_demand_limits, index.on_demand_limits);
  write_warm(writer, warm_throughput_of(there, index));
  writer.finish();
}

void append_replica_description(std::string& out, const model::TableDefinition& here,
                                const model::TableDefinition& there) {
  ObjectWriter writer{out};
  writer.string("RegionName", replication::region_of(there));
  writer.string("ReplicaStatus", there.is_being_replicated() ? "CREATING" : "ACTIVE");
  if (!there.kms_key_arn.empty()) writer.string("KMSMasterKeyId", there.kms_key_arn);
  write_override(writer, here.throughput, there.throughput);
  write_override(writer, here.on_demand_limits, there.on_demand_limits);
  write_warm(writer, warm_throughput_of(there));
  std::vector<const model::IndexDefinition*> indexes;
  for (const auto& index : there.indexes) {
    if (index.kind == model::IndexKind::kGlobal && here.find_index(index.name) != nullptr) indexes.push_back(&index);
  }
  if (!indexes.empty()) {
    json::append_list(writer.key("GlobalSecondaryIndexes"), indexes, [&](const model::IndexDefinition* index) {
      append_replica_index(out, there, *index, *here.find_index(index->name));
    });
  }
  if (!there.table_class.empty()) {
    ObjectWriter table_class{writer.key("ReplicaTableClassSummary")};
    table_class.string("TableClass", there.table_class);
    table_class.finish();
  }
  writer.string("GlobalTableSettingsReplicationMode", kWithOverrides);
  writer.finish();
}

}  // namespace

void write_replication(ObjectWriter& writer, const model::TableDefinition& table,
                       const std::vector<catalog::TablePointer>& replicas) {
  if (!table.replication) {
    if (!table.settings_replication_mode.empty()) {
      writer.string("GlobalTableSettingsReplicationMode", table.settings_replication_mode);
    }
    return;
  }
  const auto& replication = *table.replication;
  if (replication.version == model::GlobalTableVersion::k2017) {
    writer.string("GlobalTableVersion", "2017.11.29");
    return;
  }
  writer.string("GlobalTableVersion", "2019.11.21");
  std::string& out = writer.key("Replicas");
  json::append_list(out, replicas, [&](const catalog::TablePointer& other) {
    append_replica_description(out, table, other->definition);
  });
  writer.string("GlobalTableSettingsReplicationMode", kWithOverrides);
  if (!replication.is_strong) {
    writer.boolean("DisassociationProtectionEnabled", !replication.may_disassociate);
    return;
  }
  writer.string("MultiRegionConsistency", "STRONG");
  if (replication.witness.empty()) return;
  std::string& witnesses = writer.key("GlobalTableWitnesses");
  witnesses.push_back('[');
  ObjectWriter witness{witnesses};
  witness.string("RegionName", replication.witness);
  witness.string("WitnessStatus", "ACTIVE");
  witness.finish();
  witnesses.push_back(']');
}

}  // namespace millrace::api
