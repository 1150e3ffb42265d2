#include "server/api/put_item.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_put_item(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_item_write(plan::ItemWrite::Kind::kPut, expressions, body);
}

}  // namespace millrace::api
