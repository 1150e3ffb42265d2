// Fills tables that are being restored, a portion at a time. How far it has come stands in the table's definition: a
// restart goes on there.
#pragma once

#include "server/backups/row_keeping.hpp"
#include "server/base/clock.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/document.hpp"
#include "server/storage/job.hpp"

namespace millrace::jobs {

class RestoreJob final : public storage::Job {
 public:
  /// What the job works with; all of it outlives the job.
  struct Parts {
    storage::Storage& storage;
    catalog::TableCatalog& tables;
    backups::RowKeeping& row_keeping;
    const Clock& clock;
  };
  explicit RestoreJob(const Parts& parts) : parts_{parts} {}

  [[nodiscard]] bool is_pending() const override { return parts_.tables.find_being_restored() != nullptr; }
  StorageResult<void> step(const storage::Budget& budget) override;

 private:
  const Parts parts_;
  json::Parser parser_;
};

}  // namespace millrace::jobs
