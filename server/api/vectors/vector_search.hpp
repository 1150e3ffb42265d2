// SearchVectors behind its request (API reference, 3.13): the nearest entries of a vector index, and their items.
//
// The gate is entered for looking alone: the vectors are compared outside it, in a snapshot, and the items that are
// found are read afterwards. What has changed meanwhile is told as it is then, score and all, or left out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/expression/search_condition.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/table_reference.hpp"
#include "server/plan/item_projection.hpp"

namespace millrace::api {

struct VectorSearchRequest {
  model::TableReference table;
  std::string index_name;
  model::AttributeValue vector;  ///< a list: of what is asked for no more than an index can have
  std::size_t dimensions{0};     ///< that are asked for
  std::size_t most{0};           ///< TopK
  bool has_condition{false};
  std::vector<expression::SearchTerm> terms;
  plan::ItemProjection projection;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

struct VectorSearchAnswer {
  struct Item {
    double score{0};
    std::string json;
  };
  std::vector<Item> items;  ///< the best first
  double searched_bytes{0};
};

/// Errors: table or index is not there, or cannot be searched; what does not fit the index. When context.wants_aside is
/// set, nothing has been done. Enters the gate by itself.
Result<VectorSearchAnswer> search_vectors(OperationContext& context, const VectorSearchRequest& request);

}  // namespace millrace::api
