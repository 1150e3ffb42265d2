// Key conditions of Query, in two steps, because AWS reports other errors in between (API reference, 3.9):
// translate_key_condition() needs no table, bind_key_condition() checks against the keys of the table or index.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/condition.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/key_schema.hpp"

namespace millrace::expression {

enum class KeyOperator : std::uint8_t {
  kEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kBeginsWith,
  kNotIndexable,  ///< legacy KeyConditions only: NE, IN, NULL, CONTAINS, …; bind_key_condition() refuses it
};

/// One condition of the request: attribute, operator, one value or (kBetween) two.
struct KeyTerm {
  std::string attribute;
  KeyOperator op{KeyOperator::kEqual};
  std::array<std::optional<model::AttributeValue>, 2> values{};
};

/// Takes a resolved KeyConditionExpression apart; `:v < key` becomes `key > :v`.
/// Errors: what such an expression may not say ("Invalid operator used in KeyConditionExpression: OR", …).
[[nodiscard]] Result<std::vector<KeyTerm>> translate_key_condition(const ResolvedCondition& condition);

/// The term that one condition is by itself: empty if it is none, or several. `bindings` are those of its AST.
[[nodiscard]] std::optional<KeyTerm> key_term_of(const Condition& condition, const Bindings& bindings);

/// The condition on the sort key. `second` is the upper bound of kBetween.
struct RangeCondition {
  std::string attribute;
  KeyOperator op{KeyOperator::kEqual};
  model::AttributeValue first;
  model::AttributeValue second;
};

/// What a Query asks of the keys: equal hash attributes, then equal leading range attributes (only indexes with
/// several), then at most one condition on the next. Owns its values.
struct KeyCondition {
  model::Item hash;                   ///< every hash attribute with its value
  std::vector<RangeCondition> range;  ///< in the order of the key schema; all but the last are kEqual
};

/// Checks the terms against a key: missing or foreign attributes, operators, types, empty values (3.9, 6.6).
[[nodiscard]] Result<KeyCondition> bind_key_condition(std::span<const KeyTerm> terms, const model::KeySchema& schema);

/// Whether an item (or just its key) lies in the partition that the condition asks for.
[[nodiscard]] bool hash_matches(const KeyCondition& condition, const model::Item& item);
/// Whether it satisfies the conditions on the sort key; true when there are none.
[[nodiscard]] bool range_matches(const KeyCondition& condition, const model::Item& item);

}  // namespace millrace::expression
