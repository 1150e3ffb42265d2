// DeleteTable (API reference, 3.3). The table is gone when the answer leaves, though the answer says DELETING as AWS's
// does (unless transitions take their time: then jobs::SettlingJob ends it); its stream stays readable for 24 hours,
// and its rows lie where they are while a backup needs them.
#include "server/api/backups/make_backup.hpp"
#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/settings/kinesis_destination.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/api/tables/table_stream.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/jobs/drop_table.hpp"
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
  if (auto transition = context.transition(model::TableStatus::kDeleting)) {
    auto going = table->definition;
    going.transition = std::move(transition);
    going.stream_view.reset();
    going.settings.kinesis_destinations.clear();
    going.point_in_time_recovery.reset();
    TRY(services.tables.put(std::move(going)));
    return response;
  }
  TRY(jobs::drop_table({services.gate.storage(), services.tables, services.backups.row_keeping, services.vectors},
                       table->definition, services.clock.now()));
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
