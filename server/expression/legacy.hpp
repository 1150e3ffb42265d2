// The parameters from before expressions: Expected, QueryFilter, ScanFilter, KeyConditions, AttributeUpdates and
// AttributesToGet. Checked with their own texts (API reference 5.8 to 5.11), then lowered to the same resolved forms as
// expressions, so that there is one evaluator.
//
// Whoever reads the request fills these structures; every AttributeValue in them is valid by itself already. The
// functions take them over, and what they return keeps them. Errors are bare texts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/key_condition.hpp"
#include "server/expression/projection.hpp"
#include "server/expression/update.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::expression {

enum class LegacyOperator : std::uint8_t {
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kNull,
  kNotNull,
  kContains,
  kNotContains,
  kBeginsWith,
  kIn,
  kBetween,
};
/// `EQ`, `NOT_NULL`, …
std::string_view to_text(LegacyOperator op);
std::optional<LegacyOperator> legacy_operator_from(std::string_view text);

enum class ConditionalOperator : std::uint8_t { kAnd, kOr };
std::optional<ConditionalOperator> conditional_operator_from(std::string_view text);

/// An entry of QueryFilter, ScanFilter or KeyConditions.
struct LegacyCondition {
  std::string attribute;
  LegacyOperator op{LegacyOperator::kEq};
  std::vector<model::AttributeValue> values;
};

/// An entry of Expected. An empty optional is an absent member.
struct ExpectedAttribute {
  std::string attribute;
  std::optional<model::AttributeValue> value;
  std::optional<bool> exists;
  std::optional<LegacyOperator> op;
  std::optional<std::vector<model::AttributeValue>> values;  ///< AttributeValueList
};

enum class LegacyAction : std::uint8_t { kPut, kAdd, kDelete };
std::optional<LegacyAction> legacy_action_from(std::string_view text);

/// An entry of AttributeUpdates.
struct AttributeUpdate {
  std::string attribute;
  LegacyAction action{LegacyAction::kPut};
  std::optional<model::AttributeValue> value;
};

/// ConditionalOperator needs two or more entries of Expected, QueryFilter or ScanFilter to join.
[[nodiscard]] Result<void> check_conditional_operator(std::optional<ConditionalOperator> given, std::size_t entries);

/// Expected: AND or OR of its entries. Precondition: at least one entry.
[[nodiscard]] Result<ResolvedCondition> resolve_expected(std::vector<ExpectedAttribute> expected,
                                                         ConditionalOperator join);

/// QueryFilter or ScanFilter. Precondition: at least one entry.
[[nodiscard]] Result<ResolvedCondition> resolve_filter(std::vector<LegacyCondition> filter, ConditionalOperator join);

/// KeyConditions: the terms for bind_key_condition().
[[nodiscard]] Result<std::vector<KeyTerm>> translate_key_conditions(std::vector<LegacyCondition> conditions);

/// AttributeUpdates; may be empty.
[[nodiscard]] Result<ResolvedUpdate> resolve_attribute_updates(std::vector<AttributeUpdate> updates);

/// AttributesToGet: top-level names, in which dots and brackets mean nothing special.
[[nodiscard]] Result<ResolvedProjection> resolve_attributes_to_get(std::span<const std::string> names);

}  // namespace millrace::expression
