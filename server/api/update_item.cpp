#include "server/api/update_item.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_update_item(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_item_write(plan::ItemWrite::Kind::kUpdate, expressions, body);
}

}  // namespace millrace::api
