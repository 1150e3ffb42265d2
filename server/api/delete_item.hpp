// DeleteItem (API reference, 3.8).
#pragma once

#include <string>

#include "server/api/item_write_request.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_delete_item(expression::ExpressionCache& expressions, const json::Object& body);
Result<ItemWriteResponse> execute_delete_item(OperationContext& context, const ItemWriteRequest& request);
void write_delete_item(std::string& out, const ItemWriteResponse& response);

}  // namespace millrace::api
