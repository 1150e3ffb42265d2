// Removes what was dropped, trimmed or forgotten. What there is to remove, and how far that has come, the storage
// knows.
#pragma once

#include "server/storage/job.hpp"

namespace millrace::jobs {

class ReclaimJob final : public storage::Job {
 public:
  /// `storage` outlives the job.
  explicit ReclaimJob(storage::Storage& storage) : storage_{storage} {}

  [[nodiscard]] bool is_pending() const override { return storage_.has_reclaimable(); }
  StorageResult<void> step(const storage::Budget& budget) override { return storage_.reclaim(budget); }

 private:
  storage::Storage& storage_;
};

}  // namespace millrace::jobs
