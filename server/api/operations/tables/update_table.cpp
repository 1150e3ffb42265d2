// UpdateTable (API reference, 3.2, 3.13 and 3.21; streams-and-esm, 1.12): throughput and billing mode, stream, global
// and vector indexes, table class, deletion protection, replicas. All of it is done when the answer leaves, though the
// answer says UPDATING as AWS's does; only a new index over a large table, and a replica of one, is filled afterwards,
// in portions (server/jobs).
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/api/global_tables/replica_changes.hpp"
#include "server/api/members/replica_members.hpp"
#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/index_rules.hpp"
#include "server/api/tables/table_changes.hpp"
#include "server/api/tables/table_encryption.hpp"
#include "server/api/tables/vector_index_changes.hpp"
#include "server/api/tables/warm_throughput.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using base::validation_error;
using IndexUpdate = UpdateTableRequest::IndexUpdate;

/// An element of GlobalSecondaryIndexUpdates as its JSON says it; any of the three may be absent.
struct IndexUpdateInput {
  std::optional<IndexInput> update;
  std::optional<IndexInput> create;
  std::optional<IndexInput> erase;
};

struct UpdateTableMembers {
  OptionalText table_name;
  std::optional<std::vector<AttributeDefinitionInput>> definitions;
  OptionalText billing_mode;
  std::optional<ThroughputInput> throughput;
  std::optional<std::vector<IndexUpdateInput>> index_updates;
  std::optional<std::vector<VectorIndexUpdateInput>> vector_index_updates;
  std::optional<StreamInput> stream;
  std::optional<EncryptionInput> encryption;
  std::optional<model::OnDemandThroughput> on_demand;
  std::optional<WarmThroughputInput> warm;
  std::optional<std::vector<ReplicaUpdateInput>> replica_updates;
  OptionalText table_class;
  std::optional<bool> deletion_protection;
  OptionalText consistency;
  std::optional<std::vector<ReplicaUpdateInput>> witness_updates;
  OptionalText settings_replication_mode;
  std::optional<bool> disassociation_protection;
};
constexpr of_tables::MemberTable kUpdateAction{
    "UpdateGlobalSecondaryIndexAction",
    of_tables::row(&IndexInput::name, of_tables::kIndexName),
    of_tables::row_of<of_tables::kThroughput>(&IndexInput::throughput, {.name = "ProvisionedThroughput"}),
    of_tables::row_of<of_tables::kOnDemandThroughput>(&IndexInput::on_demand, {.name = "OnDemandThroughput"}),
    of_tables::row_of<of_tables::kWarmThroughput>(&IndexInput::warm, {.name = "WarmThroughput"}),
};
constexpr of_tables::MemberTable kCreateAction{
    "CreateGlobalSecondaryIndexAction",
    of_tables::row(&IndexInput::name, of_tables::kIndexName),
    of_tables::rows_of<of_tables::kKeyElement>(&IndexInput::key_schema, of_tables::kGlobalKeySchema),
    of_tables::row_of<of_tables::kProjection>(&IndexInput::projection,
                                              {.name = "Projection", .presence = members::Presence::kRequired}),
    of_tables::row_of<of_tables::kThroughput>(&IndexInput::throughput, {.name = "ProvisionedThroughput"}),
    of_tables::row_of<of_tables::kOnDemandThroughput>(&IndexInput::on_demand, {.name = "OnDemandThroughput"}),
    of_tables::row_of<of_tables::kWarmThroughput>(&IndexInput::warm, {.name = "WarmThroughput"}),
};
constexpr of_tables::MemberTable kDeleteAction{"DeleteGlobalSecondaryIndexAction",
                                               of_tables::row(&IndexInput::name, of_tables::kIndexName)};
