// Conditions: static checks against the values of a request, then evaluation against items.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/key_schema.hpp"

namespace millrace::expression {

/// A condition that is ready to be evaluated. A value of its own: it keeps what it was resolved with.
struct ResolvedCondition {
  std::shared_ptr<const ConditionAst> ast;
  Bindings bindings;
};

/// Binds the placeholders of `ast` and checks what AWS checks before it looks at the table, condition by condition from
/// left to right: undefined placeholders, number of operands, distinct operands, operand types (API reference 5.3).
[[nodiscard]] Result<ResolvedCondition> resolve_condition(std::shared_ptr<const ConditionAst> ast,
                                                          Placeholders& placeholders);
/// The same of an AST without placeholders, the values of whose slots are known: that of a statement.
[[nodiscard]] Result<ResolvedCondition> resolve_condition(std::shared_ptr<const ConditionAst> ast, Bindings bound);

/// Whether the condition holds for `item`; null is an item that does not exist. Pure; never fails (reference 5.5).
[[nodiscard]] bool evaluate(const ResolvedCondition& condition, const model::Item* item);

/// Comparisons and function calls that one evaluation makes at most, IN counted by its operands: a measure of its cost,
/// each may have to go through the whole item.
[[nodiscard]] std::size_t operators_of(const ResolvedCondition& condition);

/// Every path the condition mentions, in the order of the text. Valid while `condition` stays in place.
[[nodiscard]] std::vector<BoundPath> paths_of(const ResolvedCondition& condition);

/// The attributes those paths begin in, each once, in the order of the text.
[[nodiscard]] std::vector<std::string_view> top_level_attributes(const ResolvedCondition& condition);

enum class FilterParameter : std::uint8_t { kFilterExpression, kQueryFilter };

/// Query's rule that a filter may not name a key of the queried table or index (reference 3.9).
[[nodiscard]] Result<void> check_filters_no_key(const ResolvedCondition& filter, const model::KeySchema& queried,
                                                FilterParameter parameter);

}  // namespace millrace::expression
