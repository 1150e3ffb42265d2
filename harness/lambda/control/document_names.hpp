// What formats before 4 stored otherwise: documents of functions were named by the function, and did not say whose it
// is.
#pragma once

#include "server/model/arn.hpp"
#include "server/storage/storage.hpp"

namespace millrace::lambda {

/// Names them by their ARN, as functions of `home`, in a transaction of its own; does nothing when all are so named.
/// Once, after the database was opened, before anything else uses it. Errors: kCorrupt when a document makes no sense.
StorageResult<void> name_function_documents_by_arn(storage::Storage& storage, const model::Account& home);

}  // namespace millrace::lambda
