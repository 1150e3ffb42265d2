#include "server/api/tables/table_removal.hpp"

#include "server/api/backups/make_backup.hpp"
#include "server/api/settings/kinesis_destination.hpp"
#include "server/api/tables/table_stream.hpp"
#include "server/jobs/drop_table.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {

Result<void> remove_table(OperationContext& context, const catalog::TableEntry& table) {
  auto& services = context.services;
  auto definition = table.definition;
  if (definition.point_in_time_recovery) TRY(keep_deleted_table(context, definition));
  if (table.stream != nullptr) TRY(disable_stream(context, table, definition));
  TRY(close_deliveries(context, definition.settings));
  TRY(replication::end_sending(context.replication(), definition));
  if (auto transition = context.transition(model::TableStatus::kDeleting)) {
    definition.transition = std::move(transition);
    definition.settings.kinesis_destinations.clear();
    definition.point_in_time_recovery.reset();
    definition.replication.reset();
    TRY(services.tables.put(std::move(definition)));
    return {};
  }
  TRY(jobs::drop_table({services.gate.storage(), services.tables, services.backups.row_keeping, services.vectors},
                       definition, services.clock.now()));
  return {};
}

}  // namespace millrace::api
