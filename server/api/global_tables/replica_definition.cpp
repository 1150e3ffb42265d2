#include "server/api/global_tables/replica_definition.hpp"

#include <algorithm>
#include <utility>

#include "server/api/tables/index_rules.hpp"
#include "server/api/tables/table_encryption.hpp"
#include "server/api/tables/table_stream.hpp"
#include "server/base/random.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

using model::BillingMode;
using model::TableDefinition;

Result<void> set_read_units(BillingMode mode, const std::optional<std::int64_t>& wanted, model::Throughput& units) {
  if (!wanted) return {};
  if (mode == BillingMode::kPayPerRequest) return on_demand_with_throughput();
  units.read_capacity_units = *wanted;
  return {};
}

Result<void> set_ceiling(BillingMode mode, const std::optional<std::int64_t>& wanted,
                         model::OnDemandThroughput& ceilings, std::string_view index_name) {
  if (!wanted) return {};
  constexpr std::int64_t kNone = -1;
  if (mode == BillingMode::kProvisioned) {
    return base::invalid_parameter_values(
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED");
  }
  if (*wanted == 0 || *wanted < kNone) return on_demand_limit_out_of_range("MaxReadRequestUnits", index_name);
  ceilings.max_read_request_units = *wanted == kNone ? std::nullopt : wanted;
  return {};
}

model::IndexDefinition* find_global(TableDefinition& table, std::string_view name) {
  const auto found = std::ranges::find_if(table.indexes, [name](const model::IndexDefinition& index) {
    return index.kind == model::IndexKind::kGlobal && index.name == name;
  });
  return found == table.indexes.end() ? nullptr : &*found;
}

model::Throughput followed(const model::Throughput& there, const model::Throughput& before,
                           const model::Throughput& after, bool changes_mode) {
  const bool is_own = !changes_mode && there.read_capacity_units != before.read_capacity_units;
  return {is_own ? there.read_capacity_units : after.read_capacity_units, after.write_capacity_units};
}

model::OnDemandThroughput followed(const model::OnDemandThroughput& there, const model::OnDemandThroughput& before,
                                   const model::OnDemandThroughput& after, bool changes_mode) {
  const bool is_own = !changes_mode && there.max_read_request_units != before.max_read_request_units;
  return {is_own ? there.max_read_request_units : after.max_read_request_units, after.max_write_request_units};
}

/// Of a new replica. AWS takes units to read for one that is on demand, and nothing comes of it.
ReplicaUpdate overrides_of(const TableDefinition& source, const ReplicaUpdate& wanted) {
  auto overrides = wanted;
  if (source.billing_mode == BillingMode::kProvisioned) return overrides;
  overrides.read_units.reset();
  for (auto& index : overrides.indexes) index.read_units.reset();
  return overrides;
}

}  // namespace

Result<void> check_overrides(const TableDefinition& source, const ReplicaUpdate& wanted) {
  auto trial = source;
  return override_settings(trial, overrides_of(source, wanted));
}

Result<void> override_settings(TableDefinition& replica, const ReplicaUpdate& wanted) {
  TRY(set_read_units(replica.billing_mode, wanted.read_units, replica.throughput));
  TRY(set_ceiling(replica.billing_mode, wanted.most_read_units, replica.on_demand_limits, {}));
  if (wanted.table_class) replica.table_class = *wanted.table_class;
  for (const auto& index : wanted.indexes) {
    auto* const known = find_global(replica, index.name);
    if (known == nullptr) continue;
    TRY(set_read_units(replica.billing_mode, index.read_units, known->throughput));
    TRY(set_ceiling(replica.billing_mode, index.most_read_units, known->on_demand_limits, index.name));
  }
  return {};
}

Result<TableDefinition> make_replica(OperationContext& context, const TableDefinition& source,
                                     const ReplicaUpdate& wanted, const model::Replication& replication) {
  auto& services = context.services;
  auto& storage = services.gate.storage();
  const model::Account there{wanted.region, context.caller.account.id};
  TableDefinition table;
  table.name = source.name;
  table.id = base::make_uuid(services.random);
  table.arn = model::table_arn(there, table.name);
  table.created = services.clock.now();
  table.key_schema = source.key_schema;
  table.attribute_definitions = source.attribute_definitions;
  table.indexes = source.indexes;
  table.billing_mode = source.billing_mode;
  table.was_on_demand = source.was_on_demand;
  if (source.last_update_to_pay_per_request) table.last_update_to_pay_per_request = table.created;
  table.throughput = source.throughput;
  table.on_demand_limits = source.on_demand_limits;
  table.warm_throughput = source.warm_throughput;
  table.table_class = source.table_class;
  for (const auto& [index, scaling] : source.settings.auto_scaling) {
    if (scaling.write) table.settings.auto_scaling[index].write = scaling.write;
  }
  TRY(override_settings(table, overrides_of(source, wanted)));
  if (!source.kms_key_arn.empty()) {
    table.kms_key_arn = kms_key_arn(there, wanted.kms_key ? *wanted.kms_key : base::make_uuid(services.random));
  }
  TRY_ASSIGN(table.keyspace, storage.create_keyspace());
  for (auto& index : table.indexes) {
    TRY_ASSIGN(index.keyspace, storage.create_keyspace());
    index.backfill_from.reset();
  }
  table.replication = replication;
  if (replication.is_strong) return table;
  table.replication->copy.emplace().source = replication::region_of(source);
  TRY(enable_stream(context, table, *source.stream_view));
  return table;
}

void follow_settings(TableDefinition& replica, const TableDefinition& before, const TableDefinition& after) {
  const bool changes_mode = before.billing_mode != after.billing_mode;
  replica.attribute_definitions = after.attribute_definitions;
  replica.billing_mode = after.billing_mode;
  replica.was_on_demand = after.was_on_demand;
  replica.last_update_to_pay_per_request = after.last_update_to_pay_per_request;
  replica.last_throughput_increase = after.last_throughput_increase;
  replica.last_throughput_decrease = after.last_throughput_decrease;
  replica.throughput = followed(replica.throughput, before.throughput, after.throughput, changes_mode);
  replica.on_demand_limits =
      followed(replica.on_demand_limits, before.on_demand_limits, after.on_demand_limits, changes_mode);
  replica.warm_throughput = after.warm_throughput;
  if (before.table_class != after.table_class) replica.table_class = after.table_class;
  for (auto& index : replica.indexes) {
    const auto* const was = before.find_index(index.name);
    const auto* const is = after.find_index(index.name);
    if (was == nullptr || is == nullptr) continue;
    index.throughput = followed(index.throughput, was->throughput, is->throughput, changes_mode);
    index.on_demand_limits =
        followed(index.on_demand_limits, was->on_demand_limits, is->on_demand_limits, changes_mode);
    index.warm_throughput = is->warm_throughput;
  }
}

}  // namespace millrace::api
