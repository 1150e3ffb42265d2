// Gives up what no backup and no point-in-time recovery needs any more: what rows were before the recovery period of
// their table, marks of time that nobody can ask for, system backups that have expired. A sweep is begun every now and
// then, and keeps nothing: after a restart the next one finds what is left.
#pragma once

#include <vector>

#include "server/backups/backup_catalog.hpp"
#include "server/backups/row_keeping.hpp"
#include "server/base/clock.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/plan/context/time_marks.hpp"
#include "server/storage/job.hpp"

namespace millrace::jobs {

class HistorySweep final : public storage::Job {
 public:
  /// What the sweep works with; all of it outlives the sweep.
  struct Parts {
    const catalog::TableCatalog& tables;
    backups::BackupCatalog& backups;
    backups::RowKeeping& row_keeping;
    plan::TimeMarks& time_marks;
  };
  explicit HistorySweep(const Parts& parts) : parts_{parts} {}

  /// Begins a sweep as of `now`; one that runs begins again. Inside the gate.
  void begin(TimePoint now);

  [[nodiscard]] bool is_pending() const override { return pending_; }
  /// One backup, one table, or a portion of the marks.
  StorageResult<void> step(const storage::Budget& budget) override;

 private:
  const Parts parts_;
  bool pending_{false};
  TimePoint now_{};
  std::vector<model::KeyspaceId> keyspaces_;  ///< that are still to be looked at
};

}  // namespace millrace::jobs
