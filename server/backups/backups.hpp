// All that backups and restores need of a database: one of it.
#pragma once

#include "server/backups/backup_catalog.hpp"
#include "server/backups/row_keeping.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/plan/context/time_marks.hpp"
#include "server/storage/storage.hpp"

namespace millrace::backups {

/// Inside the gate only.
struct Backups {
  /// Both outlive it.
  Backups(storage::Storage& storage, const catalog::TableCatalog& tables)
      : catalog{storage}, time_marks{storage}, row_keeping{{storage, tables, catalog, time_marks}} {}

  /// Once at the start, and again after a group was lost. Errors: kCorrupt.
  StorageResult<void> load() {
    if (auto loaded = catalog.load(); loaded.has_error()) return loaded;
    return time_marks.load();
  }

  BackupCatalog catalog;
  plan::TimeMarks time_marks;
  RowKeeping row_keeping;
};

}  // namespace millrace::backups
