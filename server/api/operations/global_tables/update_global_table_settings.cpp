// UpdateGlobalTableSettings, version 2017.11.29 (API reference, 3.21): billing mode, write units and their scaling in
// all regions, read units, their scaling and the table class in single ones. Nothing scales.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/api/global_tables/old_settings.hpp"
#include "server/api/operation.hpp"
#include "server/api/settings/auto_scaling.hpp"
#include "server/api/tables/index_rules.hpp"
#include "server/api/tables/throughput_changes.hpp"
#include "server/api/tables/warm_throughput.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

struct IndexSettingsInput {
  OptionalText name;
  std::optional<std::int64_t> units;
  std::optional<AutoScalingInput> scaling;
};
struct ReplicaSettingsInput {
  OptionalText region;
  std::optional<std::int64_t> read_units;
  std::optional<AutoScalingInput> read_scaling;
  std::optional<std::vector<IndexSettingsInput>> indexes;
  OptionalText table_class;
};
struct UpdateSettingsMembers {
  OptionalText name;
  OptionalText billing_mode;
  std::optional<std::int64_t> write_units;
  std::optional<AutoScalingInput> write_scaling;
  std::optional<std::vector<IndexSettingsInput>> indexes;
  std::optional<std::vector<ReplicaSettingsInput>> replicas;
};

constexpr members::Bounds kPositive{1, INT64_MAX};
constexpr of_tables::MemberTable kIndexWriteSettings{
    "GlobalTableGlobalSecondaryIndexSettingsUpdate",
    of_tables::row(&IndexSettingsInput::name, of_tables::kIndexName),
    of_tables::long_row(&IndexSettingsInput::units, {.name = "ProvisionedWriteCapacityUnits", .bounds = kPositive}),
    of_tables::row_of<kAutoScaling>(&IndexSettingsInput::scaling,
                                    {.name = "ProvisionedWriteCapacityAutoScalingSettingsUpdate"}),
};
constexpr of_tables::MemberTable kIndexReadSettings{
    "ReplicaGlobalSecondaryIndexSettingsUpdate",
    of_tables::row(&IndexSettingsInput::name, of_tables::kIndexName),
    of_tables::long_row(&IndexSettingsInput::units, {.name = "ProvisionedReadCapacityUnits", .bounds = kPositive}),
    of_tables::row_of<kAutoScaling>(&IndexSettingsInput::scaling,
                                    {.name = "ProvisionedReadCapacityAutoScalingSettingsUpdate"}),
};
constexpr of_tables::MemberTable kReplicaSettings{
    "ReplicaSettingsUpdate",
    of_tables::row(&ReplicaSettingsInput::region, of_tables::kRegionName),
    of_tables::long_row(&ReplicaSettingsInput::read_units,
                        {.name = "ReplicaProvisionedReadCapacityUnits", .bounds = kPositive}),
    of_tables::row_of<kAutoScaling>(&ReplicaSettingsInput::read_scaling,
                                    {.name = "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"}),
    of_tables::rows_of<kIndexReadSettings>(&ReplicaSettingsInput::indexes,
                                           {.name = "ReplicaGlobalSecondaryIndexSettingsUpdate", .bounds = {1, 20}}),
    of_tables::row(&ReplicaSettingsInput::table_class,
                   {.name = "ReplicaTableClass", .values = of_tables::kTableClasses}),
};
constexpr of_tables::MemberTable kUpdateSettingsMembers{
    "UpdateGlobalTableSettingsInput",
    of_tables::row(&UpdateSettingsMembers::name, of_tables::kGlobalTableName),
    of_tables::row(&UpdateSettingsMembers::billing_mode,
                   {.name = "GlobalTableBillingMode", .values = of_tables::kBillingModes}),
    of_tables::long_row(&UpdateSettingsMembers::write_units,
                        {.name = "GlobalTableProvisionedWriteCapacityUnits", .bounds = kPositive}),
    of_tables::row_of<kAutoScaling>(&UpdateSettingsMembers::write_scaling,
                                    {.name = "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate"}),
    of_tables::rows_of<kIndexWriteSettings>(
        &UpdateSettingsMembers::indexes, {.name = "GlobalTableGlobalSecondaryIndexSettingsUpdate", .bounds = {1, 20}}),
    of_tables::rows_of<kReplicaSettings>(&UpdateSettingsMembers::replicas,
                                         {.name = "ReplicaSettingsUpdate", .bounds = {1, 50}}),
};

struct UpdateSettingsRequest {
  std::string name;
  UpdateSettingsMembers members;
};

Result<UpdateSettingsRequest> parse_update_settings(const json::Object& body) {
  UpdateSettingsRequest request;
  TRY_ASSIGN(request.members, members::read_checked<UpdateSettingsMembers>(body, kUpdateSettingsMembers));
  request.name = *request.members.name;
  const auto& members = request.members;
  if (!members.billing_mode && !members.write_units && !members.write_scaling && !members.indexes &&
      !members.replicas) {
    return base::validation_error(
        failed_to_update(request.name, " because at least one update parameter must be specified."));
  }
  return request;
}

/// Makes the settings of all replicas what a request says, in steps of which each can refuse.
class SettingsUpdate {
 public:
  SettingsUpdate(GlobalTableSettings& settings, TimePoint now)
      : name_{settings.name}, replicas_{settings.replicas}, now_{now} {}

