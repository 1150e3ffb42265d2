// The request of PutItem, UpdateItem and DeleteItem, checked in AWS's order up to the table lookup (API
// reference, 3.4).
#pragma once

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/items/request_members.hpp"
#include "server/base/result.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/json/document.hpp"
#include "server/model/table_reference.hpp"
#include "server/plan/item_write.hpp"

namespace millrace::api {

struct ItemWriteRequest {
  model::TableReference table;
  plan::ItemWrite write;

  // What the answer tells.
  ReturnValues return_values{ReturnValues::kNone};
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  bool wants_collection_metrics{false};
};

/// Reads and checks everything that needs no table.
Result<ItemWriteRequest> parse_item_write(plan::ItemWrite::Kind kind, expression::ExpressionCache& expressions,
                                          const json::Object& body);

}  // namespace millrace::api
