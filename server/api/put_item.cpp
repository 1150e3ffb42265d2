#include "server/api/put_item.hpp"

#include <utility>

#include "server/api/item_keys.hpp"
#include "server/api/item_store.hpp"
#include "server/api/table_catalog.hpp"

namespace millrace::api {
namespace {

bool needs_old_item(const ItemWriteRequest& request) {
  return request.condition || request.return_values != ReturnValues::kNone ||
         request.capacity_detail != CapacityDetail::kNone;
}

}  // namespace

Result<ItemWriteRequest> parse_put_item(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_item_write(ItemWrite::kPut, expressions, body);
}

Result<ItemWriteResponse> execute_put_item(OperationContext& context, const ItemWriteRequest& request) {
  TRY_ASSIGN(const auto table, context.services.tables.require(request.table));
  const auto& definition = table->definition;
  TRY_ASSIGN(const auto row_key, encode_item_key(definition.key_schema, request.item));
  TRY(check_index_keys(definition, request.item));
  if (!needs_old_item(request) && may_write_blind(*table)) {
    TRY(write_blind(context, *table, row_key, request.item, request.item_size));
    return ItemWriteResponse{};
  }

  const auto depth = request.condition ? ReadDepth::kParsed : ReadDepth::kRow;
  TRY_ASSIGN(auto stored, read_stored(context, definition.keyspace, row_key, depth));
  TRY(check_condition(context, request, stored));
  TRY_ASSIGN(auto written, write_change(context, {.table = table,
                                                  .row_key = row_key,
                                                  .key_attributes = request.item,
                                                  .old_row = stored.row_or_null(),
                                                  .old_item = stored.item_or_null(),
                                                  .new_item = &request.item,
                                                  .new_size = request.item_size}));
  auto response = make_response(request, std::move(written.capacity), request.item);
  if (request.return_values == ReturnValues::kAllOld && stored.row) {
    response.attributes_json = std::move(stored.row->item_json);
  }
  return response;
}

void write_put_item(std::string& out, const ItemWriteResponse& response) { write_item_write(out, response); }

}  // namespace millrace::api
