// PutItem, UpdateItem and DeleteItem behind their requests: the two halves of the plan, and the answer.
#pragma once

#include <string>
#include <string_view>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/items/item_write_request.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/plan/item_write.hpp"

namespace millrace::api {

struct ItemWriteResponse {
  std::string attributes_json;  ///< empty: the answer has no Attributes
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  plan::ConsumedCapacity capacity;
  std::string collection_key_json;  ///< empty: the answer has no ItemCollectionMetrics
};

/// The row that a write is about, as it is now; empty when there is none. In an entry into the gate of its own. Errors:
/// those of the write, which comes to them again.
Result<std::optional<storage::Row>> peek(OperationContext& context, const model::TableReference& table,
                                         const plan::ItemWrite& write);
/// Looks into the row outside the gate, for the write to use if it is still the same then.
void judge(OperationContext& context, storage::Row row, const plan::ItemWrite& write);

/// Before the write: evaluates a condition that costs much outside the gate, for prepare_item_write() to use if the row
/// is still the same then. What is wrong with the request is left to the write.
void judge_ahead(OperationContext& context, const ItemWriteRequest& request);
/// The same of a write that no request words.
void judge_write_ahead(OperationContext& context, const model::TableReference& table, const plan::ItemWrite& write);

/// What ReturnValues shows of a write, as JSON; empty for nothing. Takes it out of `prepared`, which is applied.
std::string shown_attributes(ReturnValues return_values, plan::PreparedWrite& prepared);

Result<plan::PreparedWrite> prepare_item_write(const PrepareContext& context, const ItemWriteRequest& request);
StorageResult<ItemWriteResponse> apply_item_write(const plan::WriteContext& context, const ItemWriteRequest& request,
                                                  plan::PreparedWrite prepared);
void write_item_write(std::string& out, const ItemWriteResponse& response);

template <plan::ItemWrite::Kind kKind>
Result<ItemWriteRequest> parse_item_write_of(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_item_write(kKind, expressions, body);
}
/// Operation::run of the three.
template <plan::ItemWrite::Kind kKind>
inline constexpr auto run_item_write =
    run_plan<parse_item_write_of<kKind>, judge_ahead, prepare_item_write, apply_item_write, write_item_write>;

/// Appends the ItemCollectionMetrics structure for the item collection with this hash key.
void append_collection_metrics(std::string& out, std::string_view collection_key_json);
/// The ItemCollectionKey of an item: its hash key as JSON.
std::string collection_key_json(const model::KeySchema& schema, const model::Item& key_attributes);

}  // namespace millrace::api
