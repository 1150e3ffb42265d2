// Ends the changes of tables that take their time (--delay-transient-statuses), when emulated time has passed them:
// what was CREATING or UPDATING is ACTIVE then, and what was DELETING is gone.
#pragma once

#include "server/base/clock.hpp"
#include "server/jobs/drop_table.hpp"
#include "server/storage/job.hpp"

namespace millrace::jobs {

class SettlingJob final : public storage::Job {
 public:
  /// `clock` outlives the job.
  SettlingJob(const TableParts& parts, const Clock& clock) : parts_{parts}, clock_{clock} {}

  [[nodiscard]] bool is_pending() const override;
  [[nodiscard]] std::optional<TimePoint> due() const override;
  /// One table, whatever the budget: dropping costs the same for each.
  StorageResult<void> step(const storage::Budget& budget) override;

 private:
  const TableParts parts_;
  const Clock& clock_;
};

}  // namespace millrace::jobs
