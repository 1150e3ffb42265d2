// PutItem (API reference, 3.5).
#pragma once

#include <string>

#include "server/api/item_write_request.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_put_item(expression::ExpressionCache& expressions, const json::Object& body);
Result<ItemWriteResponse> execute_put_item(OperationContext& context, const ItemWriteRequest& request);
void write_put_item(std::string& out, const ItemWriteResponse& response);

}  // namespace millrace::api
