#include "server/api/tables/table_changes.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "server/api/global_tables/replica_following.hpp"
#include "server/api/tables/index_backfill.hpp"
#include "server/api/tables/index_rules.hpp"
#include "server/api/tables/table_encryption.hpp"
#include "server/api/tables/table_stream.hpp"
#include "server/api/tables/throughput_changes.hpp"
#include "server/api/tables/vector_index_rules.hpp"
#include "server/api/tables/warm_throughput.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using base::validation_error;
using IndexUpdate = UpdateTableRequest::IndexUpdate;
using model::BillingMode;

constexpr std::int64_t kNoLimit = -1;

ApiError action_blocked() {
  return validation_error(
      "This operation cannot be performed with given input values. Please contact DynamoDB service team for more info: "
      "Action Blocked: IndexUpdate");
}

ApiError throughput_unchanged(const std::string& of, const model::Throughput& throughput) {
  const auto read = std::to_string(throughput.read_capacity_units);
  const auto write = std::to_string(throughput.write_capacity_units);
  const std::string scope = of.empty() ? "table" : "index " + of;
  return validation_error("The provisioned throughput for the " + scope +
                          " will not change. The requested value equals the current value. Current ReadCapacityUnits "
                          "provisioned for the " +
                          scope + ": " + read + ". Requested ReadCapacityUnits: " + read +
                          ". Current WriteCapacityUnits provisioned for the " + scope + ": " + write +
                          ". Requested WriteCapacityUnits: " + write +
                          ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher "
                          "limits.");
}

const IndexUpdate* find_update(const UpdateTableRequest& request, std::string_view index_name) {
  const auto found = std::find_if(request.index_updates.begin(), request.index_updates.end(),
                                  [&](const IndexUpdate& update) { return *update.index.name == index_name; });
  return found == request.index_updates.end() ? nullptr : &*found;
}

/// A table that becomes provisioned needs units for every global index it keeps.
Result<void> check_index_units_given(const model::TableDefinition& table, const UpdateTableRequest& request) {
  std::string missing;
  for (const auto& index : table.indexes) {
    if (index.kind != model::IndexKind::kGlobal) continue;
    const auto* update = find_update(request, index.name);
    if (update != nullptr && (update->action == IndexUpdate::Action::kDelete || update->index.throughput)) continue;
    missing.append(missing.empty() ? "" : ",").append(index.name);
  }
  if (missing.empty()) return {};
  return invalid_parameter_values("ProvisionedThroughput must be specified for index: " + missing);
}

