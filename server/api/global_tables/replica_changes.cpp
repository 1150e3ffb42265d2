#include "server/api/global_tables/replica_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <utility>

#include "server/api/global_tables/replica_definition.hpp"
#include "server/api/global_tables/replica_following.hpp"
#include "server/api/tables/index_rules.hpp"
#include "server/api/tables/table_removal.hpp"
#include "server/api/tables/table_stream.hpp"
#include "server/replication/change_sending.hpp"
#include "server/replication/replica_copying.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

using base::validation_error;
using catalog::TablePointer;
using model::TableDefinition;
using Action = ReplicaUpdate::Action;

/// For so long whoever another replica was made from stays.
constexpr auto kSourceStays = std::chrono::hours{24};
/// So many portions are copied within the request: a small table's replica is ACTIVE at once, and nobody notices.
constexpr int kPortionsCopiedAtOnce = 8;

ApiError group_in_use() {
  return {ErrorKind::kResourceInUse, "The resource which you are attempting to change is in use."};
}

Result<void> check_region(const std::string& region) {
  const bool has_capitals = std::ranges::any_of(region, [](unsigned char letter) { return std::isupper(letter) != 0; });
  if (model::is_region(region) && !has_capitals) return {};
  return validation_error(fmt::format("Region {} is not supported.", region));
}

Result<void> check_not_here(const OperationContext& context, const ReplicaUpdate& update) {
  if (update.region != context.caller.account.region) return {};
  return validation_error(
      fmt::format("Cannot {} the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as "
                  "required.",
                  update.action == Action::kUpdate ? "add, delete, or update" : "add or delete"));
}

/// What may not be asked of replicas that are not there.
Result<void> check_members(const TableDefinition& table, const std::vector<ReplicaUpdate>& updates) {
  std::string strangers;
  for (const auto& update : updates) {
    if (table.replication && table.replication->find(update.region) != nullptr) continue;
    strangers.append(strangers.empty() ? "" : ", ").append(update.region);
  }
  if (strangers.empty()) return {};
  return validation_error(
      fmt::format("Update global table operation failed because one or more replicas were not part of the global "
                  "table. Please retry the request without these replicas: [{}].",
                  strangers));
}

Result<void> check_no_source(const TableDefinition& table, TimePoint now) {
  const bool is_source =
      table.replication && std::ranges::any_of(table.replication->others, [now](const model::Replica& other) {
        return other.made_from_here && now - *other.made_from_here < kSourceStays;
      });
  if (!is_source) return {};
  return validation_error(
      "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table "
      "in "
      "the last 24 hours.");
}

Result<void> check_capacity(const TableDefinition& table) {
  if (table.billing_mode == model::BillingMode::kPayPerRequest) return {};
  const auto scales = [&](const std::string& index_name) {
    const auto found = table.settings.auto_scaling.find(index_name);
    return found != table.settings.auto_scaling.end() && found->second.write.has_value();
  };
  if (!scales("")) {
    return validation_error("Table write capacity should either be Pay-Per-Request or AutoScaled.");
  }
  for (const auto& index : table.indexes) {
    if (index.kind == model::IndexKind::kGlobal && !scales(index.name)) {
      return validation_error("GSI write capacity should either be Pay-Per-Request or AutoScaled.");
    }
  }
  return {};
}

/// What AWS asks of a table whose replicas are never apart; its documentation says what they cannot have.
Result<void> check_may_be_strong(OperationContext& context, const catalog::TableEntry& table) {
  const auto& definition = table.definition;
  TRY_ASSIGN(const auto size, context.services.gate.storage().measure_keyspace(definition.keyspace));
  std::string_view problem;
  if (size.row_count > 0) problem = "the table must be empty";
  if (table.has_local_index) problem = "local secondary indexes are not supported";
  if (definition.time_to_live) problem = "Time to Live is not supported";
  if (problem.empty()) return {};
  return validation_error(
      fmt::format("Cannot create a global table with MultiRegionConsistency set to STRONG: {}", problem));
}

