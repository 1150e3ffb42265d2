#include "server/api/tables/new_table.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "server/api/tables/index_rules.hpp"
#include "server/api/tables/table_encryption.hpp"
#include "server/api/tables/vector_index_rules.hpp"
#include "server/api/tables/warm_throughput.hpp"
#include "server/base/random.hpp"
#include "server/model/attribute_name.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;

Result<void> resolve_billing(model::TableDefinition& table, const NewTableInput& members) {
  if (members.billing_mode == "PAY_PER_REQUEST") {
    if (members.throughput) return on_demand_with_throughput();
    table.billing_mode = model::BillingMode::kPayPerRequest;
    table.was_on_demand = true;
    return {};
  }
  if (!members.throughput) {
    return invalid_parameter_values(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  }
  TRY(check_throughput_bounds(*members.throughput, {}));
  table.throughput = {*members.throughput->read, *members.throughput->write};
  return {};
}

/// `names` are those of the indexes that the table has.
Result<void> add_index(model::TableDefinition& table, std::set<std::string>& names, model::IndexDefinition index) {
  if (!names.insert(index.name).second) return invalid_parameter_values("Duplicate index name: " + index.name);
  table.indexes.push_back(std::move(index));
  return {};
}

/// The first indexes of a request: there are too many, whatever is wrong with those behind.
template <class Index>
std::span<const Index> first(const std::vector<Index>& indexes, std::size_t count) {
  return std::span{indexes}.first(std::min(count, indexes.size()));
}

Result<void> resolve_local_indexes(model::TableDefinition& table, std::set<std::string>& names,
                                   const std::vector<IndexInput>& indexes) {
  if (indexes.empty()) return invalid_parameter_values("List of LocalSecondaryIndexes is empty");
  if (table.key_schema.range.empty()) {
    return invalid_parameter_values(
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
  }
  for (const auto& input : first(indexes, kMaxLocalIndexes + 1)) {
    TRY_ASSIGN(auto index,
               resolve_index(input, table.attribute_definitions, table.key_schema, model::IndexKind::kLocal));
    TRY(add_index(table, names, std::move(index)));
  }
  if (indexes.size() > kMaxLocalIndexes) {
    return invalid_parameter_values("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  }
  return {};
}

Result<void> resolve_global_indexes(model::TableDefinition& table, std::set<std::string>& names,
                                    const std::vector<IndexInput>& indexes) {
  if (indexes.empty()) return invalid_parameter_values("List of GlobalSecondaryIndexes is empty");
  for (const auto& input : first(indexes, kMaxGlobalIndexes + 1)) {
    TRY_ASSIGN(auto index,
               resolve_index(input, table.attribute_definitions, table.key_schema, model::IndexKind::kGlobal));
    TRY_ASSIGN(index.throughput, resolve_index_throughput(input, table.billing_mode));
    TRY_ASSIGN(index.on_demand_limits, resolve_on_demand_limits(input.on_demand, table.billing_mode, index.name));
    TRY_ASSIGN(index.warm_throughput,
               resolve_warm_throughput(input.warm, table.billing_mode, index.throughput, index.name));
    TRY(add_index(table, names, std::move(index)));
  }
  if (indexes.size() > kMaxGlobalIndexes) {
    return invalid_parameter_values("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  }
  return {};
}

Result<void> resolve_vector_indexes(model::TableDefinition& table, std::set<std::string>& names,
                                    const std::vector<VectorIndexInput>& indexes) {
  TRY(check_may_have_vector_indexes(table.billing_mode));
  for (const auto& input : first(indexes, kMaxVectorIndexes + 1)) {
    TRY_ASSIGN(auto index, resolve_vector_index(input, table.attribute_definitions));
    TRY(check_same_dimensions(table.vector_indexes, index));
    if (!names.insert(index.name).second) return invalid_parameter_values("Duplicate index name: " + index.name);
    table.vector_indexes.push_back(std::move(index));
  }
  if (indexes.size() > kMaxVectorIndexes) {
    return invalid_parameter_values("VectorIndex count exceeds the per-table limit of 5");
  }
  return {};
}

Result<void> check_definitions_used(const model::TableDefinition& table) {
  std::vector<std::string_view> used;
  table.add_defined_names(used);
  if (used.size() == table.attribute_definitions.size()) return {};
  std::vector<std::string_view> defined;
  for (const auto& definition : table.attribute_definitions) defined.push_back(definition.name);
  return invalid_parameter_values("Some AttributeDefinitions are not used. AttributeDefinitions: " +
                                  model::bracketed(defined) + ", keys used: " + model::bracketed(used));
}

Result<void> resolve_stream(model::TableDefinition& table, const std::optional<StreamInput>& stream) {
  if (!stream) return {};
  if (*stream->enabled && !stream->view) {
    return invalid_parameter_values("Table is being created with a stream enabled, UpdateViewType is required");
  }
  if (!*stream->enabled && stream->view) {
    return invalid_parameter_values(
        "Table is being created with a stream disabled, UpdateViewType should not be specified");
  }
  if (*stream->enabled) table.stream_view = model::stream_view_type_from(*stream->view);
  return {};
}

}  // namespace

Result<model::TableDefinition> resolve_new_table(const NewTableInput& members) {
  model::TableDefinition table;
  table.table_class = members.table_class.value_or("");
  table.attribute_definitions = definitions_from(*members.definitions);
  TRY(resolve_billing(table, members));
  TRY_ASSIGN(table.key_schema,
             resolve_key_schema(*members.key_schema, table.attribute_definitions, SchemaOwner::kTable));
  const bool has_vector_indexes = members.vector_indexes && !members.vector_indexes->empty();
  const bool has_indexes = members.local_indexes || members.global_indexes || has_vector_indexes;
  if (!has_indexes && table.attribute_definitions.size() != table.key_schema.size()) {
    return invalid_parameter_values(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  }
  std::set<std::string> names;
  if (members.local_indexes) TRY(resolve_local_indexes(table, names, *members.local_indexes));
  if (members.global_indexes) TRY(resolve_global_indexes(table, names, *members.global_indexes));
  if (has_vector_indexes) TRY(resolve_vector_indexes(table, names, *members.vector_indexes));
  TRY(check_projected_attributes(table));
  TRY(check_definitions_used(table));
  TRY(check_no_repeated_definition(*members.definitions));
  TRY(resolve_stream(table, members.stream));
  TRY_ASSIGN(table.on_demand_limits, resolve_on_demand_limits(members.on_demand, table.billing_mode, {}));
  TRY_ASSIGN(table.warm_throughput, resolve_warm_throughput(members.warm, table.billing_mode, table.throughput, {}));
  if (members.encryption) TRY(check_encryption(*members.encryption));
  return table;
}

Result<void> make_keyspaces(OperationContext& context, model::TableDefinition& table) {
  auto& services = context.services;
  auto& storage = services.gate.storage();
  table.id = base::make_uuid(services.random);
  table.arn = model::table_arn(context.caller.account, table.name);
  table.created = services.clock.now();
  if (table.was_on_demand) table.last_update_to_pay_per_request = table.created;
  TRY_ASSIGN(table.keyspace, storage.create_keyspace());
  for (auto& index : table.indexes) {
    TRY_ASSIGN(index.keyspace, storage.create_keyspace());
  }
  for (auto& index : table.vector_indexes) {
    TRY_ASSIGN(index.keyspace, storage.create_keyspace());
  }
  return {};
}

}  // namespace millrace::api
