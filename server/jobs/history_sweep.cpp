#include "server/jobs/history_sweep.hpp"

#include <chrono>

namespace millrace::jobs {

void HistorySweep::begin(TimePoint now) {
  pending_ = true;
  now_ = now;
  keyspaces_.clear();
  for (const auto& table : parts_.tables.with_point_in_time_recovery()) {
    keyspaces_.push_back(table->definition.keyspace);
  }
}

StorageResult<void> HistorySweep::step(const storage::Budget& budget) {
  if (const auto backup = parts_.backups.find_expired(now_)) {
    if (auto removed = parts_.backups.remove(backup->arn); removed.has_error()) return removed;
    return parts_.row_keeping.release(backup->table.keyspace, now_);
  }
  if (!keyspaces_.empty()) {
    const auto keyspace = keyspaces_.back();
    keyspaces_.pop_back();
    // The table may have gone since, and its rows with it.
    if (parts_.tables.find_with_rows(keyspace) == nullptr) return {};
    return parts_.row_keeping.release(keyspace, now_);
  }
  const auto longest = std::chrono::hours{24} * model::PointInTimeRecovery::kLongestPeriod;
  const auto more = parts_.time_marks.forget_before(now_ - longest, budget);
  if (more.has_error()) return more.error();
  pending_ = *more;
  return {};
}

}  // namespace millrace::jobs
