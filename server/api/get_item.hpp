// GetItem (API reference, 3.6). Every read is consistent here; ConsistentRead decides the capacity alone.
#pragma once

#include <string>

#include "server/api/consumed_capacity.hpp"
#include "server/api/item_projection.hpp"
#include "server/api/operation.hpp"
#include "server/expression/placeholders.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::api {

struct GetItemRequest {
  model::TableReference table;
  model::Item key;
  ItemProjection projection;
  plan::Consistency consistency{plan::Consistency::kEventual};
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

struct GetItemResponse {
  std::string item_json;  ///< empty when there is no such item
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  plan::ConsumedCapacity capacity;
};

Result<GetItemRequest> parse_get_item(expression::ExpressionCache& expressions, const json::Object& body);
Result<GetItemResponse> execute_get_item(OperationContext& context, const GetItemRequest& request);
void write_get_item(std::string& out, const GetItemResponse& response);

}  // namespace millrace::api