constexpr of_tables::MemberTable kIndexUpdate{
    "GlobalSecondaryIndexUpdate",
    of_tables::row_of<kUpdateAction>(&IndexUpdateInput::update, {.name = "Update"}),
    of_tables::row_of<kCreateAction>(&IndexUpdateInput::create, {.name = "Create"}),
    of_tables::row_of<kDeleteAction>(&IndexUpdateInput::erase, {.name = "Delete"}),
};
constexpr of_tables::MemberTable kUpdateTableMembers{
    "UpdateTableInput",
    of_tables::rows_of<of_tables::kAttributeDefinition>(&UpdateTableMembers::definitions,
                                                        {.name = "AttributeDefinitions"}),
    of_tables::row(&UpdateTableMembers::table_name, of_tables::kTableName),
    of_tables::row(&UpdateTableMembers::billing_mode,
                   {.name = "BillingMode", .values = of_tables::kBillingModes, .order = 1}),
    of_tables::row_of<of_tables::kThroughput>(&UpdateTableMembers::throughput, {.name = "ProvisionedThroughput"}),
    of_tables::rows_of<kIndexUpdate>(&UpdateTableMembers::index_updates,
                                     {.name = "GlobalSecondaryIndexUpdates", .order = 1}),
    of_tables::row_of<of_tables::kStreamSpecification>(&UpdateTableMembers::stream,
                                                       {.name = "StreamSpecification", .order = 1}),
    of_tables::row_of<of_tables::kEncryption>(&UpdateTableMembers::encryption,
                                              {.name = "SSESpecification", .order = 1}),
    of_tables::rows_of<of_tables::kReplicationGroupUpdate>(&UpdateTableMembers::replica_updates,
                                                           {.name = "ReplicaUpdates", .order = 1}),
    of_tables::row(&UpdateTableMembers::table_class,
                   {.name = "TableClass", .values = of_tables::kTableClasses, .order = 1}),
    of_tables::row(&UpdateTableMembers::deletion_protection, {.name = "DeletionProtectionEnabled"}),
    of_tables::row(&UpdateTableMembers::consistency,
                   {.name = "MultiRegionConsistency", .values = of_tables::kConsistencies, .order = 1}),
    of_tables::rows_of<of_tables::kWitnessUpdate>(&UpdateTableMembers::witness_updates,
                                                  {.name = "GlobalTableWitnessUpdates", .bounds = {1, 1}, .order = 1}),
    of_tables::row_of<of_tables::kOnDemandThroughput>(&UpdateTableMembers::on_demand, {.name = "OnDemandThroughput"}),
    of_tables::row_of<of_tables::kWarmThroughput>(&UpdateTableMembers::warm, {.name = "WarmThroughput"}),
    of_tables::row(
        &UpdateTableMembers::settings_replication_mode,
        {.name = "GlobalTableSettingsReplicationMode", .values = of_tables::kSettingsReplicationModes, .order = 1}),
    of_tables::row(&UpdateTableMembers::disassociation_protection, {.name = "DisassociationProtectionEnabled"}),
    of_tables::rows_of<of_tables::kVectorIndexUpdate>(&UpdateTableMembers::vector_index_updates,
                                                      {.name = "VectorIndexUpdates", .order = 2}),
};

/// Beside replicas.
bool changes_something(const UpdateTableMembers& members) {
  return members.billing_mode || members.throughput || members.stream || members.table_class ||
         members.deletion_protection || members.encryption || members.on_demand || members.warm ||
         members.settings_replication_mode || members.disassociation_protection ||
         (members.index_updates && !members.index_updates->empty()) ||
         (members.vector_index_updates && !members.vector_index_updates->empty());
}

