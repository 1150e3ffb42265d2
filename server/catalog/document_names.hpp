// What formats before 4 stored otherwise: documents of tables were named by the table, of which there was one for all.
#pragma once

#include "server/storage/storage.hpp"

namespace millrace::catalog {

/// Names them by the ARN that stands in them, in a transaction of its own; does nothing when all are so named. Once,
/// after the database was opened, before anything else uses it. Errors: kCorrupt when a document makes no sense.
StorageResult<void> name_table_documents_by_arn(storage::Storage& storage);

}  // namespace millrace::catalog
