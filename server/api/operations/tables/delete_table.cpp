// DeleteTable (API reference, 3.3). The table is gone when the answer leaves, though the answer says DELETING as AWS's
// does; its stream stays readable for 24 hours, and its rows lie where they are while a backup needs them.
#include "server/api/backups/make_backup.hpp"
#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/settings/kinesis_destination.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/api/tables/table_stream.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr auto kDeleteTableMembers = of_tables::named_table("DeleteTableInput");

Result<TableDescription> execute_delete_table(OperationContext& context, const model::TableReference& table_name) {
  auto& services = context.services;
  TRY_ASSIGN(const auto table, context.tables().require_settled(table_name));
  if (table->definition.deletion_protection) {
    return base::validation_error(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
  }
  if (table->definition.point_in_time_recovery) TRY(keep_deleted_table(context, table->definition));
  TRY_ASSIGN(auto response, describe(context, table->definition, model::TableStatus::kDeleting));
  if (table->stream != nullptr) {
    auto definition = table->definition;
    TRY(disable_stream(context, *table, definition));
  }
  TRY(close_deliveries(context, table->definition.settings));
  auto& storage = services.gate.storage();
  for (const auto& index : table->definition.indexes) TRY(storage.drop_keyspace(index.keyspace));
  for (const auto& index : table->definition.vector_indexes) {
    TRY(storage.drop_keyspace(index.keyspace));
    services.vectors.forget(index.keyspace);
  }
  const auto& time_to_live = table->definition.time_to_live;
  if (time_to_live && time_to_live->keyspace != 0) TRY(storage.drop_keyspace(time_to_live->keyspace));
  TRY(services.tables.remove(table->definition));
  TRY(services.backups.row_keeping.release(table->definition.keyspace, services.clock.now()));
  return response;
}

void write_delete_table(std::string& out, const TableDescription& response) {
  json::ObjectWriter writer{out};
  append_deleted_table_description(writer.key("TableDescription"), response);
  writer.finish();
}

}  // namespace

extern const Operation kDeleteTable{"DynamoDB_20120810.DeleteTable",
                                    run_operation<of_tables::parse_named_table<kDeleteTableMembers>,
                                                  storage::Access::kWrite, execute_delete_table, write_delete_table>,
                                    kDeleteTableMembers.members};

}  // namespace millrace::api
