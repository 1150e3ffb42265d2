#include "server/api/global_tables/replica_following.hpp"

#include <algorithm>
#include <utility>

#include "server/api/global_tables/replica_definition.hpp"
#include "server/api/tables/index_backfill.hpp"
#include "server/api/tables/table_encryption.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {

using base::validation_error;

ApiError no_vectors_of_replicas() {
  return validation_error("Millrace does not emulate vector indexes of global tables yet");
}

Result<void> plan_replica_settings(model::TableDefinition& table, const UpdateTableRequest& request) {
  if (table.replication && request.vector_index_update) return no_vectors_of_replicas();
  if (request.disassociation_protection) {
    if (!table.replication || table.replication->is_strong) {
      return validation_error(
          "DisassociationProtectionEnabled can be set of replicas of a global table with eventual consistency only");
    }
    table.replication->may_disassociate = !*request.disassociation_protection;
  }
  if (!request.settings_replication_mode) return {};
  if (table.replication) {
    return validation_error(
        "GlobalTableSettingsReplicationMode of a global table of one account is ENABLED_WITH_OVERRIDES and cannot be "
        "changed");
  }
  if (*request.settings_replication_mode == "ENABLED_WITH_OVERRIDES") {
    return validation_error(
        "Value 'ENABLED_WITH_OVERRIDES' at 'GlobalTableSettingsReplicationMode' failed to satisfy constraint: Only "
        "ENABLED and DISABLED settings replication are supported for a Regional Table.");
  }
  table.settings_replication_mode = *request.settings_replication_mode;
  return {};
}

Result<void> change_replicas(OperationContext& context, const model::TableDefinition& before,
                             const TableChanges& changes, const UpdateTableRequest& request) {
  auto& storage = context.services.gate.storage();
  const auto& after = changes.definition;
  if (after.replication->version != model::GlobalTableVersion::k2019) return {};
  for (const auto& other : replication::others_of(context.services.tables, after)) {
    auto replica = other->definition;
    follow_settings(replica, before, after);
    if (changes.deleted_index) {
      const auto gone = std::ranges::find(replica.indexes, changes.deleted_index->name, &model::IndexDefinition::name);
      if (gone != replica.indexes.end()) {
        TRY(storage.drop_keyspace(gone->keyspace));
        replica.settings.contributor_insights.erase(gone->name);
        replica.settings.auto_scaling.erase(gone->name);
        replica.indexes.erase(gone);
      }
    }
    if (changes.created_index) {
      replica.indexes.push_back(*after.find_index(*changes.created_index));
      TRY(start_backfill(context, replica, replica.indexes.back()));
    }
    if (request.encryption) {
      // The kind of encryption is the same everywhere, the key is each region's own.
      auto encryption = *request.encryption;
      encryption.key_id.reset();
      const model::Account there{replication::region_of(replica), context.caller.account.id};
      apply_encryption(context, there, replica, encryption);
    }
    TRY(context.services.tables.put(std::move(replica)));
  }
  return {};
}

}  // namespace millrace::api
