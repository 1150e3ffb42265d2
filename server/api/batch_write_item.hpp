// BatchWriteItem (API reference, 3.11). Everything is checked before the first write, and all writes happen: there is
// nothing here that could leave UnprocessedItems. A large batch is written in portions, between which others come in:
// it is not atomic on AWS either. A table that is dropped or changed meanwhile is checked again.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/api/consumed_capacity.hpp"
#include "server/api/operation.hpp"
#include "server/json/document.hpp"
#include "server/plan/item_write.hpp"

namespace millrace::api {

struct BatchWriteItemRequest {
  struct Table {
    model::TableReference table;
    std::vector<plan::ItemWrite> writes;  ///< puts and deletes
  };
  std::vector<Table> tables;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  bool wants_collection_metrics{false};
};

struct BatchWriteItemResponse {
  struct Collections {
    std::string table_name;              ///< as the request names it
    std::vector<std::string> keys_json;  ///< ItemCollectionKey of each item collection that was written to
  };
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  std::vector<plan::ConsumedCapacity> capacity;       ///< one per table
  std::vector<catalog::TablePointer> earlier_tables;  ///< keeps alive what the charges of earlier portions refer to
  std::vector<Collections> collections;               ///< of tables with local indexes, when asked for
};

Result<BatchWriteItemRequest> parse_batch_write_item(const json::Object& body);
Result<BatchWriteItemResponse> execute_batch_write_item(OperationContext& context,
                                                        const BatchWriteItemRequest& request);
void write_batch_write_item(std::string& out, const BatchWriteItemResponse& response);

}  // namespace millrace::api