Result<void> check_creations(OperationContext& context, const TablePointer& table, const ReplicaRequest& request) {
  const auto& definition = table->definition;
  if (definition.replication) {
    if (request.is_strong) {
      return validation_error("MultiRegionConsistency parameter is unsupported on existing global table");
    }
    if (definition.replication->is_strong) {
      return validation_error("Cannot add replicas to a global table with strong MultiRegionConsistency");
    }
  }
  for (const auto& update : request.updates) {
    TRY(check_region(update.region));
    if (context.services.tables.find_namesake(definition, update.region) != nullptr) {
      return validation_error(fmt::format(
          "Failed to create a the new replica of table with name: ‘{}’ because one or more replicas already "
          "existed as tables.",
          definition.name));
    }
    TRY(check_overrides(definition, update));
    if (update.kms_key && definition.kms_key_arn.empty()) {
      return base::invalid_parameter_values("KMSMasterKeyId must be specified for each replica.");
    }
  }
  if (request.witness && request.witness->region == context.caller.account.region) {
    return validation_error(
        "Cannot add a witness in the same region as an existing replica when creating a global table with "
        "MultiRegionConsistency set to STRONG.");
  }
  if (!definition.vector_indexes.empty()) return no_vectors_of_replicas();
  TRY(check_capacity(definition));
  if (request.is_strong.value_or(false)) TRY(check_may_be_strong(context, *table));
  return {};
}

Result<void> fill_at_once(OperationContext& context, const TableDefinition& source, std::string_view region) {
  const auto parts = context.replication();
  auto replica = context.services.tables.find_namesake(source, region);
  for (int portion = 0; portion < kPortionsCopiedAtOnce && replica->definition.is_being_replicated(); ++portion) {
    TRY_ASSIGN(replica, replication::copy_portion(parts, context.stored_parser, replica, {}));
  }
  return {};
}

Result<TableDescription> create_replicas(OperationContext& context, const TablePointer& table,
                                         const ReplicaRequest& request) {
  TRY(check_creations(context, table, request));
  auto& services = context.services;
  const TimePoint now = services.clock.now();
  const auto known = replication::others_of(services.tables, table->definition);
  auto source = table->definition;
  source.settings_replication_mode.clear();
  const bool is_strong = request.is_strong.value_or(false);
  if (!is_strong && !source.stream_view) {
    TRY(enable_stream(context, source, model::StreamViewType::kNewAndOldImages));
  }
  model::Replication replication{.since = now, .is_strong = is_strong, .others = {}};
  if (request.witness) replication.witness = request.witness->region;
  for (const auto& update : request.updates) {
    TRY_ASSIGN(auto replica, make_replica(context, source, update, replication));
    TRY(replication::join(context.replication(), source, std::move(replica), now));
    source = services.tables.find_namesake(source, context.caller.account.region)->definition;
  }
  if (!is_strong) TRY(fill_at_once(context, source, request.updates.front().region));
  TRY_ASSIGN(auto description, describe(context, source, model::TableStatus::kUpdating));
  description.replicas = known;
  return description;
}

Result<TableDescription> change_replica(OperationContext& context, const TablePointer& table,
                                        const ReplicaUpdate& update) {
  TRY(check_members(table->definition, {update}));
  const auto replica = context.services.tables.find_namesake(table->definition, update.region);
  TRY_ASSIGN(auto description, describe(context, table->definition, model::TableStatus::kUpdating));
  auto definition = replica->definition;
  TRY(override_settings(definition, update));
  TRY(context.services.tables.put(std::move(definition)));
  return description;
}

Result<void> check_strong_deletions(const model::Replication& replication, const ReplicaRequest& request) {
  if (!replication.is_strong) {
    if (request.updates.size() == 1 && !request.witness) return {};
    return validation_error("Update table operation with more than one create or delete replica actions not allowed");
  }
  if (request.witness && request.witness->region != replication.witness) {
    return validation_error(
        fmt::format("Update global table operation failed because one or more witnesses were not part of the global "
                    "table. Please retry the request without these witnesses: [{}].",
                    request.witness->region));
  }
  if (request.updates.size() < replication.others.size()) {
    return validation_error(
        "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency set to "
        "STRONG.");
  }
  if (!replication.witness.empty() && !request.witness) {
    return validation_error("Update table delete operation does not include all witnesses.");
  }
  return {};
}

