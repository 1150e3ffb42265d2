// CreateTable (API reference, 3.1; streams-and-esm, 1.12). The table is ACTIVE when the answer leaves, though the
// answer says CREATING as AWS's does.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "server/api/members/refused_members.hpp"
#include "server/api/members/table_members.hpp"
#include "server/api/members/vector_index_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/settings/policy_document.hpp"
#include "server/api/settings/resource_policy.hpp"
#include "server/api/tables/index_rules.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/api/tables/table_encryption.hpp"
#include "server/api/tables/table_stream.hpp"
#include "server/api/tables/tags.hpp"
#include "server/api/tables/vector_index_rules.hpp"
#include "server/api/tables/warm_throughput.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/model/attribute_name.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;

/// The request as its JSON says it.
struct CreateTableMembers {
  OptionalText table_name;
  std::optional<std::vector<TagInput>> tags;
  std::optional<std::vector<AttributeDefinitionInput>> definitions;
  std::optional<std::vector<KeyElementInput>> key_schema;
  std::optional<std::vector<IndexInput>> local_indexes;
  std::optional<std::vector<IndexInput>> global_indexes;
  std::optional<std::vector<VectorIndexInput>> vector_indexes;
  OptionalText billing_mode;
  std::optional<ThroughputInput> throughput;
  std::optional<model::OnDemandThroughput> on_demand;
  std::optional<StreamInput> stream;
  std::optional<EncryptionInput> encryption;
  OptionalText table_class;
  std::optional<bool> deletion_protection;
  std::optional<WarmThroughputInput> warm;
  OptionalText policy;
};
constexpr of_tables::MemberTable kCreateTableMembers{
    "CreateTableInput",
    of_tables::rows_of<of_tables::kAttributeDefinition>(
        &CreateTableMembers::definitions, {.name = "AttributeDefinitions", .presence = members::Presence::kRequired}),
    of_tables::row(&CreateTableMembers::table_name, {.name = "TableName",
                                                     .presence = members::Presence::kRequiredApart,
                                                     .bounds = {3, 255},
                                                     .pattern = of_tables::kNamePattern,
                                                     .check = check_name_of_table}),
    of_tables::rows_of<of_tables::kKeyElement>(
        &CreateTableMembers::key_schema,
        {.name = "KeySchema", .presence = members::Presence::kRequired, .bounds = {1, 2}, .order = 1}),
    of_tables::rows_of<of_tables::kLocalIndex>(&CreateTableMembers::local_indexes,
                                               {.name = "LocalSecondaryIndexes", .order = 1}),
    of_tables::rows_of<of_tables::kGlobalIndex>(&CreateTableMembers::global_indexes,
                                                {.name = "GlobalSecondaryIndexes", .order = 1}),
    of_tables::row(&CreateTableMembers::billing_mode, of_tables::kBillingMode),
    of_tables::row_of<of_tables::kThroughput>(&CreateTableMembers::throughput, {.name = "ProvisionedThroughput"}),
    of_tables::row_of<of_tables::kStreamSpecification>(&CreateTableMembers::stream,
                                                       {.name = "StreamSpecification", .order = 2}),
    of_tables::row_of<of_tables::kEncryption>(&CreateTableMembers::encryption,
                                              {.name = "SSESpecification", .order = 2}),
    of_tables::rows_of<of_tables::kTag>(&CreateTableMembers::tags, {.name = "Tags", .order = 2}),
    of_tables::row(&CreateTableMembers::table_class,
                   {.name = "TableClass", .values = of_tables::kTableClasses, .order = 2}),
    of_tables::row(&CreateTableMembers::deletion_protection, {.name = "DeletionProtectionEnabled"}),
    of_tables::row_of<of_tables::kOnDemandThroughput>(&CreateTableMembers::on_demand, {.name = "OnDemandThroughput"}),
    of_tables::row_of<of_tables::kWarmThroughput>(&CreateTableMembers::warm, {.name = "WarmThroughput"}),
    of_tables::row(&CreateTableMembers::policy, {.name = "ResourcePolicy"}),
    of_tables::unread_row("GlobalTableSourceArn"),
    of_tables::unread_row("GlobalTableSettingsReplicationMode"),
    of_tables::rows_of<of_tables::kVectorIndex>(&CreateTableMembers::vector_indexes,
                                                {.name = "VectorIndexes", .order = 3}),
};

