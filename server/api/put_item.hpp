// PutItem (API reference, 3.5). Behind its request: api/item_write.hpp.
#pragma once

#include "server/api/item_write_request.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_put_item(expression::ExpressionCache& expressions, const json::Object& body);

}  // namespace millrace::api
