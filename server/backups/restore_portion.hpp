// Copies the rows of a table as they were into a table that is being restored, a portion at a time.
#pragma once

#include "server/base/result.hpp"
#include "server/json/document.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/budget.hpp"
#include "server/storage/storage.hpp"

namespace millrace::backups {

/// Copies the next rows, with the entries of its indexes, and moves the mark in `table.restored_from->copy` on; the
/// copy goes with the last row, and the table is ready. Precondition: table.is_being_restored().
StorageResult<void> restore_portion(storage::Storage& storage, json::Parser& parser, model::TableDefinition& table,
                                    const storage::Budget& budget);

}  // namespace millrace::backups
