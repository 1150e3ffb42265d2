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
#include "server/api/tables/new_table.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/api/tables/table_encryption.hpp"
#include "server/api/tables/table_stream.hpp"
#include "server/api/tables/tags.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {
namespace {

/// The request as its JSON says it.
struct CreateTableMembers : NewTableInput {
  std::optional<std::vector<TagInput>> tags;
  std::optional<bool> deletion_protection;
  OptionalText policy;
};
/// A row of the part that ImportTable shares.
template <class Value>
constexpr std::optional<Value> CreateTableMembers::*of_new_table(std::optional<Value> NewTableInput::*field) {
  return field;
}
constexpr of_tables::MemberTable kCreateTableMembers{
    "CreateTableInput",
    of_tables::rows_of<of_tables::kAttributeDefinition>(
        of_new_table(&NewTableInput::definitions),
        {.name = "AttributeDefinitions", .presence = members::Presence::kRequired}),
    of_tables::row(of_new_table(&NewTableInput::table_name), {.name = "TableName",
                                                              .presence = members::Presence::kRequiredApart,
                                                              .bounds = {3, 255},
                                                              .pattern = of_tables::kNamePattern,
                                                              .check = check_name_of_table}),
    of_tables::rows_of<of_tables::kKeyElement>(
        of_new_table(&NewTableInput::key_schema),
        {.name = "KeySchema", .presence = members::Presence::kRequired, .bounds = {1, 2}, .order = 1}),
    of_tables::rows_of<of_tables::kLocalIndex>(of_new_table(&NewTableInput::local_indexes),
                                               {.name = "LocalSecondaryIndexes", .order = 1}),
    of_tables::rows_of<of_tables::kGlobalIndex>(of_new_table(&NewTableInput::global_indexes),
                                                {.name = "GlobalSecondaryIndexes", .order = 1}),
    of_tables::row(of_new_table(&NewTableInput::billing_mode), of_tables::kBillingMode),
    of_tables::row_of<of_tables::kThroughput>(of_new_table(&NewTableInput::throughput),
                                              {.name = "ProvisionedThroughput"}),
    of_tables::row_of<of_tables::kStreamSpecification>(of_new_table(&NewTableInput::stream),
                                                       {.name = "StreamSpecification", .order = 2}),
    of_tables::row_of<of_tables::kEncryption>(of_new_table(&NewTableInput::encryption),
                                              {.name = "SSESpecification", .order = 2}),
    of_tables::rows_of<of_tables::kTag>(&CreateTableMembers::tags, {.name = "Tags", .order = 2}),
    of_tables::row(of_new_table(&NewTableInput::table_class),
                   {.name = "TableClass", .values = of_tables::kTableClasses, .order = 2}),
    of_tables::row(&CreateTableMembers::deletion_protection, {.name = "DeletionProtectionEnabled"}),
    of_tables::row_of<of_tables::kOnDemandThroughput>(of_new_table(&NewTableInput::on_demand),
                                                      {.name = "OnDemandThroughput"}),
    of_tables::row_of<of_tables::kWarmThroughput>(of_new_table(&NewTableInput::warm), {.name = "WarmThroughput"}),
    of_tables::row(&CreateTableMembers::policy, {.name = "ResourcePolicy"}),
    of_tables::unread_row("GlobalTableSourceArn"),
    of_tables::unread_row("GlobalTableSettingsReplicationMode"),
    of_tables::rows_of<of_tables::kVectorIndex>(of_new_table(&NewTableInput::vector_indexes),
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

Result<CreateTableRequest> parse_create_table(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<CreateTableMembers>(body, kCreateTableMembers));
  if (!members.table_name) {
    return base::validation_error("The parameter 'TableName' is required but was not present in the request");
  }
  TRY(refuse_members(body, kRefusedOfCreateTable));
  if (members.tags) TRY(check_tags(*members.tags));

  CreateTableRequest request;
  request.table = model::TableReference{std::string{*members.table_name}};
  TRY_ASSIGN(request.definition, resolve_new_table(members));
  auto& table = request.definition;
  table.name = request.table.name();
  table.deletion_protection = members.deletion_protection.value_or(false);
  if (members.policy) {
    TRY_ASSIGN(request.policy, canonical_policy(*members.policy));
  }
  request.encryption = members.encryption;
  if (members.tags) add_tags(table.tags, *members.tags);
  return request;
}

Result<TableDescription> execute_create_table(OperationContext& context, const CreateTableRequest& request) {
  auto& services = context.services;
  TRY(context.tables().check_place(request.table));
  if (const auto known = context.tables().find(request.definition.name)) {
    const bool goes = known->definition.status_now() == model::TableStatus::kDeleting;
    if (goes) return context.tables().require_settled(request.table).error();
    return ApiError{ErrorKind::kResourceInUse, "Table already exists: " + request.definition.name};
  }
  auto table = request.definition;
  TRY(make_keyspaces(context, table));
  table.transition = context.transition(model::TableStatus::kCreating);
  if (request.encryption) apply_encryption(context, context.caller.account, table, *request.encryption);
  if (!request.policy.empty()) set_first_policy(table, request.policy);
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
