// The stream of a table, as CreateTable, UpdateTable and DeleteTable turn it on and off (streams-and-esm, 1.12).
#pragma once

#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// Makes an enabled stream for `table` and writes its view, label and ARN into the definition. `table` has its key
/// schema, id and ARN, and no enabled stream.
StorageResult<void> enable_stream(OperationContext& context, model::TableDefinition& table, model::StreamViewType view);

/// Closes the stream of `entry`, which has one. Label and ARN stay in the definition, the view goes.
StorageResult<void> disable_stream(OperationContext& context, const catalog::TableEntry& entry,
                                   model::TableDefinition& table);

}  // namespace millrace::api
