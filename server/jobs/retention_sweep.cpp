#include "server/jobs/retention_sweep.hpp"

#include "server/streams/retention.hpp"

namespace millrace::jobs {

void RetentionSweep::begin(TimePoint now) {
  horizon_ = now - streams::kRetention;
  if (!pending_) after_arn_.clear();
  pending_ = true;
}

StorageResult<void> RetentionSweep::step(const storage::Budget& budget) {
  const auto trimmed = streams::trim_next_stream(storage_, catalog_, after_arn_, horizon_, budget);
  if (trimmed.has_error()) return trimmed.error();
  if (!*trimmed) pending_ = false;
  return {};
}

}  // namespace millrace::jobs