Result<IndexUpdate> take_index_update(IndexUpdateInput& input) {
  if (input.update.has_value() + input.create.has_value() + input.erase.has_value() > 1) {
    return invalid_parameter_values(
        "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
  }
  if (input.update) return IndexUpdate{IndexUpdate::Action::kUpdate, *std::move(input.update)};
  if (input.create) return IndexUpdate{IndexUpdate::Action::kCreate, *std::move(input.create)};
  if (input.erase) return IndexUpdate{IndexUpdate::Action::kDelete, *std::move(input.erase)};
  return invalid_parameter_values(
      "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete "
      "must not be null");
}

/// How many indexes are made or deleted.
Result<std::size_t> resolve_index_updates(UpdateTableRequest& request, std::vector<IndexUpdateInput>& inputs) {
  std::size_t online_changes = 0;
  std::set<OptionalText> names;
  for (auto& input : inputs) {
    TRY_ASSIGN(auto update, take_index_update(input));
    if (!names.insert(update.index.name).second) {
      return invalid_parameter_values(
          std::string{"Only one global secondary index update per index is allowed simultaneously. Index: "}.append(
              *update.index.name));
    }
    if (update.action != IndexUpdate::Action::kUpdate) {
      ++online_changes;
    } else if (update.index.warm) {
      TRY(check_warm_throughput_given(*update.index.warm, *update.index.name));
    }
    request.index_updates.push_back(std::move(update));
  }
  return online_changes;
}

/// Indexes of all kinds are made and deleted one at a time.
Result<void> resolve_all_index_updates(UpdateTableRequest& request, UpdateTableMembers& members) {
  std::size_t online_changes = 0;
  if (members.index_updates) {
    TRY_ASSIGN(online_changes, resolve_index_updates(request, *members.index_updates));
  }
  if (auto& updates = members.vector_index_updates; updates && !updates->empty()) {
    TRY(check_vector_index_updates(*updates));
    online_changes += updates->size();
    request.vector_index_update = std::move(updates->front());
  }
  if (online_changes > 1) return one_online_index();
  return {};
}

Result<void> check_stream(const UpdateTableMembers& members) {
  if (!members.stream) return {};
  if (*members.stream->enabled && !members.stream->view) {
    return invalid_parameter_values("If stream is being enabled then UpdateViewType is required");
  }
  if (!*members.stream->enabled && members.stream->view) {
    return invalid_parameter_values("If stream is being disabled, then UpdateViewType must not be specified");
  }
  if (members.throughput) {
    return invalid_parameter_values("You cannot modify stream status while updating table IOPS");
  }
  if ((members.index_updates && !members.index_updates->empty()) ||
      (members.vector_index_updates && !members.vector_index_updates->empty())) {
    return invalid_parameter_values("You cannot create or delete index while changing stream status");
  }
  return {};
}

Result<UpdateTableRequest> parse_update_table(const json::Object& body) {
  TRY_ASSIGN(auto members, members::read<UpdateTableMembers>(body, kUpdateTableMembers));
  validation::Constraints constraints;
  members::check(constraints, kUpdateTableMembers, members);
  UpdateTableRequest request;
  TRY_ASSIGN(request.table, finish_with_table(constraints, members.table_name));
  const bool asks_for_more = changes_something(members);
  TRY_ASSIGN(request.replicas,
             resolve_replica_request({members.replica_updates, members.witness_updates, members.consistency},
                                     asks_for_more || members.definitions));
  if (request.replicas) return request;
  if (!asks_for_more) {
    return validation_error(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
        "SSESpecification or ReplicaUpdates is required");
  }
  if (members.billing_mode) {
    request.billing_mode = *members.billing_mode == "PAY_PER_REQUEST" ? model::BillingMode::kPayPerRequest
                                                                      : model::BillingMode::kProvisioned;
  }
  if (members.throughput) {
    if (request.billing_mode == model::BillingMode::kPayPerRequest) return on_demand_with_throughput();
    TRY(check_throughput_bounds(*members.throughput, {}));
    request.throughput = model::Throughput{*members.throughput->read, *members.throughput->write};
  }
  TRY(resolve_all_index_updates(request, members));
  TRY(check_stream(members));
  if (members.definitions) request.definitions = definitions_from(*members.definitions);
  request.stream = members.stream;
  if (members.encryption) TRY(check_encryption(*members.encryption));
  request.encryption = members.encryption;
  request.on_demand = members.on_demand;
  if (members.warm) TRY(check_warm_throughput_given(*members.warm, {}));
  request.warm = members.warm;
  if (members.table_class) request.table_class = std::string{*members.table_class};
  request.deletion_protection = members.deletion_protection;
  if (members.settings_replication_mode) {
    request.settings_replication_mode = std::string{*members.settings_replication_mode};
  }
  request.disassociation_protection = members.disassociation_protection;
  return request;
}

Result<TableDescription> execute_update_table(OperationContext& context, const UpdateTableRequest& request) {
  TRY_ASSIGN(const auto table, context.tables().require_settled(request.table));
  if (request.replicas) return update_replicas(context, table, *request.replicas);
  TRY(check_group_settled(context, table->definition));
  if (request.encryption) {
    TRY(check_encryption_change(context.caller.account, table->definition, *request.encryption));
  }
  TRY_ASSIGN(auto changes, plan_changes(*table, request, context.services.clock.now()));
  TRY_ASSIGN(const auto changed, perform_changes(context, *table, std::move(changes), request));
  return changed;
}

void write_update_table(std::string& out, const TableDescription& response) {
  append_table_description_answer(out, response);
}

}  // namespace

extern const Operation kUpdateTable{
    "DynamoDB_20120810.UpdateTable",
    run_operation<parse_update_table, storage::Access::kWrite, execute_update_table, write_update_table>,
    kUpdateTableMembers.members};

}  // namespace millrace::api
