// Scan (API reference, 3.10): rows in the order of the hash that leads every row key, which is also what segments share
// out.
#pragma once

#include <string>

#include "server/api/operation.hpp"
#include "server/api/read_page.hpp"
#include "server/api/read_request.hpp"

namespace millrace::api {

Result<ReadRequest> parse_scan(expression::ExpressionCache& expressions, const json::Object& body);
Result<ReadResponse> execute_scan(OperationContext& context, const ReadRequest& request);
void write_scan(std::string& out, const ReadResponse& response);

}  // namespace millrace::api
