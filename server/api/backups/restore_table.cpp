#include "server/api/backups/restore_table.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "server/api/tables/index_rules.hpp"
#include "server/api/tables/table_encryption.hpp"
#include "server/api/tables/vector_index_rules.hpp"
#include "server/api/tables/warm_throughput.hpp"
#include "server/backups/restore_portion.hpp"
#include "server/base/random.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using model::BillingMode;

// So many portions are copied within the request: of a small table the copy is there at once, and nobody notices.
constexpr int kPortionsAtOnce = 8;

/// The source without what is not restored.
model::TableDefinition bare_copy(const model::TableDefinition& source) {
  model::TableDefinition table;
  table.key_schema = source.key_schema;
  table.attribute_definitions = source.attribute_definitions;
  table.indexes = source.indexes;
  for (auto& index : table.indexes) {
    index.keyspace = 0;
    index.backfill_from.reset();
    index.warm_throughput = {};
  }
  table.vector_indexes = source.vector_indexes;
  for (auto& index : table.vector_indexes) {
    index.keyspace = 0;
    index.is_allocating = false;
    index.backfill_from.reset();
  }
  table.billing_mode = source.billing_mode;
  table.was_on_demand = source.was_on_demand;
  table.throughput = source.throughput;
  table.on_demand_limits = source.on_demand_limits;
  table.table_class = source.table_class;
  table.kms_key_arn = source.kms_key_arn;
  return table;
}

ApiError not_of_source(std::string_view member, const std::string& index) {
  return invalid_parameter_values(
      std::string{member}
          .append(" may leave out indexes of the source, and add none: the source has no such index ")
          .append(index));
}

/// Leaves those indexes of a kind that the request names; each must be one of the source's.
Result<void> choose_indexes(model::TableDefinition& table, const std::optional<std::vector<IndexInput>>& wanted,
                            model::IndexKind kind) {
  if (!wanted) return {};
  const std::string_view member =
      kind == model::IndexKind::kGlobal ? "GlobalSecondaryIndexOverride" : "LocalSecondaryIndexOverride";
  std::vector<model::IndexDefinition> chosen;
  for (const auto& input : *wanted) {
    TRY_ASSIGN(const auto index, resolve_index(input, table.attribute_definitions, table.key_schema, kind));
    const auto same = std::ranges::find_if(table.indexes, [&](const model::IndexDefinition& known) {
      return known.kind == kind && known.name == index.name && known.key_schema == index.key_schema &&
             known.projection == index.projection;
    });
    if (same == table.indexes.end()) {
      return not_of_source(member, index.name);
    }
    if (std::ranges::find(chosen, index.name, &model::IndexDefinition::name) != chosen.end()) {
      return invalid_parameter_values("Duplicate index name: " + index.name);
    }
    auto& kept = chosen.emplace_back(*same);
    if (input.throughput) kept.throughput = {*input.throughput->read, *input.throughput->write};
    if (input.on_demand) kept.on_demand_limits = *input.on_demand;
  }
  std::erase_if(table.indexes, [kind](const model::IndexDefinition& index) { return index.kind == kind; });
  table.indexes.insert(kind == model::IndexKind::kLocal ? table.indexes.begin() : table.indexes.end(), chosen.begin(),
                       chosen.end());
  return {};
}

/// The same of vector indexes.
Result<void> choose_vector_indexes(model::TableDefinition& table,
                                   const std::optional<std::vector<VectorIndexInput>>& wanted) {
  if (!wanted) return {};
  std::vector<model::VectorIndexDefinition> chosen;
  for (const auto& input : *wanted) {
    TRY_ASSIGN(const auto index, resolve_vector_index(input, table.attribute_definitions));
    if (std::ranges::find(table.vector_indexes, index) == table.vector_indexes.end()) {
      return not_of_source("VectorIndexOverride", index.name);
    }
    if (std::ranges::find(chosen, index.name, &model::VectorIndexDefinition::name) != chosen.end()) {
      return invalid_parameter_values("Duplicate index name: " + index.name);
    }
    chosen.push_back(index);
  }
  table.vector_indexes = std::move(chosen);
  return {};
}

