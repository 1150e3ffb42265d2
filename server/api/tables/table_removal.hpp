// The end of a table, whoever asks for it.
#pragma once

#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {

/// Removes the table, with its indexes, and closes its stream, which stays readable for 24 hours. Its rows lie where
/// they are while a backup needs them; with point-in-time recovery the service makes one now. Precondition: it is no
/// replica any more that others know.
Result<void> remove_table(OperationContext& context, const catalog::TableEntry& table);

}  // namespace millrace::api
