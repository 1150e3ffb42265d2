#include "server/api/create_table.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "server/api/index_rules.hpp"
#include "server/api/table_encryption.hpp"
#include "server/api/table_request.hpp"
#include "server/api/table_stream.hpp"
#include "server/api/tags.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_reader.hpp"
#include "server/model/attribute_name.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;

/// The request as its JSON says it.
struct Members {
  OptionalText table_name;
  std::vector<TagInput> tags;
  std::optional<std::vector<AttributeDefinitionInput>> definitions;
  std::optional<std::vector<KeyElementInput>> key_schema;
  std::optional<std::vector<IndexInput>> local_indexes;
  std::optional<std::vector<IndexInput>> global_indexes;
  OptionalText billing_mode;
  std::optional<ThroughputInput> throughput;
  std::optional<model::OnDemandThroughput> on_demand;
  std::optional<StreamInput> stream;
  std::optional<EncryptionInput> encryption;
  OptionalText table_class;
  std::optional<bool> deletion_protection;
};

std::optional<std::vector<IndexInput>> read_indexes(json::ObjectReader& in, std::string_view member,
                                                    std::string_view shape) {
  std::vector<IndexInput> indexes;
  const auto count =
      in.structures(member, shape, [&](json::ObjectReader& element) { indexes.push_back(read_index(element)); });
  if (!count) return std::nullopt;
  return indexes;
}

Members read_members(json::ObjectReader& in) {
  Members members;
  members.definitions = read_attribute_definitions(in);
  members.table_name = in.string("TableName");
  members.key_schema = read_key_schema(in);
  members.local_indexes = read_indexes(in, "LocalSecondaryIndexes", "LocalSecondaryIndex");
  members.global_indexes = read_indexes(in, "GlobalSecondaryIndexes", "GlobalSecondaryIndex");
  members.billing_mode = in.string("BillingMode");
  members.throughput = read_throughput(in);
  members.stream = read_stream_specification(in);
  members.encryption = read_encryption(in);
  members.tags = read_tags(in);  // kept nowhere, as no operation on tags is served
  members.table_class = in.string("TableClass");
  members.deletion_protection = in.boolean("DeletionProtectionEnabled");
  members.on_demand = read_on_demand_throughput(in);
  return members;
}

void check_indexes(validation::Constraints& constraints, const std::string& member,
                   const std::optional<std::vector<IndexInput>>& indexes, std::size_t maximum_keys) {
  if (!indexes) return;
  for (std::size_t at = 0; at < indexes->size(); ++at) {
    check_index(constraints, member + "." + std::to_string(at + 1) + ".member", (*indexes)[at], maximum_keys);
  }
}

Result<void> check_constraints(const Members& members) {
  validation::Constraints constraints;
  constraints.required("attributeDefinitions", members.definitions.has_value());
  if (members.definitions) check_attribute_definitions(constraints, *members.definitions);
  if (members.table_name)
    constraints.resource_name("tableName", model::TableReference{std::string{*members.table_name}}.name());
  constraints.one_of("billingMode", members.billing_mode, {"PROVISIONED", "PAY_PER_REQUEST"});
  if (members.throughput) check_throughput(constraints, "provisionedThroughput", *members.throughput);
  constraints.required("keySchema", members.key_schema.has_value());
  if (members.key_schema) check_key_schema(constraints, "keySchema", *members.key_schema, kMaxTableKeys);
  check_indexes(constraints, "localSecondaryIndexes", members.local_indexes, kMaxTableKeys);
  check_indexes(constraints, "globalSecondaryIndexes", members.global_indexes, kMaxGlobalIndexKeys);
  check_stream_specification(constraints, members.stream);
  check_encryption(constraints, members.encryption);
  constraints.one_of("tableClass", members.table_class, {"STANDARD", "STANDARD_INFREQUENT_ACCESS"});
  TRY(constraints.finish());
  if (!members.table_name) {
    return base::validation_error("The parameter 'TableName' is required but was not present in the request");
  }
  return check_tags(members.tags);
}

Result<void> resolve_billing(model::TableDefinition& table, const Members& members) {
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
std::span<const IndexInput> first(const std::vector<IndexInput>& indexes, std::size_t count) {
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
    TRY(add_index(table, names, std::move(index)));
  }
  if (indexes.size() > kMaxGlobalIndexes) {
    return invalid_parameter_values("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  }
  return {};
}

Result<void> check_definitions_used(const model::TableDefinition& table) {
  std::vector<std::string_view> used;
  model::add_key_names(used, table.key_schema);
  for (const auto& index : table.indexes) model::add_key_names(used, index.key_schema);
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

Result<CreateTableRequest> parse_create_table(const json::Object& body) {
  json::ObjectReader in{body};
  const Members members = read_members(in);
  if (in.failed()) return in.error();
  TRY(check_constraints(members));

  CreateTableRequest request;
  auto& table = request.definition;
  request.table = model::TableReference{std::string{*members.table_name}};
  table.name = request.table.name();
  table.table_class = members.table_class.value_or("");
  table.deletion_protection = members.deletion_protection.value_or(false);
  table.attribute_definitions = definitions_from(*members.definitions);
  TRY(resolve_billing(table, members));
  TRY_ASSIGN(table.key_schema,
             resolve_key_schema(*members.key_schema, table.attribute_definitions, SchemaOwner::kTable));
  const bool has_indexes = members.local_indexes || members.global_indexes;
  if (!has_indexes && table.attribute_definitions.size() != table.key_schema.size()) {
    return invalid_parameter_values(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  }
  std::set<std::string> names;
  if (members.local_indexes) TRY(resolve_local_indexes(table, names, *members.local_indexes));
  if (members.global_indexes) TRY(resolve_global_indexes(table, names, *members.global_indexes));
  TRY(check_projected_attributes(table.indexes));
  TRY(check_definitions_used(table));
  TRY(check_no_repeated_definition(*members.definitions));
  TRY(resolve_stream(table, members.stream));
  TRY_ASSIGN(table.on_demand_limits, resolve_on_demand_limits(members.on_demand, table.billing_mode, {}));
  request.encryption = members.encryption;
  return request;
}

Result<TableDescription> execute_create_table(OperationContext& context, const CreateTableRequest& request) {
  auto& services = context.services;
  auto& storage = services.gate.storage();
  TRY(context.tables().check_place(request.table));
  if (context.tables().find(request.definition.name)) {
    return ApiError{ErrorKind::kResourceInUse, "Table already exists: " + request.definition.name};
  }
  auto table = request.definition;
  table.id = base::make_uuid(services.random);
  table.arn = model::table_arn(context.caller.account, table.name);
  table.created = services.clock.now();
  if (table.was_on_demand) table.last_update_to_pay_per_request = table.created;
  if (request.encryption) apply_encryption(context, table, *request.encryption);
  TRY_ASSIGN(table.keyspace, storage.create_keyspace());
  for (auto& index : table.indexes) {
    TRY_ASSIGN(index.keyspace, storage.create_keyspace());
  }
  if (table.stream_view) TRY(enable_stream(context, table, *table.stream_view));
  TRY_ASSIGN(const auto entry, services.tables.put(std::move(table)));

  TableDescription response{
      .definition = entry->definition, .status = model::TableStatus::kCreating, .statistics = {}, .indexes = {}};
  response.indexes.assign(entry->definition.indexes.size(),
                          {.status = model::TableStatus::kCreating, .backfilling = {}, .statistics = {}});
  return response;
}

void write_create_table(std::string& out, const TableDescription& response) {
  append_table_description_answer(out, response);
}

}  // namespace millrace::api
