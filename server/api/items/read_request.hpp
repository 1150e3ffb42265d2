// What Query and Scan have in common: the request, checked in AWS's order up to the table lookup (API reference, 3.9).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/items/item_projection.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/expression/key_condition.hpp"
#include "server/expression/legacy.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"
#include "server/plan/page_read.hpp"

namespace millrace::api {

enum class ItemsRead : std::uint8_t { kQuery, kScan };

struct ReadRequest {
  model::TableReference table;
  OptionalText index_name;
  plan::PageRead read;
  expression::FilterParameter filter_parameter{expression::FilterParameter::kFilterExpression};
  std::optional<model::Item> exclusive_start_key;
  CapacityDetail capacity_detail{CapacityDetail::kNone};

  std::vector<expression::KeyTerm> key_terms;  ///< Query

  // Scan
  std::uint32_t segment{0};
  std::uint32_t total_segments{1};
};

/// Reads and checks everything that needs no table.
Result<ReadRequest> parse_items_read(ItemsRead read, expression::ExpressionCache& expressions,
                                     const json::Object& body);

}  // namespace millrace::api
