#include "server/jobs/replication_job.hpp"

#include "server/replication/change_sending.hpp"
#include "server/replication/replica_copying.hpp"

namespace millrace::jobs {

bool ReplicationJob::is_pending() const {
  if (!parts_.tables.any_replicated()) return false;
  return parts_.replicating.any_may_wait() || parts_.tables.find_being_replicated() != nullptr;
}

StorageResult<void> ReplicationJob::step(const storage::Budget& budget) {
  // What can be read in other regions is kept up to date before a new one is filled.
  if (parts_.replicating.any_may_wait()) {
    const auto sent = replication::send_portion(parts_, parser_, budget);
    if (sent.has_error()) return sent.error();
    if (*sent) return {};
  }
  const auto replica = parts_.tables.find_being_replicated();
  if (replica == nullptr) return {};
  const auto copied = replication::copy_portion(parts_, parser_, replica, budget);
  if (copied.has_error()) return copied.error();
  return {};
}

}  // namespace millrace::jobs
