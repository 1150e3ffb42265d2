// UpdateItem (API reference, 3.7 and 5.6).
#pragma once

#include <string>

#include "server/api/item_write_request.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_update_item(expression::ExpressionCache& expressions, const json::Object& body);
Result<ItemWriteResponse> execute_update_item(OperationContext& context, const ItemWriteRequest& request);
void write_update_item(std::string& out, const ItemWriteResponse& response);

}  // namespace millrace::api
