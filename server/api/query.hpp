// Query (API reference, 3.9 and 6).
#pragma once

#include "server/api/operation.hpp"
#include "server/api/read_request.hpp"
#include "server/plan/page_read.hpp"

namespace millrace::api {

Result<ReadRequest> parse_query(expression::ExpressionCache& expressions, const json::Object& body);
Result<plan::PreparedPageRead> prepare_query(const PrepareContext& context, const ReadRequest& request);

}  // namespace millrace::api
