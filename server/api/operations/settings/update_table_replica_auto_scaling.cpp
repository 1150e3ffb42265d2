// UpdateTableReplicaAutoScaling (API reference, 3.21): write units of the table and its indexes, read units of their
// replica, the only one being that of the table's own region.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/api/operation.hpp"
#include "server/api/settings/auto_scaling.hpp"

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

/// Makes the settings of one table what a request says, in steps of which each can refuse.
class AutoScalingUpdate {
 public:
  AutoScalingUpdate(model::TableDefinition& table, std::string region) : table_{table}, region_{std::move(region)} {}

  Result<void> apply(const UpdateAutoScalingMembers& members) {
    if (members.write) {
      TRY(set(*members.write, ScaledUnits::kWrite, "", "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate"));
    }
    if (members.indexes) TRY(set_write_of_indexes(*members.indexes));
    if (!members.replicas) return {};
    std::set<OptionalText> regions;
    for (const auto& replica : *members.replicas) {
      if (!regions.insert(replica.region).second) {
        return base::validation_error(failed_to_update(
            table_.name, fmt::format(" because region: ‘{}’ is specified more than once.", *replica.region)));
      }
      TRY(set_replica(replica));
    }
    return {};
  }

 private:
  Result<void> set_write_of_indexes(const std::vector<IndexScalingInput>& indexes) {
    std::string unknown;
    for (const auto& index : indexes) {
      if (!has_index(*index.index_name)) unknown.append(unknown.empty() ? "" : ", ").append(*index.index_name);
    }
    if (!unknown.empty()) {
      return ApiError{ErrorKind::kResourceNotFound,
                      failed_to_update(table_.name, fmt::format(" because the global secondary indexes with names: "
                                                                "‘[{}]’ do not exist.",
                                                                unknown))};
    }
    for (const auto& index : indexes) {
      if (!index.settings) continue;
      TRY(set(*index.settings, ScaledUnits::kWrite, *index.index_name,
              "GlobalTableGlobalSecondaryIndexSettingsUpdate"));
    }
    return {};
  }

  Result<void> set_replica(const ReplicaScalingInput& replica) {
    if (*replica.region != region_) {
      return ApiError{
          ErrorKind::kResourceNotFound,
          failed_to_update(table_.name, fmt::format(" because there is no replica in region: ‘{}’.", *replica.region))};
    }
    if (!replica.read && (!replica.indexes || replica.indexes->empty())) {
      return base::validation_error(failed_to_update(
          table_.name,
          fmt::format(" because at least one update parameter must be specified for region: ‘{}’.", region_)));
    }
    if (replica.read) {
      TRY(set(*replica.read, ScaledUnits::kRead, "", "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"));
    }
    if (!replica.indexes) return {};
    for (const auto& index : *replica.indexes) {
      if (!has_index(*index.index_name)) {
        return ApiError{ErrorKind::kResourceNotFound,
                        failed_to_update(table_.name,
                                         fmt::format(" because a global secondary index with name: ‘{}’ does not exist "
                                                     "in region: ‘{}’.",
                                                     *index.index_name, region_))};
      }
      if (!index.settings) continue;
      TRY(set(*index.settings, ScaledUnits::kRead, *index.index_name, "ReplicaGlobalSecondaryIndexSettingsUpdate"));
    }
    return {};
  }

  /// `parameter` is what AWS calls it in its words for a table that is on demand.
  Result<void> set(const AutoScalingInput& input, ScaledUnits kind, std::string_view index_name,
                   std::string_view parameter) {
    TRY_ASSIGN(auto settings, resolve_auto_scaling(input, kind, table_.name));
    if (settings && table_.billing_mode == model::BillingMode::kPayPerRequest) {
      std::string region = region_;
      std::transform(region.begin(), region.end(), region.begin(),
                     [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
      return base::validation_error(
          fmt::format("Failed to update global table with name ‘{}‘. Replicas '{}' BillingMode is PayPerRequest. You "
                      "must convert table's BillingMode to PROVISIONED to set parameters: '{}'.",
                      table_.name, region, parameter));
    }
    auto& both = table_.settings.auto_scaling[std::string{index_name}];
    (kind == ScaledUnits::kRead ? both.read : both.write) = std::move(settings);
    if (!both.read && !both.write) table_.settings.auto_scaling.erase(std::string{index_name});
    return {};
  }

  [[nodiscard]] bool has_index(std::string_view name) const {
    const auto* const index = table_.find_index(name);
    return index != nullptr && index->kind == model::IndexKind::kGlobal && !index->is_backfilling();
  }

  model::TableDefinition& table_;
  std::string region_;
};

Result<AutoScalingDescription> execute_update_auto_scaling(OperationContext& context,
                                                           const UpdateAutoScalingRequest& request) {
  TRY_ASSIGN(const auto table, require_scaled_table(context, request.table));
  auto definition = table->definition;
  AutoScalingUpdate update{definition, context.caller.account.region};
  TRY(update.apply(request.members));
  TRY_ASSIGN(auto changed, context.services.tables.put(std::move(definition)));
  return AutoScalingDescription{std::move(changed), context.caller.account};
}

}  // namespace

extern const Operation kUpdateTableReplicaAutoScaling{
    "DynamoDB_20120810.UpdateTableReplicaAutoScaling",
    run_operation<parse_update_auto_scaling, storage::Access::kWrite, execute_update_auto_scaling,
                  append_auto_scaling_answer>,
    kUpdateAutoScalingMembers.members};

}  // namespace millrace::api
