// BatchGetItem (API reference, 3.11).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/api/consumed_capacity.hpp"
#include "server/api/operation.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"
#include "server/plan/item_projection.hpp"

namespace millrace::api {

struct BatchGetItemRequest {
  struct Table {
    model::TableReference table;
    std::vector<model::Item> keys;
    plan::ItemProjection projection;
    plan::Consistency consistency{plan::Consistency::kEventual};
    /// The members of KeysAndAttributes but `Keys`, as JSON: UnprocessedKeys repeats them.
    std::string settings_json;
  };
  std::vector<Table> tables;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

struct BatchGetItemResponse {
  struct Table {
    std::string name;               ///< as the request names it
    std::vector<std::string> rows;  ///< what was found, as stored; until finish_batch_get_item()
    std::string items_json;         ///< the JSON array of what is shown of it
    std::string unprocessed_json;   ///< KeysAndAttributes of what did not fit; empty when everything did
  };
  std::vector<Table> tables;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  std::vector<plan::ConsumedCapacity> capacity;
};

Result<BatchGetItemRequest> parse_batch_get_item(expression::ExpressionCache& expressions, const json::Object& body);
Result<BatchGetItemResponse> execute_batch_get_item(OperationContext& context, const BatchGetItemRequest& request);
/// Projects and joins what was found, outside the gate.
Result<void> finish_batch_get_item(OperationContext& context, const BatchGetItemRequest& request,
                                   BatchGetItemResponse& response);
void write_batch_get_item(std::string& out, const BatchGetItemResponse& response);

}  // namespace millrace::api
