#include "server/jobs/drop_table.hpp"

namespace millrace::jobs {

StorageResult<void> drop_table(const TableParts& parts, const model::TableDefinition& table, TimePoint now) {
  for (const auto& index : table.indexes) {
    if (auto dropped = parts.storage.drop_keyspace(index.keyspace); dropped.has_error()) return dropped;
  }
  for (const auto& index : table.vector_indexes) {
    if (auto dropped = parts.storage.drop_keyspace(index.keyspace); dropped.has_error()) return dropped;
    parts.vectors.forget(index.keyspace);
  }
  if (const auto& time_to_live = table.time_to_live; time_to_live && time_to_live->keyspace != 0) {
    if (auto dropped = parts.storage.drop_keyspace(time_to_live->keyspace); dropped.has_error()) return dropped;
  }
  const auto keyspace = table.keyspace;
  if (auto removed = parts.tables.remove(table); removed.has_error()) return removed;
  return parts.row_keeping.release(keyspace, now);
}

}  // namespace millrace::jobs
