// UpdateTableReplicaAutoScaling (API reference, 3.21): write units of the table and its indexes in all regions, read
// units of single replicas.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/api/operation.hpp"
#include "server/api/settings/auto_scaling.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

struct IndexScalingInput {
  OptionalText index_name;
  std::optional<AutoScalingInput> settings;
};
struct ReplicaScalingInput {
  OptionalText region;
  std::optional<std::vector<IndexScalingInput>> indexes;
  std::optional<AutoScalingInput> read;
};
struct UpdateAutoScalingMembers {
  std::optional<std::vector<IndexScalingInput>> indexes;
  OptionalText table_name;
  std::optional<AutoScalingInput> write;
  std::optional<std::vector<ReplicaScalingInput>> replicas;
};
constexpr of_tables::MemberTable kIndexWriteScaling{
    "GlobalSecondaryIndexAutoScalingUpdate",
    of_tables::row(&IndexScalingInput::index_name, of_tables::kIndexName),
    of_tables::row_of<kAutoScaling>(&IndexScalingInput::settings,
                                    {.name = "ProvisionedWriteCapacityAutoScalingUpdate"}),
};
constexpr of_tables::MemberTable kIndexReadScaling{
    "ReplicaGlobalSecondaryIndexAutoScalingUpdate",
    of_tables::row(&IndexScalingInput::index_name, of_tables::kIndexName),
    of_tables::row_of<kAutoScaling>(&IndexScalingInput::settings, {.name = "ProvisionedReadCapacityAutoScalingUpdate"}),
};
constexpr of_tables::MemberTable kReplicaScaling{
    "ReplicaAutoScalingUpdate",
    of_tables::row(&ReplicaScalingInput::region, {.name = "RegionName", .presence = members::Presence::kRequired}),
    of_tables::rows_of<kIndexReadScaling>(&ReplicaScalingInput::indexes,
                                          {.name = "ReplicaGlobalSecondaryIndexUpdates"}),
    of_tables::row_of<kAutoScaling>(&ReplicaScalingInput::read,
                                    {.name = "ReplicaProvisionedReadCapacityAutoScalingUpdate"}),
};
constexpr members::Bounds kAtLeastOne{1, INT64_MAX};
constexpr of_tables::MemberTable kUpdateAutoScalingMembers{
    "UpdateTableReplicaAutoScalingInput",
    of_tables::rows_of<kIndexWriteScaling>(&UpdateAutoScalingMembers::indexes,
                                           {.name = "GlobalSecondaryIndexUpdates", .bounds = kAtLeastOne}),
    of_tables::row(&UpdateAutoScalingMembers::table_name, of_tables::kTableName),
    of_tables::row_of<kAutoScaling>(&UpdateAutoScalingMembers::write,
                                    {.name = "ProvisionedWriteCapacityAutoScalingUpdate"}),
    of_tables::rows_of<kReplicaScaling>(&UpdateAutoScalingMembers::replicas,
                                        {.name = "ReplicaUpdates", .bounds = kAtLeastOne}),
};

struct UpdateAutoScalingRequest {
  model::TableReference table;
  UpdateAutoScalingMembers members;
};

Result<UpdateAutoScalingRequest> parse_update_auto_scaling(const json::Object& body) {
  UpdateAutoScalingRequest request;
  TRY_ASSIGN(request.members, members::read<UpdateAutoScalingMembers>(body, kUpdateAutoScalingMembers));
  validation::Constraints constraints;
  members::check(constraints, kUpdateAutoScalingMembers, request.members);
  TRY_ASSIGN(request.table, finish_with_table(constraints, request.members.table_name));
  return request;
}

/// Makes the settings of all replicas what a request says, in steps of which each can refuse.
class AutoScalingUpdate {
 public:
  explicit AutoScalingUpdate(std::vector<model::TableDefinition>& replicas)
      : replicas_{replicas}, table_name_{replicas.front().name} {}

