// Query (API reference, 3.9 and 6).
#pragma once

#include <string>

#include "server/api/operation.hpp"
#include "server/api/read_page.hpp"
#include "server/api/read_request.hpp"

namespace millrace::api {

Result<ReadRequest> parse_query(expression::ExpressionCache& expressions, const json::Object& body);
Result<ReadResponse> execute_query(OperationContext& context, const ReadRequest& request);
void write_query(std::string& out, const ReadResponse& response);

}  // namespace millrace::api
