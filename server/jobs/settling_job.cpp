#include "server/jobs/settling_job.hpp"

namespace millrace::jobs {

std::optional<TimePoint> SettlingJob::due() const {
  const auto table = parts_.tables.next_to_settle();
  if (table == nullptr) return std::nullopt;
  return table->definition.transition->until;
}

bool SettlingJob::is_pending() const {
  const auto next = due();
  return next && *next <= clock_.now();
}

StorageResult<void> SettlingJob::step(const storage::Budget& /*budget*/) {
  const auto table = parts_.tables.next_to_settle();
  if (table->definition.transition->status == model::TableStatus::kDeleting) {
    return drop_table(parts_, table->definition, clock_.now());
  }
  auto settled = table->definition;
  settled.transition.reset();
  const auto put = parts_.tables.put(std::move(settled));
  if (put.has_error()) return put.error();
  return {};
}

}  // namespace millrace::jobs
