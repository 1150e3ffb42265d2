#include "server/api/update_item.hpp"

#include <utility>

#include "server/api/item_keys.hpp"
#include "server/api/item_store.hpp"
#include "server/api/table_catalog.hpp"
#include "server/json/attribute_value_json.hpp"

namespace millrace::api {
namespace {

bool has_actions(const ItemWriteRequest& request) { return request.update && !request.update->ast->actions.empty(); }

/// What the schema forbids before the item is read.
Result<void> check_targets(const ItemWriteRequest& request, const model::TableDefinition& table) {
  if (!has_actions(request)) return {};
  const auto& update = *request.update;
  TRY(expression::check_key_targets(update, table.key_schema));
  for (const auto& index : table.indexes) {
    TRY(expression::check_index_key_targets(update, index.key_schema));
    for (const auto* part : {&index.key_schema.hash, &index.key_schema.range}) {
      for (const auto& attribute : *part) {
        const auto* literal = expression::literal_assigned_to(update, attribute.name);
        if (literal != nullptr) TRY(check_index_key_type(index, attribute, *literal));
      }
    }
  }
  return {};
}

Result<void> check_size(bool fits) {
  if (fits) return {};
  return base::validation_error("Item size to update has exceeded the maximum allowed size");
}

/// The item after the update, checked. `before` is the stored item, or the key of one that does not exist.
Result<model::Item> updated_item(const ItemWriteRequest& request, const model::TableDefinition& table,
                                 const model::Item& before, expression::ItemState state) {
  if (!has_actions(request)) return before;
  TRY_ASSIGN(auto after, expression::apply(*request.update, before, state, kMaxItemBytes));
  TRY(check_updated_index_keys(table, before, after));
  if (auto nested = expression::check_nesting(after); nested.has_error()) {
    return base::in_wording(Wording::kEnveloped, std::move(nested).error());
  }
  return after;
}

std::string touched_json(const ItemWriteRequest& request, const model::Item& item) {
  if (!has_actions(request)) return {};
  const auto touched = expression::touched_attributes(*request.update, item);
  return touched.empty() ? std::string{} : json::to_json(touched);
}

/// Attributes of the answer. Takes what it shows out of `stored`.
std::string attributes_json(const ItemWriteRequest& request, StoredItem& stored, const model::Item& after,
                            std::string new_json) {
  switch (request.return_values) {
    case ReturnValues::kNone: return {};
    case ReturnValues::kAllOld: return stored.row ? std::move(stored.row->item_json) : std::string{};
    case ReturnValues::kAllNew: return new_json;
    case ReturnValues::kUpdatedOld: return stored.item ? touched_json(request, *stored.item) : std::string{};
    case ReturnValues::kUpdatedNew: return touched_json(request, after);
  }
  return {};
}

/// REMOVE and DELETE alone do not make an item (3.7).
bool creates_nothing(const ItemWriteRequest& request, const StoredItem& stored) {
  return !stored.row && has_actions(request) && request.update->is_delete_only();
}

}  // namespace

Result<ItemWriteRequest> parse_update_item(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_item_write(ItemWrite::kUpdate, expressions, body);
}

Result<ItemWriteResponse> execute_update_item(OperationContext& context, const ItemWriteRequest& request) {
  TRY_ASSIGN(const auto table, context.services.tables.require(request.table));
  const auto& definition = table->definition;
  TRY_ASSIGN(const auto row_key, encode_request_key(definition.key_schema, request.item));
  TRY(check_targets(request, definition));
  if (request.update) TRY(check_size(expression::is_statement_within(*request.update, kMaxItemBytes)));
  TRY_ASSIGN(auto stored, read_stored(context, definition.keyspace, row_key, ReadDepth::kParsed));
  TRY(check_condition(context, request, stored));

  if (creates_nothing(request, stored)) {
    TRY_ASSIGN(auto written,
               write_change(context, {.table = table, .row_key = row_key, .key_attributes = request.item}));
    return make_response(request, std::move(written.capacity), request.item);
  }
  const auto state = stored.item ? expression::ItemState::kExists : expression::ItemState::kMissing;
  const auto& before = stored.item ? *stored.item : request.item;
  TRY_ASSIGN(const auto after, updated_item(request, definition, before, state));
  const auto new_size = model::size_of(after);
  TRY(check_size(new_size <= kMaxItemBytes));
  TRY_ASSIGN(auto written, write_change(context, {.table = table,
                                                  .row_key = row_key,
                                                  .key_attributes = request.item,
                                                  .old_row = stored.row_or_null(),
                                                  .old_item = stored.item_or_null(),
                                                  .new_item = &after,
                                                  .new_size = new_size}));
  auto response = make_response(request, std::move(written.capacity), request.item);
  response.attributes_json = attributes_json(request, stored, after, std::move(written.new_json));
  return response;
}

void write_update_item(std::string& out, const ItemWriteResponse& response) { write_item_write(out, response); }

}  // namespace millrace::api
