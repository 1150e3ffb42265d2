// UpdateGlobalTable, version 2017.11.29 (API reference, 3.21): adds replicas and removes them. A table that is removed
// stays, with what is in it.
#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/api/global_tables/old_global_table.hpp"
#include "server/api/global_tables/replica_changes.hpp"
#include "server/api/operation.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

struct UpdateGlobalTableMembers {
  OptionalText name;
  std::optional<std::vector<ReplicaUpdateInput>> updates;
};
constexpr of_tables::MemberTable kUpdateGlobalTableMembers{
    "UpdateGlobalTableInput",
    of_tables::row(&UpdateGlobalTableMembers::name, of_tables::kGlobalTableName),
    of_tables::rows_of<of_tables::kOldReplicaUpdate>(
        &UpdateGlobalTableMembers::updates, {.name = "ReplicaUpdates", .presence = members::Presence::kRequired}),
};

struct UpdateGlobalTableRequest {
  struct Update {
    bool is_created{false};  ///< or removed
    std::string region;
  };
  std::string name;
  std::vector<Update> updates;  ///< each region once
};

Result<UpdateGlobalTableRequest> parse_update_global_table(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<UpdateGlobalTableMembers>(body, kUpdateGlobalTableMembers));
  // AWS's text, which has no more to say.
  const ApiError invalid = base::validation_error("One or more parameter values were invalid");
  constexpr std::size_t kMostUpdates = 100;
  if (members.updates->empty() || members.updates->size() > kMostUpdates) return invalid;
  UpdateGlobalTableRequest request{.name = std::string{*members.name}, .updates = {}};
  std::set<std::string> regions;
  for (const auto& input : *members.updates) {
    if (input.create.has_value() == input.erase.has_value()) return invalid;
    const auto& action = input.create ? *input.create : *input.erase;
    if (!regions.emplace(*action.region).second) return invalid;
    request.updates.push_back({.is_created = input.create.has_value(), .region = std::string{*action.region}});
  }
  return request;
}

const catalog::TablePointer* find_in(const Replicas& replicas, std::string_view region) {
  for (const auto& replica : replicas) {
    if (replication::region_of(replica->definition) == region) return &replica;
  }
  return nullptr;
}

Result<void> add(OperationContext& context, const Replicas& replicas, const std::string& region) {
  const auto& model = replicas.front()->definition;
  if (find_in(replicas, region) != nullptr) {
    return ApiError{
        ErrorKind::kReplicaAlreadyExists,
        fmt::format("Global table with name: '{}' already has a replica in region: '{}'", model.name, region)};
  }
  for (const auto& replica : replicas) {
    TRY_ASSIGN(const auto size, context.services.gate.storage().measure_keyspace(replica->definition.keyspace));
    if (size.row_count > 0) {
      return base::invalid_parameter_values(fmt::format("Table with name: '{}' in region: '{}' must be empty",
                                                        model.name, replication::region_of(replica->definition)));
    }
  }
  TRY_ASSIGN(const auto table, require_candidate(context, model.name, region, &model));
  return join_global_table(context, model, table->definition);
}

Result<void> remove(OperationContext& context, const catalog::TablePointer& replica) {
  auto definition = replica->definition;
  TRY(replication::leave(context.replication(), definition));
  TRY(replication::end_sending(context.replication(), definition));
  TRY(context.services.tables.put(std::move(definition)));
  return {};
}

Result<GlobalTableDescription> execute_update_global_table(OperationContext& context,
                                                           const UpdateGlobalTableRequest& request) {
  TRY_ASSIGN(auto replicas, require_global_table(context, request.name, "Global table not found: "));
  const auto before = describe_global_table(context, request.name, replicas, "UPDATING");
  // What cannot be done is found out before anything is: a group of requests shares one transaction.
  for (const auto& update : request.updates) {
    if (update.is_created || find_in(replicas, update.region) != nullptr) continue;
    return ApiError{
        ErrorKind::kReplicaNotFound,
        fmt::format("Global table with name: '{}' has no replica in region: '{}'", request.name, update.region)};
  }
  TRY(settle_group(context, replicas.front()->definition));
  bool adds = false;
  for (const auto& update : request.updates) {
    if (!update.is_created) continue;
    if (adds) {
      return base::validation_error("UpdateGlobalTable adds one replica at a time: send separate requests");
    }
    adds = true;
    TRY(add(context, replicas, update.region));
  }
  for (const auto& update : request.updates) {
    if (update.is_created) continue;
    replicas = find_global_table(context, request.name);
    TRY(remove(context, *find_in(replicas, update.region)));
  }
  auto after = describe_global_table(context, request.name, find_global_table(context, request.name), "UPDATING");
  after.created = before.created;
  return after;
}

}  // namespace

extern const Operation kUpdateGlobalTable{"DynamoDB_20120810.UpdateGlobalTable",
                                          run_operation<parse_update_global_table, storage::Access::kWrite,
                                                        execute_update_global_table, append_global_table_answer>,
                                          kUpdateGlobalTableMembers.members};

}  // namespace millrace::api
