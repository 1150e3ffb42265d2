// Fills new indexes of large tables, a portion at a time. How far it has come stands in the table's definition, and so
// in its document: a restart goes on there, a deleted index or table leaves nothing behind.
#pragma once

#include "server/catalog/table_catalog.hpp"
#include "server/json/document.hpp"
#include "server/storage/job.hpp"

namespace millrace::jobs {

class IndexBackfill final : public storage::Job {
 public:
  /// Both outlive the job.
  IndexBackfill(storage::Storage& storage, catalog::TableCatalog& tables) : storage_{storage}, tables_{tables} {}

  [[nodiscard]] bool is_pending() const override { return tables_.find_backfilling() != nullptr; }
  StorageResult<void> step(const storage::Budget& budget) override;

 private:
  storage::Storage& storage_;
  catalog::TableCatalog& tables_;
  json::Parser parser_;
};

}  // namespace millrace::jobs
