#include "server/jobs/restore_job.hpp"

#include <utility>

#include "server/backups/restore_portion.hpp"

namespace millrace::jobs {

StorageResult<void> RestoreJob::step(const storage::Budget& budget) {
  const auto table = parts_.tables.find_being_restored();
  if (table == nullptr) return {};
  auto definition = table->definition;
  const auto source = definition.restored_from->copy->keyspace;
  if (auto copied = backups::restore_portion(parts_.storage, parser_, definition, budget); copied.has_error()) {
    return copied;
  }
  const bool is_done = !definition.is_being_restored();
  if (const auto stored = parts_.tables.put(std::move(definition)); stored.has_error()) return stored.error();
  if (!is_done) return {};
  return parts_.row_keeping.release(source, parts_.clock.now());
}

}  // namespace millrace::jobs
