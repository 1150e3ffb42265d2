// DeleteItem (API reference, 3.8). Behind its request: api/item_write.hpp.
#pragma once

#include "server/api/item_write_request.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_delete_item(expression::ExpressionCache& expressions, const json::Object& body);

}  // namespace millrace::api
