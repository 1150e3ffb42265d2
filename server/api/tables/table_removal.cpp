#include "server/api/tables/table_removal.hpp"

#include "server/api/backups/make_backup.hpp"
#include "server/api/settings/kinesis_destination.hpp"
#include "server/api/tables/table_stream.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {

Result<void> remove_table(OperationContext& context, const catalog::TableEntry& table) {
  auto& services = context.services;
  auto definition = table.definition;
  if (definition.point_in_time_recovery) TRY(keep_deleted_table(context, definition));
  if (table.stream != nullptr) TRY(disable_stream(context, table, definition));
  TRY(close_deliveries(context, definition.settings));
  TRY(replication::end_sending(context.replication(), definition));
  auto& storage = services.gate.storage();
  for (const auto& index : definition.indexes) TRY(storage.drop_keyspace(index.keyspace));
  for (const auto& index : definition.vector_indexes) {
    TRY(storage.drop_keyspace(index.keyspace));
    services.vectors.forget(index.keyspace);
  }
  const auto& time_to_live = definition.time_to_live;
  if (time_to_live && time_to_live->keyspace != 0) TRY(storage.drop_keyspace(time_to_live->keyspace));
  TRY(services.tables.remove(definition));
  TRY(services.backups.row_keeping.release(definition.keyspace, services.clock.now()));
  return {};
}

}  // namespace millrace::api
