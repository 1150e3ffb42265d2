// Scan (API reference, 3.10): rows in the order of the hash that leads every row key, which is also what segments share
// out.
#pragma once

#include "server/api/operation.hpp"
#include "server/api/read_request.hpp"
#include "server/plan/page_read.hpp"

namespace millrace::api {

Result<ReadRequest> parse_scan(expression::ExpressionCache& expressions, const json::Object& body);
Result<plan::PreparedPageRead> prepare_scan(const PrepareContext& context, const ReadRequest& request);

}  // namespace millrace::api