constexpr std::array<std::string_view, 2> kRefusedOfCreateTable{"GlobalTableSourceArn",
                                                                "GlobalTableSettingsReplicationMode"};

struct CreateTableRequest {
  model::TableReference table;
  /// Everything the request decides; ids, times, keyspaces and the stream's names are not set yet.
  model::TableDefinition definition;
  std::optional<EncryptionInput> encryption;
  std::string policy;  ///< in canonical form; empty: none
};

Result<void> resolve_billing(model::TableDefinition& table, const CreateTableMembers& members) {
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

Result<CreateTableRequest> parse_create_table(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<CreateTableMembers>(body, kCreateTableMembers));
  if (!members.table_name) {
    return base::validation_error("The parameter 'TableName' is required but was not present in the request");
  }
  TRY(refuse_members(body, kRefusedOfCreateTable));
  if (members.tags) TRY(check_tags(*members.tags));

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
  if (members.policy) {
    TRY_ASSIGN(request.policy, canonical_policy(*members.policy));
  }
  request.encryption = members.encryption;
  if (members.tags) add_tags(table.tags, *members.tags);
  return request;
}

Result<TableDescription> execute_create_table(OperationContext& context, const CreateTableRequest& request) {
  auto& services = context.services;
  auto& storage = services.gate.storage();
  TRY(context.tables().check_place(request.table));
  if (const auto known = context.tables().find(request.definition.name)) {
    const bool goes = known->definition.status_now() == model::TableStatus::kDeleting;
    if (goes) return context.tables().require_settled(request.table).error();
    return ApiError{ErrorKind::kResourceInUse, "Table already exists: " + request.definition.name};
  }
  auto table = request.definition;
  table.id = base::make_uuid(services.random);
  table.arn = model::table_arn(context.caller.account, table.name);
  table.created = services.clock.now();
  table.transition = context.transition(model::TableStatus::kCreating);
  if (table.was_on_demand) table.last_update_to_pay_per_request = table.created;
  if (request.encryption) apply_encryption(context, context.caller.account, table, *request.encryption);
  if (!request.policy.empty()) set_first_policy(table, request.policy);
  TRY_ASSIGN(table.keyspace, storage.create_keyspace());
  for (auto& index : table.indexes) {
    TRY_ASSIGN(index.keyspace, storage.create_keyspace());
  }
  for (auto& index : table.vector_indexes) {
    TRY_ASSIGN(index.keyspace, storage.create_keyspace());
  }
  if (table.stream_view) TRY(enable_stream(context, table, *table.stream_view));
  TRY_ASSIGN(const auto entry, services.tables.put(std::move(table)));

  TableDescription response{
      .definition = entry->definition, .status = model::TableStatus::kCreating, .statistics = {}, .indexes = {}};
  response.indexes.assign(entry->definition.indexes.size(), {.status = model::TableStatus::kCreating});
  response.vector_indexes.assign(entry->definition.vector_indexes.size(), {.status = model::TableStatus::kCreating});
  const auto if_asked_for = [](const model::Throughput& warm) {
    return warm == model::Throughput{} ? std::nullopt : std::optional{warm};
  };
  response.updating_warm_throughput = if_asked_for(entry->definition.warm_throughput);
  for (std::size_t at = 0; at < response.indexes.size(); ++at) {
    response.indexes[at].updating_warm_throughput = if_asked_for(entry->definition.indexes[at].warm_throughput);
  }
  return response;
}

void write_create_table(std::string& out, const TableDescription& response) {
  append_table_description_answer(out, response);
}

}  // namespace

extern const Operation kCreateTable{
    "DynamoDB_20120810.CreateTable",
    run_operation<parse_create_table, storage::Access::kWrite, execute_create_table, write_create_table>,
    kCreateTableMembers.members};

}  // namespace millrace::api