  Result<void> apply(const UpdateSettingsMembers& members) {
    TRY(set_billing(members));
    if (members.write_scaling) {
      TRY(set_auto_scaling(replicas_, replicas_, *members.write_scaling,
                           {ScaledUnits::kWrite, "", "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate"}));
    }
    if (members.indexes) {
      for (const auto& index : *members.indexes) TRY(set_index(replicas_, index, ScaledUnits::kWrite));
    }
    if (!members.replicas) return {};
    std::set<OptionalText> regions;
    for (const auto& input : *members.replicas) {
      if (!regions.insert(input.region).second) {
        return base::validation_error(failed_to_update(
            name_, fmt::format(" because the regions: ‘[{}]’ were specified more than once.", *input.region)));
      }
      TRY(set_replica(input));
    }
    return {};
  }

 private:
  Result<void> set_billing(const UpdateSettingsMembers& members) {
    const bool on_demand = members.billing_mode == "PAY_PER_REQUEST";
    for (auto& replica : replicas_) {
      keep_warm_throughput(replica);
      if (members.billing_mode) replica.was_on_demand = true;
      if (on_demand) become_on_demand(replica, now_);
      if (members.billing_mode && !on_demand) replica.billing_mode = model::BillingMode::kProvisioned;
      TRY(set_units(replica, {}, members.write_units));
    }
    return {};
  }

  Result<void> set_units(model::TableDefinition& replica, const std::optional<std::int64_t>& read,
                         const std::optional<std::int64_t>& write) {
    if (!read && !write) return {};
    if (replica.billing_mode == model::BillingMode::kPayPerRequest) return on_demand_with_throughput();
    note_throughput_change(replica,
                           {read.value_or(replica.throughput.read_capacity_units),
                            write.value_or(replica.throughput.write_capacity_units)},
                           now_);
    return {};
  }

  Result<void> set_index(std::span<model::TableDefinition> chosen, const IndexSettingsInput& input, ScaledUnits kind) {
    for (auto& replica : chosen) {
      const auto index = std::ranges::find_if(replica.indexes, [&](const model::IndexDefinition& known) {
        return known.kind == model::IndexKind::kGlobal && known.name == *input.name;
      });
      if (index == replica.indexes.end()) {
        return ApiError{ErrorKind::kIndexNotFound,
                        failed_to_update(name_, fmt::format(" because the global secondary indexes with names: ‘[{}]’ "
                                                            "do not exist.",
                                                            *input.name))};
      }
      if (!input.units) continue;
      if (replica.billing_mode == model::BillingMode::kPayPerRequest) return on_demand_with_throughput();
      (kind == ScaledUnits::kRead ? index->throughput.read_capacity_units : index->throughput.write_capacity_units) =
          *input.units;
    }
    if (!input.scaling) return {};
    return set_auto_scaling(chosen, replicas_, *input.scaling,
                            {kind, *input.name,
                             kind == ScaledUnits::kRead ? "ReplicaGlobalSecondaryIndexSettingsUpdate"
                                                        : "GlobalTableGlobalSecondaryIndexSettingsUpdate"});
  }

  Result<void> set_replica(const ReplicaSettingsInput& input) {
    const auto replica = std::ranges::find(replicas_, *input.region, &replication::region_of);
    if (replica == replicas_.end()) {
      return ApiError{
          ErrorKind::kReplicaNotFound,
          failed_to_update(name_, fmt::format(" because a replica does not exist in regions: ‘[{}]’.", *input.region))};
    }
    const std::span<model::TableDefinition> chosen{&*replica, 1};
    TRY(set_units(*replica, input.read_units, {}));
    if (input.read_scaling) {
      TRY(set_auto_scaling(chosen, replicas_, *input.read_scaling,
                           {ScaledUnits::kRead, "", "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"}));
    }
    if (input.indexes) {
      for (const auto& index : *input.indexes) TRY(set_index(chosen, index, ScaledUnits::kRead));
    }
    if (input.table_class) replica->table_class = *input.table_class;
    return {};
  }

  const std::string& name_;
  std::vector<model::TableDefinition>& replicas_;
  const TimePoint now_;
};

/// A table that has become provisioned needs units of both kinds, and so do its indexes.
Result<void> check_units(const model::TableDefinition& table) {
  if (table.billing_mode == model::BillingMode::kPayPerRequest) return {};
  const auto has_both = [](const model::Throughput& units) {
    return units.read_capacity_units > 0 && units.write_capacity_units > 0;
  };
  if (!has_both(table.throughput)) {
    return base::invalid_parameter_values("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  for (const auto& index : table.indexes) {
    if (index.kind == model::IndexKind::kGlobal && !has_both(index.throughput)) {
      return base::invalid_parameter_values("ProvisionedThroughput must be specified for index: " + index.name);
    }
  }
  return {};
}

Result<GlobalTableSettings> execute_update_settings(OperationContext& context, const UpdateSettingsRequest& request) {
  TRY_ASSIGN(const auto replicas, require_global_table(context, request.name));
  GlobalTableSettings settings{.name = request.name, .replicas = {}};
  for (const auto& replica : replicas) settings.replicas.push_back(replica->definition);
  SettingsUpdate update{settings, context.services.clock.now()};
  TRY(update.apply(request.members));
  for (const auto& replica : settings.replicas) TRY(check_units(replica));
  for (const auto& replica : settings.replicas) TRY(context.services.tables.put(replica));
  return settings;
}

}  // namespace

extern const Operation kUpdateGlobalTableSettings{"DynamoDB_20120810.UpdateGlobalTableSettings",
                                                  run_operation<parse_update_settings, storage::Access::kWrite,
                                                                execute_update_settings, append_global_table_settings>,
                                                  kUpdateSettingsMembers.members};

}  // namespace millrace::api
