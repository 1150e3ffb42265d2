#include "server/api/delete_item.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_delete_item(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_item_write(plan::ItemWrite::Kind::kDelete, expressions, body);
}

}  // namespace millrace::api