Result<void> plan_throughput(model::TableDefinition& table, const UpdateTableRequest& request, TimePoint now) {
  if (request.billing_mode) table.was_on_demand = true;  // from now on the summary is shown
  if (request.billing_mode == BillingMode::kPayPerRequest) {
    become_on_demand(table, now);
    return {};
  }
  const bool was_on_demand = table.billing_mode == BillingMode::kPayPerRequest;
  if (request.billing_mode == BillingMode::kProvisioned && !request.throughput) {
    return invalid_parameter_values("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  if (request.billing_mode == BillingMode::kProvisioned && was_on_demand) {
    TRY(check_index_units_given(table, request));
    if (!table.vector_indexes.empty()) TRY(check_may_have_vector_indexes(BillingMode::kProvisioned));
    table.billing_mode = BillingMode::kProvisioned;
  }
  if (!request.throughput) return {};
  if (table.billing_mode == BillingMode::kPayPerRequest) return on_demand_with_throughput();
  if (*request.throughput == table.throughput) return throughput_unchanged({}, table.throughput);
  note_throughput_change(table, *request.throughput, now);
  return {};
}

/// Merges requested ceilings into those of a table (empty `index_name`) or index; -1 removes one.
Result<void> plan_on_demand_limits(model::OnDemandThroughput& limits, BillingMode mode,
                                   const std::optional<model::OnDemandThroughput>& requested,
                                   std::string_view index_name) {
  if (mode == BillingMode::kProvisioned) limits = {};
  if (!requested) return {};
  const auto merge = [&](std::string_view member, std::optional<std::int64_t>& limit,
                         const std::optional<std::int64_t>& wanted) -> Result<void> {
    if (!wanted) return {};
    if (mode == BillingMode::kProvisioned) {
      return invalid_parameter_values(
          std::string{member} +
          " for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED");
    }
    if (*wanted == 0 || *wanted < kNoLimit) return on_demand_limit_out_of_range(member, index_name);
    limit = *wanted == kNoLimit ? std::nullopt : wanted;
    return {};
  };
  TRY(merge("MaxReadRequestUnits", limits.max_read_request_units, requested->max_read_request_units));
  return merge("MaxWriteRequestUnits", limits.max_write_request_units, requested->max_write_request_units);
}

/// The answer tells a removed ceiling as -1, once.
void echo_removed_limits(model::OnDemandThroughput& limits, const std::optional<model::OnDemandThroughput>& requested) {
  if (!requested) return;
  if (requested->max_read_request_units == kNoLimit) limits.max_read_request_units = kNoLimit;
  if (requested->max_write_request_units == kNoLimit) limits.max_write_request_units = kNoLimit;
}

/// `Schema:[SchemaElement: key{x:S:HASH}]` of the attribute in the first key it belongs to.
std::string schema_text(const model::KeySchema& schema, std::string_view name, model::AttributeType type) {
  const bool is_hash = std::any_of(schema.hash.begin(), schema.hash.end(),
                                   [name](const model::KeyAttribute& attribute) { return attribute.name == name; });
  return std::string{"Schema:[SchemaElement: key{"}
      .append(name)
      .append(":")
      .append(model::type_name(type))
      .append(is_hash ? ":HASH}]" : ":RANGE}]");
}

/// The new index must use the attributes that other keys use with the same type.
Result<void> check_not_redefined(const model::TableDefinition& table, const model::IndexDefinition& created) {
  const auto check_against = [&](const model::KeySchema& existing) -> Result<void> {
    for (const auto* part : {&created.key_schema.hash, &created.key_schema.range}) {
      for (const auto& attribute : *part) {
        for (const auto* known_part : {&existing.hash, &existing.range}) {
          for (const auto& known : *known_part) {
            if (known.name != attribute.name || known.type == attribute.type) continue;
            return invalid_parameter_values(
                "Attributes cannot be redefined. Please check that your attribute has the same type as previously "
                "defined. Existing schema: " +
                schema_text(existing, known.name, known.type) +
                " New schema: " + schema_text(created.key_schema, attribute.name, attribute.type));
          }
        }
      }
    }
    return {};
  };
  TRY(check_against(table.key_schema));
  for (const auto& index : table.indexes) TRY(check_against(index.key_schema));
  return {};
}

std::size_t count_global(const model::TableDefinition& table) {
  return static_cast<std::size_t>(
      std::count_if(table.indexes.begin(), table.indexes.end(),
                    [](const model::IndexDefinition& index) { return index.kind == model::IndexKind::kGlobal; }));
}

Result<void> plan_creation(TableChanges& changes, const IndexInput& input, const UpdateTableRequest& request) {
  auto& table = changes.definition;
  if (table.find_index(*input.name) != nullptr || table.find_vector_index(*input.name) != nullptr) {
    return validation_error("Attempting to create an index which already exists");
  }
  TRY_ASSIGN(auto index, resolve_index(input, request.definitions, table.key_schema, model::IndexKind::kGlobal));
  TRY_ASSIGN(index.throughput, resolve_index_throughput(input, table.billing_mode));
  TRY_ASSIGN(index.on_demand_limits, resolve_on_demand_limits(input.on_demand, table.billing_mode, index.name));
  TRY_ASSIGN(index.warm_throughput,
             resolve_warm_throughput(input.warm, table.billing_mode, index.throughput, index.name));
  TRY(check_not_redefined(table, index));
  if (count_global(table) >= kMaxGlobalIndexes) {
    return ApiError{ErrorKind::kLimitExceeded,
                    "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20"};
  }
  if (table.has_backfilling_index()) return one_online_index();
  changes.created_index = index.name;
  table.indexes.push_back(std::move(index));
  return check_projected_attributes(table);
}

/// A local index is there, but stays as it was made.
Result<void> check_not_local(const model::TableDefinition& table, const IndexUpdate& update) {
  const auto* const index = table.find_index(*update.index.name);
  if (index == nullptr || index->kind != model::IndexKind::kLocal) return {};
  const bool deletes = update.action == IndexUpdate::Action::kDelete;
  return validation_error(std::string{deletes ? "Cannot delete" : "Cannot update"} +
                          " an index that is not a GlobalSecondaryIndex: " + index->name);
}

Result<void> plan_index_update(TableChanges& changes, const IndexUpdate& update, const UpdateTableRequest& request) {
  auto& table = changes.definition;
  if (update.action == IndexUpdate::Action::kCreate) return plan_creation(changes, update.index, request);
  TRY(check_not_local(table, update));
  const auto found = std::find_if(table.indexes.begin(), table.indexes.end(), [&](const model::IndexDefinition& index) {
    return index.kind == model::IndexKind::kGlobal && index.name == *update.index.name;
  });
  if (update.action == IndexUpdate::Action::kDelete) {
    if (found == table.indexes.end()) return base::resource_not_found();
    changes.deleted_index = *found;
    table.settings.contributor_insights.erase(found->name);
    table.settings.auto_scaling.erase(found->name);
    table.indexes.erase(found);
    return {};
  }
  if (found == table.indexes.end()) return action_blocked();
  TRY(plan_on_demand_limits(found->on_demand_limits, table.billing_mode, update.index.on_demand, found->name));
  if (update.index.warm) {
    TRY_ASSIGN(found->warm_throughput,
               raise_warm_throughput(*update.index.warm, warm_throughput_of(table, *found), found->name));
  }
  if (!update.index.throughput) return {};
  if (table.billing_mode == BillingMode::kPayPerRequest) return action_blocked();
  TRY(check_throughput_bounds(*update.index.throughput, found->name));
  const model::Throughput next{*update.index.throughput->read, *update.index.throughput->write};
  if (next == found->throughput) return throughput_unchanged(found->name, next);
  found->throughput = next;
  changes.updated_indexes.push_back(found->name);
  return {};
}

Result<void> check_stream_change(const catalog::TableEntry& table, const std::optional<StreamInput>& stream) {
  if (!stream) return {};
  const bool has_stream = table.stream != nullptr;
  if (*stream->enabled && has_stream) {
    return validation_error("Table already has an enabled stream: TableName: " + table.definition.name);
  }
  const auto& replication = table.definition.replication;
  if (!*stream->enabled && replication && !replication->is_strong) {
    return invalid_parameter_values("Disabling Stream is not allowed for a Global Table replica.");
  }
  if (!*stream->enabled && !has_stream) {
    return validation_error("Table has no stream to disable: TableName: " + table.definition.name);
  }
  return {};
}

/// Definitions that no key uses go, those of the new index come. A request may define any number, a table has few keys.
void settle_attribute_definitions(model::TableDefinition& table, const UpdateTableRequest& request) {
  std::vector<std::string_view> names;
  table.add_defined_names(names);
  std::set<std::string_view> used{names.begin(), names.end()};
  auto known = table.attribute_definitions;
  std::erase_if(known, [&](const model::KeyAttribute& definition) { return !used.contains(definition.name); });
  for (const auto& definition : known) used.erase(definition.name);  // what is left is new
  for (const auto& definition : request.definitions) {
    if (used.erase(definition.name) > 0) known.push_back(definition);
  }
  table.attribute_definitions = std::move(known);
}

/// The status that the answer tells of a vector index, the deleted one last: a new one is always told as being
/// allocated.
void mark_vector_index(TableDescription& description, const VectorIndexChange& change) {
  if (change.creates) {
    auto& state = description.vector_indexes.back();
    state.status = model::TableStatus::kCreating;
    state.backfilling = false;
  }
  if (!change.deleted) return;
  description.definition.vector_indexes.push_back(*change.deleted);
  description.vector_indexes.push_back({.status = model::TableStatus::kDeleting});
}

/// Statuses as the answer tells them, the deleted index last.
void mark_indexes(TableDescription& description, const TableChanges& changes) {
  for (std::size_t at = 0; at < description.indexes.size(); ++at) {
    const auto& name = description.definition.indexes[at].name;
    auto& state = description.indexes[at];
    if (name == changes.created_index) {
      state.status = model::TableStatus::kCreating;
      state.backfilling = description.definition.indexes[at].is_backfilling();
    } else if (std::find(changes.updated_indexes.begin(), changes.updated_indexes.end(), name) !=
               changes.updated_indexes.end()) {
      state.status = model::TableStatus::kUpdating;
    }
  }
  if (!changes.deleted_index) return;
  description.definition.indexes.push_back(*changes.deleted_index);
  description.indexes.push_back({.status = model::TableStatus::kDeleting, .backfilling = {}, .statistics = {}});
}

/// What changes is told as it was, for as long as AWS makes the table ready; of a new index, as it will be.
void mark_warm_throughput(TableDescription& description, const model::TableDefinition& before,
                          const UpdateTableRequest& request) {
  if (request.warm) description.updating_warm_throughput = warm_throughput_of(before);
  for (std::size_t at = 0; at < description.indexes.size(); ++at) {
    const auto& index = description.definition.indexes[at];
    const auto* const update = find_update(request, index.name);
    if (update == nullptr || !update->index.warm) continue;
    const auto* const known = before.find_index(index.name);
    description.indexes[at].updating_warm_throughput =
        known == nullptr ? index.warm_throughput : warm_throughput_of(before, *known);
  }
}

}  // namespace