Result<TableDescription> delete_replicas(OperationContext& context, const TablePointer& table,
                                         const ReplicaRequest& request) {
  const auto& definition = table->definition;
  TRY(check_members(definition, request.updates));
  TRY(check_strong_deletions(*definition.replication, request));
  std::vector<TablePointer> leaving;
  for (const auto& update : request.updates) {
    auto replica = context.services.tables.find_namesake(definition, update.region);
    if (!definition.replication->is_strong) {
      TRY(check_no_source(replica->definition, context.services.clock.now()));
    }
    if (replica->definition.deletion_protection) return protected_against_deletion(replica->definition);
    leaving.push_back(std::move(replica));
  }
  TRY_ASSIGN(auto description, describe(context, definition, model::TableStatus::kUpdating));
  TRY(settle_group(context, definition));
  for (const auto& replica : leaving) {
    TRY(replication::leave(context.replication(), replica->definition));
    TRY(remove_table(context, *replica));
  }
  return description;
}

Result<TableDescription> disassociate(OperationContext& context, const TablePointer& table,
                                      const ReplicaUpdate& update) {
  auto definition = table->definition;
  const auto& here = context.caller.account.region;
  if (update.region != here) {
    return validation_error(fmt::format("Only the local region can be disassociated: this is {}", here));
  }
  if (!definition.replication) {
    return validation_error(fmt::format(
        "Update global table operation failed because one or more replicas were not part of the global table. Please "
        "retry the request without these replicas: [{}].",
        here));
  }
  if (definition.replication->is_strong) {
    return validation_error("A replica of a global table with strong MultiRegionConsistency cannot be disassociated");
  }
  if (!definition.replication->may_disassociate) {
    return validation_error(
        "Replica cannot be disassociated as it is currently protected against disassociation. Disable disassociation "
        "protection first.");
  }
  TRY_ASSIGN(auto description, describe(context, definition, model::TableStatus::kUpdating));
  TRY(settle_group(context, definition));
  TRY(replication::leave(context.replication(), definition));
  TRY(replication::end_sending(context.replication(), definition));
  TRY(context.services.tables.put(std::move(definition)));
  return description;
}

}  // namespace

Result<void> check_regions_apart(const OperationContext& context) {
  if (!context.caller.shares_all) return {};
  return validation_error(
      "Millrace was started with --shared-db: all regions have one set of tables, and a table cannot have replicas");
}

Result<void> check_group_settled(const OperationContext& context, const TableDefinition& table) {
  if (!replication::is_any_being_filled(context.services.tables, table)) return {};
  return group_in_use();
}

Result<void> settle_group(OperationContext& context, const TableDefinition& table) {
  TRY_ASSIGN(const bool settled, replication::settle(context.replication(), context.stored_parser, table));
  if (settled) return {};
  return group_in_use();
}

Result<void> leave_global_table(OperationContext& context, const TableDefinition& table) {
  if (!table.replication) return {};
  if (table.replication->is_strong) {
    return validation_error(
        "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency set to "
        "STRONG.");
  }
  TRY(check_group_settled(context, table));
  TRY(check_no_source(table, context.services.clock.now()));
  TRY(settle_group(context, table));
  TRY(replication::leave(context.replication(), table));
  return {};
}

Result<TableDescription> update_replicas(OperationContext& context, const TablePointer& table,
                                         const ReplicaRequest& request) {
  TRY(check_regions_apart(context));
  if (table->definition.replication && table->definition.replication->version == model::GlobalTableVersion::k2017) {
    return validation_error(
        "ReplicaUpdates are for version 2019.11.21 of global tables, and this one is of version 2017.11.29: use "
        "UpdateGlobalTable");
  }
  const auto& first = request.updates.front();
  if (first.action == Action::kDisassociate) {
    TRY(check_group_settled(context, table->definition));
    return disassociate(context, table, first);
  }
  for (const auto& update : request.updates) TRY(check_not_here(context, update));
  TRY(check_group_settled(context, table->definition));
  switch (first.action) {
    case Action::kCreate: return create_replicas(context, table, request);
    case Action::kUpdate: return change_replica(context, table, first);
    default: return delete_replicas(context, table, request);
  }
}

}  // namespace millrace::api
