// What PutItem, UpdateItem and DeleteItem have in common: the request, checked in AWS's order up to the table lookup
// (API reference, 3.4), the condition, and the answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/api/capacity.hpp"
#include "server/api/operation.hpp"
#include "server/api/request_members.hpp"
#include "server/base/result.hpp"
#include "server/base/wording.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/expression_cache.hpp"
#include "server/expression/legacy.hpp"
#include "server/expression/placeholders.hpp"
#include "server/expression/update.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"
#include "server/storage/storage.hpp"

namespace millrace::api {

enum class ItemWrite : std::uint8_t { kPut, kUpdate, kDelete };

struct ItemWriteRequest {
  model::TableReference table;
  model::Item item;          ///< the new item of a put, the key of an update or deletion
  std::size_t item_size{0};  ///< of a put's item

  std::optional<expression::ResolvedCondition> condition;
  std::optional<expression::ResolvedUpdate> update;

  ReturnValues return_values{ReturnValues::kNone};
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  bool wants_collection_metrics{false};
  bool failure_shows_item{false};  ///< ReturnValuesOnConditionCheckFailure is ALL_OLD
};

/// Reads and checks everything that needs no table.
Result<ItemWriteRequest> parse_item_write(ItemWrite write, expression::ExpressionCache& expressions,
                                          const json::Object& body);

/// The stored item that a write meets, parsed only if somebody looks inside.
struct StoredItem {
  std::optional<storage::Row> row;
  std::optional<model::Item> item;

  [[nodiscard]] const storage::Row* row_or_null() const { return row ? &*row : nullptr; }
  [[nodiscard]] const model::Item* item_or_null() const { return item ? &*item : nullptr; }
};

enum class ReadDepth : std::uint8_t { kRow, kParsed };
Result<StoredItem> read_stored(OperationContext& context, model::KeyspaceId keyspace, std::string_view row_key,
                               ReadDepth depth);

/// Errors: ConditionalCheckFailedException when the request's condition does not hold for the stored item, which must
/// have been read kParsed if there is a condition.
Result<void> check_condition(const OperationContext& context, const ItemWriteRequest& request,
                             const StoredItem& stored);

/// Evaluates a condition that costs much outside the gate, for check_condition() to use if the row is still the same
/// then. What is wrong with the request is left to the write.
void judge_ahead(ItemWrite write, OperationContext& context, const ItemWriteRequest& request);
/// The same as a step of an operation.
template <ItemWrite kWrite>
void judge_ahead_of(OperationContext& context, const ItemWriteRequest& request) {
  judge_ahead(kWrite, context, request);
}

struct ItemWriteResponse {
  std::string attributes_json;  ///< empty: the answer has no Attributes
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  ConsumedCapacity capacity;
  std::string collection_key_json;  ///< empty: the answer has no ItemCollectionMetrics
};

/// A response with everything but Attributes. `key_attributes` holds at least the hash key.
ItemWriteResponse make_response(const ItemWriteRequest& request, ConsumedCapacity capacity,
                                const model::Item& key_attributes);

void write_item_write(std::string& out, const ItemWriteResponse& response);

/// Appends the ItemCollectionMetrics structure for the item collection with this hash key.
void append_collection_metrics(std::string& out, std::string_view collection_key_json);
/// The ItemCollectionKey of an item: its hash key as JSON.
std::string collection_key_json(const model::KeySchema& schema, const model::Item& key_attributes);

}  // namespace millrace::api
