// UpdateItem (API reference, 3.7 and 5.6). Behind its request: api/item_write.hpp.
#pragma once

#include "server/api/item_write_request.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_update_item(expression::ExpressionCache& expressions, const json::Object& body);

}  // namespace millrace::api