Result<void> choose_billing(model::TableDefinition& table, const RestoreOverrides& overrides) {
  const bool was_provisioned = table.billing_mode == BillingMode::kProvisioned;
  if (overrides.billing_mode) {
    const bool on_demand = *overrides.billing_mode == "PAY_PER_REQUEST";
    table.billing_mode = on_demand ? BillingMode::kPayPerRequest : BillingMode::kProvisioned;
  }
  if (!table.vector_indexes.empty()) TRY(check_may_have_vector_indexes(table.billing_mode));
  if (table.billing_mode == BillingMode::kPayPerRequest) {
    if (overrides.throughput) return on_demand_with_throughput();
    table.was_on_demand = true;
    table.throughput = {};
    for (auto& index : table.indexes) index.throughput = {};
  } else if (overrides.throughput) {
    TRY(check_throughput_bounds(*overrides.throughput, {}));
    table.throughput = {*overrides.throughput->read, *overrides.throughput->write};
  } else if (!was_provisioned) {
    return invalid_parameter_values(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  }
  if (table.billing_mode == BillingMode::kProvisioned) {
    table.on_demand_limits = {};
    for (auto& index : table.indexes) {
      index.on_demand_limits = {};
      if (index.kind == model::IndexKind::kGlobal && index.throughput == model::Throughput{}) {
        return invalid_parameter_values("ProvisionedThroughput must be specified for index: " + index.name);
      }
    }
  }
  if (overrides.on_demand) {
    TRY_ASSIGN(table.on_demand_limits, resolve_on_demand_limits(overrides.on_demand, table.billing_mode, {}));
  }
  return {};
}

/// Of indexes for which it is asked; once the billing mode is known.
Result<void> choose_warm_throughput(model::TableDefinition& table, const std::vector<IndexInput>& wanted) {
  for (const auto& input : wanted) {
    const auto index = std::ranges::find(table.indexes, *input.name, &model::IndexDefinition::name);
    if (index == table.indexes.end()) continue;
    TRY_ASSIGN(index->warm_throughput,
               resolve_warm_throughput(input.warm, table.billing_mode, index->throughput, index->name));
  }
  return {};
}

void forget_unused_definitions(model::TableDefinition& table) {
  std::vector<std::string_view> used;
  table.add_defined_names(used);
  std::erase_if(table.attribute_definitions, [&](const model::KeyAttribute& attribute) {
    return std::ranges::find(used, attribute.name) == used.end();
  });
}

}  // namespace

Result<TableDescription> restore_table(OperationContext& context, const std::string& target,
                                       const model::TableDefinition& source, const RestoreOverrides& overrides,
                                       model::Restore restore) {
  auto& services = context.services;
  auto& storage = services.gate.storage();
  if (context.tables().find(target)) {
    return ApiError{ErrorKind::kTableAlreadyExists, "Table already exists: " + target};
  }
  auto table = bare_copy(source);
  TRY(choose_indexes(table, overrides.global_indexes, model::IndexKind::kGlobal));
  TRY(choose_indexes(table, overrides.local_indexes, model::IndexKind::kLocal));
  TRY(choose_vector_indexes(table, overrides.vector_indexes));
  TRY(choose_billing(table, overrides));
  if (overrides.global_indexes) TRY(choose_warm_throughput(table, *overrides.global_indexes));
  forget_unused_definitions(table);
  table.name = target;
  table.id = base::make_uuid(services.random);
  table.arn = model::table_arn(context.caller.account, target);
  table.created = services.clock.now();
  table.transition = context.transition(model::TableStatus::kCreating);
  if (table.was_on_demand) table.last_update_to_pay_per_request = table.created;
  if (overrides.encryption) apply_encryption(context, context.caller.account, table, *overrides.encryption);
  TRY_ASSIGN(table.keyspace, storage.create_keyspace());
  for (auto& index : table.indexes) {
    TRY_ASSIGN(index.keyspace, storage.create_keyspace());
  }
  for (auto& index : table.vector_indexes) {
    TRY_ASSIGN(index.keyspace, storage.create_keyspace());
  }
  const auto source_rows = restore.copy->keyspace;
  table.restored_from = std::move(restore);
  for (int portion = 0; portion < kPortionsAtOnce && table.is_being_restored(); ++portion) {
    TRY(backups::restore_portion(storage, context.stored_parser, table, {}));
  }
  TRY_ASSIGN(const auto entry, services.tables.put(std::move(table)));
  if (!entry->definition.is_being_restored()) {
    TRY(services.backups.row_keeping.release(source_rows, services.clock.now()));
  }
  // The answer tells of the beginning, as AWS's does.
  TableDescription response{
      .definition = entry->definition, .status = model::TableStatus::kCreating, .statistics = {}, .indexes = {}};
  response.indexes.assign(entry->definition.indexes.size(),
                          {.status = model::TableStatus::kCreating, .backfilling = {}, .statistics = {}});
  response.vector_indexes.assign(entry->definition.vector_indexes.size(), {.status = model::TableStatus::kCreating});
  response.definition.restored_from->copy.emplace();
  return response;
}

}  // namespace millrace::api
