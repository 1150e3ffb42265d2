// The end of a table, when its stream is closed and what has to be remembered of it is: its keyspaces, its entry in the
// catalog, and its rows unless somebody else needs them.
#pragma once

#include "server/backups/row_keeping.hpp"
#include "server/base/clock.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/storage/storage.hpp"
#include "server/vectors/vector_cache.hpp"

namespace millrace::jobs {

/// What there is of a table beside its stream. All of it outlives who uses it.
struct TableParts {
  storage::Storage& storage;
  catalog::TableCatalog& tables;
  backups::RowKeeping& row_keeping;
  vectors::VectorCache& vectors;
};

/// In the caller's transaction.
StorageResult<void> drop_table(const TableParts& parts, const model::TableDefinition& table, TimePoint now);

}  // namespace millrace::jobs
