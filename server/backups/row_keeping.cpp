#include "server/backups/row_keeping.hpp"

#include <algorithm>
#include <chrono>

namespace millrace::backups {

TimePoint earliest_restorable(const model::PointInTimeRecovery& recovery, TimePoint now) {
  return std::max(recovery.since, now - std::chrono::hours{24} * recovery.period_in_days);
}

StorageResult<storage::Sequence> RowKeeping::snapshot(model::KeyspaceId keyspace) {
  if (!parts_.storage.history_begin(keyspace)) return parts_.storage.keep_history(keyspace);
  return parts_.storage.next_sequence();
}

StorageResult<std::optional<storage::Sequence>> RowKeeping::oldest_need(model::KeyspaceId keyspace,
                                                                        const catalog::TablePointer& table,
                                                                        TimePoint now) const {
  std::optional<storage::Sequence> oldest = parts_.backups.oldest_of(keyspace);
  const auto note = [&](storage::Sequence need) { oldest = std::min(oldest.value_or(need), need); };
  if (others_) {
    if (const auto need = others_(keyspace)) note(*need);
  }
  for (const auto& restoring : parts_.tables.being_restored()) {
    const auto& copy = *restoring->definition.restored_from->copy;
    if (copy.keyspace == keyspace) note(copy.as_of);
  }
  if (table == nullptr || !table->definition.point_in_time_recovery) return oldest;
  const auto begin = parts_.storage.history_begin(keyspace);
  if (!begin) return oldest;
  const auto end = parts_.time_marks.end_of(earliest_restorable(*table->definition.point_in_time_recovery, now));
  if (end.has_error()) return end.error();
  // Without a mark nothing has been written since: keeping what there is costs nothing.
  note(std::max(end->value_or(*begin), *begin));
  return oldest;
}

StorageResult<void> RowKeeping::release(model::KeyspaceId keyspace, TimePoint now) {
  const auto table = parts_.tables.find_with_rows(keyspace);
  const auto oldest = oldest_need(keyspace, table, now);
  if (oldest.has_error()) return oldest.error();
  if (*oldest) return parts_.storage.forget_history(keyspace, **oldest);
  if (table == nullptr) return parts_.storage.drop_keyspace(keyspace);
  if (parts_.storage.history_begin(keyspace)) return parts_.storage.drop_history(keyspace);
  return {};
}

}  // namespace millrace::backups
