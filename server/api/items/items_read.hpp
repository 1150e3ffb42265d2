// Query and Scan behind their requests: where a page begins, and its answer.
#pragma once

#include "server/api/items/read_request.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/json/object_writer.hpp"
#include "server/plan/context/context.hpp"
#include "server/plan/page_read.hpp"
#include "server/plan/read_target.hpp"

namespace millrace::api {

/// Finds table and index. Errors: either does not exist, the index is one of vectors, or a consistent read of a global
/// index.
Result<plan::ReadTarget> find_target(ItemsRead read, const PrepareContext& context, const ReadRequest& request);

/// Checks the attributes of ExclusiveStartKey against the target; its place in the range is the caller's to check.
Result<void> check_start_key(ItemsRead read, const plan::ReadTarget& target, const model::Item& start_key);

/// Within the gate: rows that are shown as they are go straight into the answer.
StorageResult<plan::CollectedPage> read_items(const plan::ReadContext& context, const plan::PreparedPageRead& prepared,
                                              json::ObjectWriter& answer);
/// Outside it: the rest of the answer. Long work asks for another lane first.
void finish_items_read(OperationContext& context, const ReadRequest& request, plan::CollectedPage collected,
                       json::ObjectWriter& answer);

}  // namespace millrace::api
