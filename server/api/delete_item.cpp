#include "server/api/delete_item.hpp"

#include <utility>

#include "server/api/item_keys.hpp"
#include "server/api/item_store.hpp"
#include "server/api/table_catalog.hpp"

namespace millrace::api {

Result<ItemWriteRequest> parse_delete_item(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_item_write(ItemWrite::kDelete, expressions, body);
}

Result<ItemWriteResponse> execute_delete_item(OperationContext& context, const ItemWriteRequest& request) {
  TRY_ASSIGN(const auto table, context.services.tables.require(request.table));
  const auto& definition = table->definition;
  TRY_ASSIGN(const auto row_key, encode_request_key(definition.key_schema, request.item));
  const auto depth = request.condition ? ReadDepth::kParsed : ReadDepth::kRow;
  TRY_ASSIGN(auto stored, read_stored(context, definition.keyspace, row_key, depth));
  TRY(check_condition(context, request, stored));
  TRY_ASSIGN(auto written, write_change(context, {.table = table,
                                                  .row_key = row_key,
                                                  .key_attributes = request.item,
                                                  .old_row = stored.row_or_null(),
                                                  .old_item = stored.item_or_null()}));
  auto response = make_response(request, std::move(written.capacity), request.item);
  if (request.return_values == ReturnValues::kAllOld && stored.row) {
    response.attributes_json = std::move(stored.row->item_json);
  }
  return response;
}

void write_delete_item(std::string& out, const ItemWriteResponse& response) { write_item_write(out, response); }

}  // namespace millrace::api
