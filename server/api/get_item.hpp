// GetItem (API reference, 3.6). Every read is consistent here; ConsistentRead decides the capacity alone.
#pragma once

#include <optional>

#include "server/api/consumed_capacity.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/attribute_value.hpp"
#include "server/plan/item_projection.hpp"
#include "server/plan/item_read.hpp"

namespace millrace::api {

struct GetItemRequest {
  model::TableReference table;
  model::Item key;
  plan::ItemProjection projection;
  plan::Consistency consistency{plan::Consistency::kEventual};
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

/// What the gate was needed for.
struct FoundItem {
  catalog::TablePointer table;
  std::optional<storage::Row> row;
};

Result<GetItemRequest> parse_get_item(expression::ExpressionCache& expressions, const json::Object& body);
Result<plan::PreparedItemRead> prepare_get_item(const PrepareContext& context, const GetItemRequest& request);
StorageResult<FoundItem> read_get_item(const plan::ReadContext& context, const plan::PreparedItemRead& prepared,
                                       json::ObjectWriter& answer);
void finish_get_item(OperationContext& context, const GetItemRequest& request, FoundItem found,
                     json::ObjectWriter& answer);

}  // namespace millrace::api
