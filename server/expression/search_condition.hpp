// Conditions of SearchVectors: `=` on attributes of a vector index, joined by AND (API reference, 3.13).
#pragma once

#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/condition.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::expression {

struct SearchTerm {
  std::string attribute;
  model::AttributeValue value;
};

/// Takes a resolved SearchConditionExpression apart, each attribute once. Errors: what such an expression may not say.
[[nodiscard]] Result<std::vector<SearchTerm>> translate_search_condition(const ResolvedCondition& condition);

}  // namespace millrace::expression
