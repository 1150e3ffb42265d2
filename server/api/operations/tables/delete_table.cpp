// DeleteTable (API reference, 3.3). The table is gone when the answer leaves, though the answer says DELETING as AWS's
// does (unless transitions take their time: then jobs::SettlingJob ends it). A replica leaves its global table.
#include "server/api/global_tables/replica_changes.hpp"
#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/api/tables/table_removal.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr auto kDeleteTableMembers = of_tables::named_table("DeleteTableInput");

Result<TableDescription> execute_delete_table(OperationContext& context, const model::TableReference& table_name) {
  TRY_ASSIGN(const auto table, context.tables().require_settled(table_name));
  if (table->definition.deletion_protection) return protected_against_deletion(table->definition);
  TRY_ASSIGN(auto response, describe(context, table->definition, model::TableStatus::kDeleting));
  TRY(leave_global_table(context, table->definition));
  TRY(remove_table(context, *table));
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
