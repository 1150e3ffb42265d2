#include "server/api/items/item_write.hpp"

#include <optional>
#include <utility>

#include "server/json/attribute_value_json.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

std::string touched_json(const plan::ItemWrite& write, const model::Item* item) {
  if (item == nullptr || !write.update) return {};
  const auto touched = expression::touched_attributes(*write.update, *item);
  return touched.empty() ? std::string{} : json::to_json(touched);
}

}  // namespace

std::string shown_attributes(ReturnValues return_values, plan::PreparedWrite& prepared) {
  const auto& before = prepared.before();
  switch (return_values) {
    case ReturnValues::kNone: return {};
    case ReturnValues::kAllOld: return prepared.take_before_json();
    case ReturnValues::kAllNew: return prepared.take_after_json();
    case ReturnValues::kUpdatedOld: return touched_json(prepared.write(), before.item ? &*before.item : nullptr);
    case ReturnValues::kUpdatedNew: return touched_json(prepared.write(), prepared.after());
  }
  return {};
}

Result<std::optional<storage::Row>> peek(OperationContext& context, const model::TableReference& table,
                                         const plan::ItemWrite& write) {
  const auto entry = context.services.gate.enter(storage::Access::kRead);
  TRY_ASSIGN(const auto found, context.tables().require(table));
  TRY_ASSIGN(const auto row_key, plan::locate(*found, write));
  TRY_ASSIGN(auto row, context.services.gate.storage().read_row(found->definition.keyspace, row_key));
  return row;
}

void judge(OperationContext& context, storage::Row row, const plan::ItemWrite& write) {
  auto item = json::read_stored_item(context.stored_parser, row.item_json);
  const bool holds = !write.condition || expression::evaluate(*write.condition, &item);
  context.judgements.push_back({std::move(row.item_json), std::move(item), holds});
}

void judge_ahead(OperationContext& context, const ItemWriteRequest& request) {
  judge_write_ahead(context, request.table, request.write);
}

void judge_write_ahead(OperationContext& context, const model::TableReference& table, const plan::ItemWrite& write) {
  const auto& condition = write.condition;
  if (!condition) return;
  const std::size_t looks = expression::operators_of(*condition);
  // May be evaluated in the gate, whatever the item: the row is not read twice for them.
  constexpr std::size_t kFew = 15;
  if (looks <= kFew) return;
  auto row = peek(context, table, write);
  if (row.has_error() || !*row || !is_long_work((*row)->item_size, looks)) return;
  if (context.lane == Lane::kIo) {
    context.wants_aside = true;
    return;
  }
  judge(context, **std::move(row), write);
}

Result<plan::PreparedWrite> prepare_item_write(const PrepareContext& context, const ItemWriteRequest& request) {
  TRY_ASSIGN(auto table, context.tables.require(request.table));
  return plan::prepare(context.read, std::move(table), request.write);
}

StorageResult<ItemWriteResponse> apply_item_write(const plan::WriteContext& context, const ItemWriteRequest& request,
                                                  plan::PreparedWrite prepared) {
  auto capacity = plan::apply(context, prepared);
  if (capacity.has_error()) return capacity.error();
  ItemWriteResponse response;
  response.attributes_json = shown_attributes(request.return_values, prepared);
  const auto& table = *prepared.table();
  if (request.wants_collection_metrics && table.has_local_index) {
    response.collection_key_json = collection_key_json(table.definition.key_schema, request.write.item());
  }
  response.capacity_detail = request.capacity_detail;
  response.capacity = *std::move(capacity);
  return response;
}

std::string collection_key_json(const model::KeySchema& schema, const model::Item& key_attributes) {
  return json::to_json(model::key_of(model::KeySchema{schema.hash, {}}, key_attributes));
}

void append_collection_metrics(std::string& out, std::string_view collection_key) {
  json::ObjectWriter writer{out};
  writer.raw("ItemCollectionKey", collection_key);
  writer.raw("SizeEstimateRangeGB", "[0.0,1.0]");
  writer.finish();
}

void write_item_write(std::string& out, const ItemWriteResponse& response) {
  json::ObjectWriter writer{out};
  if (!response.attributes_json.empty()) writer.raw("Attributes", response.attributes_json);
  write_consumed_capacity(writer, response.capacity_detail, response.capacity);
  if (!response.collection_key_json.empty()) {
    append_collection_metrics(writer.key("ItemCollectionMetrics"), response.collection_key_json);
  }
  writer.finish();
}

}  // namespace millrace::api