  Result<void> apply(const UpdateAutoScalingMembers& members) {
    if (members.write) {
      TRY(set_auto_scaling(replicas_, replicas_, *members.write,
                           {ScaledUnits::kWrite, "", "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate"}));
    }
    if (members.indexes) TRY(set_write_of_indexes(*members.indexes));
    if (!members.replicas) return {};
    TRY(check_each_region_once(*members.replicas));
    for (const auto& replica : *members.replicas) TRY(set_replica(replica));
    return {};
  }

 private:
  [[nodiscard]] Result<void> check_each_region_once(const std::vector<ReplicaScalingInput>& inputs) const {
    std::set<OptionalText> regions;
    for (const auto& replica : inputs) {
      if (!regions.insert(replica.region).second) {
        return base::validation_error(failed_to_update(
            table_name_, fmt::format(" because the regions: ‘[{}]’ were specified more than once.", *replica.region)));
      }
    }
    return {};
  }

  Result<void> set_write_of_indexes(const std::vector<IndexScalingInput>& indexes) {
    std::string unknown;
    for (const auto& index : indexes) {
      if (!has_scaled_index(replicas_.front(), *index.index_name)) {
        unknown.append(unknown.empty() ? "" : ", ").append(*index.index_name);
      }
    }
    if (!unknown.empty()) {
      return ApiError{ErrorKind::kResourceNotFound,
                      failed_to_update(table_name_, fmt::format(" because the global secondary indexes with names: "
                                                                "‘[{}]’ do not exist.",
                                                                unknown))};
    }
    for (const auto& index : indexes) {
      if (!index.settings) continue;
      TRY(set_auto_scaling(replicas_, replicas_, *index.settings,
                           {ScaledUnits::kWrite, *index.index_name, "GlobalTableGlobalSecondaryIndexSettingsUpdate"}));
    }
    return {};
  }

  Result<void> set_replica(const ReplicaScalingInput& input) {
    const auto replica = std::ranges::find(replicas_, *input.region, &replication::region_of);
    if (replica == replicas_.end()) {
      return ApiError{
          ErrorKind::kResourceNotFound,
          failed_to_update(table_name_, fmt::format(" because there is no replica in region: ‘{}’.", *input.region))};
    }
    if (!input.read && (!input.indexes || input.indexes->empty())) {
      return base::validation_error(failed_to_update(
          table_name_,
          fmt::format(" because at least one update parameter must be specified for region: ‘{}’.", *input.region)));
    }
    const std::span<model::TableDefinition> chosen{&*replica, 1};
    if (input.read) {
      TRY(set_auto_scaling(chosen, replicas_, *input.read,
                           {ScaledUnits::kRead, "", "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"}));
    }
    if (!input.indexes) return {};
    for (const auto& index : *input.indexes) {
      if (!has_scaled_index(*replica, *index.index_name)) {
        return ApiError{ErrorKind::kResourceNotFound,
                        failed_to_update(table_name_,
                                         fmt::format(" because a global secondary index with name: ‘{}’ does not exist "
                                                     "in region: ‘{}’.",
                                                     *index.index_name, *input.region))};
      }
      if (!index.settings) continue;
      TRY(set_auto_scaling(chosen, replicas_, *index.settings,
                           {ScaledUnits::kRead, *index.index_name, "ReplicaGlobalSecondaryIndexSettingsUpdate"}));
    }
    return {};
  }

  std::vector<model::TableDefinition>& replicas_;
  const std::string table_name_;
};

Result<AutoScalingDescription> execute_update_auto_scaling(OperationContext& context,
                                                           const UpdateAutoScalingRequest& request) {
  TRY_ASSIGN(const auto table, require_scaled_table(context, request.table));
  auto replicas = scaled_replicas(context, table->definition);
  AutoScalingUpdate update{replicas};
  TRY(update.apply(request.members));
  for (const auto& replica : replicas) TRY(context.services.tables.put(replica));
  return AutoScalingDescription{table->definition.name, std::move(replicas)};
}

}  // namespace

extern const Operation kUpdateTableReplicaAutoScaling{
    "DynamoDB_20120810.UpdateTableReplicaAutoScaling",
    run_operation<parse_update_auto_scaling, storage::Access::kWrite, execute_update_auto_scaling,
                  append_auto_scaling_answer>,
    kUpdateAutoScalingMembers.members};

}  // namespace millrace::api
