// What Query and Scan have in common: the request, checked in AWS's order up to the table lookup (API reference, 3.9).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/consumed_capacity.hpp"
#include "server/api/item_projection.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/expression_cache.hpp"
#include "server/expression/key_condition.hpp"
#include "server/expression/legacy.hpp"
#include "server/expression/placeholders.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"
#include "server/storage/storage.hpp"

namespace millrace::api {

enum class ItemsRead : std::uint8_t { kQuery, kScan };

enum class Select : std::uint8_t { kAllAttributes, kAllProjectedAttributes, kSpecificAttributes, kCount };

struct ReadRequest {
  model::TableReference table;
  OptionalText index_name;
  std::optional<Select> select;
  ItemProjection projection;
  std::optional<expression::ResolvedCondition> filter;
  expression::FilterParameter filter_parameter{expression::FilterParameter::kFilterExpression};
  std::optional<std::size_t> limit;
  std::optional<model::Item> exclusive_start_key;
  plan::Consistency consistency{plan::Consistency::kEventual};
  CapacityDetail capacity_detail{CapacityDetail::kNone};

  // Query
  std::vector<expression::KeyTerm> key_terms;
  storage::Direction direction{storage::Direction::kAscending};

  // Scan
  std::uint32_t segment{0};
  std::uint32_t total_segments{1};
};

/// Reads and checks everything that needs no table.
Result<ReadRequest> parse_items_read(ItemsRead read, expression::ExpressionCache& expressions,
                                     const json::Object& body);

}  // namespace millrace::api