Result<TableChanges> plan_changes(const catalog::TableEntry& table, const UpdateTableRequest& request, TimePoint now) {
  TableChanges changes;
  auto& definition = changes.definition;
  definition = table.definition;
  keep_warm_throughput(definition);
  TRY(plan_throughput(definition, request, now));
  if (request.warm) {
    TRY_ASSIGN(definition.warm_throughput, raise_warm_throughput(*request.warm, warm_throughput_of(definition), {}));
  }
  TRY(plan_on_demand_limits(definition.on_demand_limits, definition.billing_mode, request.on_demand, {}));
  for (const auto& update : request.index_updates) TRY(plan_index_update(changes, update, request));
  TRY(check_defines_no_vector(definition, request.definitions));
  if (const auto& update = request.vector_index_update) {
    TRY_ASSIGN(changes.vector_index, plan_vector_index_update(definition, *update, request.definitions));
  }
  TRY(check_stream_change(table, request.stream));
  TRY(plan_replica_settings(definition, request));
  settle_attribute_definitions(definition, request);
  if (request.table_class) definition.table_class = *request.table_class;
  if (request.deletion_protection) definition.deletion_protection = *request.deletion_protection;
  return changes;
}

Result<TableDescription> perform_changes(OperationContext& context, const catalog::TableEntry& table,
                                         TableChanges changes, const UpdateTableRequest& request) {
  auto& storage = context.services.gate.storage();
  auto& definition = changes.definition;
  if (request.stream && *request.stream->enabled) {
    TRY(enable_stream(context, definition, *model::stream_view_type_from(*request.stream->view)));
  } else if (request.stream) {
    TRY(disable_stream(context, table, definition));
  }
  if (changes.created_index) {
    TRY(start_backfill(context, definition, definition.indexes.back()));
  }
  if (changes.deleted_index) TRY(storage.drop_keyspace(changes.deleted_index->keyspace));
  if (changes.vector_index.creates) TRY(start_backfill(context, definition, definition.vector_indexes.back()));
  if (const auto& deleted = changes.vector_index.deleted) {
    TRY(storage.drop_keyspace(deleted->keyspace));
    context.services.vectors.forget(deleted->keyspace);
  }
  if (request.encryption) apply_encryption(context, context.caller.account, definition, *request.encryption);
  auto settled = definition;
  definition.transition = context.transition(model::TableStatus::kUpdating);
  if (definition.transition) {
    definition.transition->created_index = changes.created_index.value_or("");
    definition.transition->deleted_index = changes.deleted_index;
  }
  TRY(context.services.tables.put(std::move(definition)));
  definition = std::move(settled);  // the marks below say what the answer tells of it
  if (definition.replication) TRY(change_replicas(context, table.definition, changes, request));
  TRY_ASSIGN(auto description, describe(context, definition, model::TableStatus::kUpdating));
  mark_indexes(description, changes);
  mark_vector_index(description, changes.vector_index);
  mark_warm_throughput(description, table.definition, request);
  if (request.encryption && description.definition.kms_key_arn.empty()) {
    description.kms_key_given_up = table.definition.kms_key_arn;
  }
  echo_removed_limits(description.definition.on_demand_limits, request.on_demand);
  return description;
}

}  // namespace millrace::api
