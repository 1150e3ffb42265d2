#include "server/expression/legacy_checks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/expression/terms/value_order.hpp"

namespace millrace::expression {
namespace {

using model::AttributeType;
using model::AttributeValue;

// In the order of LegacyOperator.
constexpr std::array<std::string_view, 13> kOperatorNames{
    "EQ", "NE", "LT", "LE", "GT", "GE", "NULL", "NOT_NULL", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "IN", "BETWEEN"};

bool takes_count(LegacyOperator op, std::size_t count) {
  switch (op) {
    case LegacyOperator::kNull:
    case LegacyOperator::kNotNull: return count == 0;
    case LegacyOperator::kBetween: return count == 2;
    case LegacyOperator::kIn: return count >= 1;
    default: return count == 1;
  }
}

bool takes_type(LegacyOperator op, AttributeType type) {
  if (op == LegacyOperator::kEq || op == LegacyOperator::kNe) return true;
  if (type == AttributeType::kN) return op != LegacyOperator::kBeginsWith;
  return type == AttributeType::kS || type == AttributeType::kB;
}

template <class Enum, std::size_t kCount>
std::optional<Enum> value_named(const std::array<std::pair<std::string_view, Enum>, kCount>& names,
                                std::string_view text) {
  const auto found = std::find_if(names.begin(), names.end(), [text](const auto& row) { return row.first == text; });
  if (found == names.end()) return std::nullopt;
  return found->second;
}

ApiError for_attribute(std::string_view problem, std::string_view attribute) {
  return base::invalid_parameter_values(std::string{problem}.append(" for Attribute: ").append(attribute));
}

}  // namespace

std::string_view to_text(LegacyOperator op) { return kOperatorNames[static_cast<std::size_t>(op)]; }

std::optional<LegacyOperator> legacy_operator_from(std::string_view text) {
  const auto found = std::find(kOperatorNames.begin(), kOperatorNames.end(), text);
  if (found == kOperatorNames.end()) return std::nullopt;
  return static_cast<LegacyOperator>(found - kOperatorNames.begin());
}

std::optional<ConditionalOperator> conditional_operator_from(std::string_view text) {
  return value_named(
      std::array<std::pair<std::string_view, ConditionalOperator>, 2>{
          {{"AND", ConditionalOperator::kAnd}, {"OR", ConditionalOperator::kOr}}},
      text);
}

std::optional<LegacyAction> legacy_action_from(std::string_view text) {
  return value_named(
      std::array<std::pair<std::string_view, LegacyAction>, 3>{
          {{"PUT", LegacyAction::kPut}, {"ADD", LegacyAction::kAdd}, {"DELETE", LegacyAction::kDelete}}},
      text);
}

Result<void> check_conditional_operator(std::optional<ConditionalOperator> given, std::size_t entries) {
  if (!given || entries > 1) return {};
  return base::validation_error(
      entries == 0 ? "ConditionalOperator cannot be used without Filter or Expected"
                   : "ConditionalOperator can only be used when Filter or Expected has two or more elements");
}

Result<void> check_arguments(LegacyOperator op, std::span<const AttributeValue> values) {
  if (!takes_count(op, values.size())) {
    return base::invalid_parameter_values(
        std::string{"Invalid number of argument(s) for the "}.append(to_text(op)).append(" ComparisonOperator"));
  }
  for (const auto& value : values) {
    if (value.type() == values.front().type()) continue;
    return base::invalid_parameter_values("AttributeValues inside AttributeValueList must be of same type");
  }
  if (!values.empty() && !takes_type(op, values.front().type())) {
    return base::invalid_parameter_values(std::string{"ComparisonOperator "}
                                              .append(to_text(op))
                                              .append(" is not valid for ")
                                              .append(model::type_name(values.front().type()))
                                              .append(" AttributeValue type"));
  }
  if (op == LegacyOperator::kBetween && order_of(values[0], values[1]) == std::strong_ordering::greater) {
    return base::validation_error(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
  }
  return {};
}

std::span<const AttributeValue> values_of(const ExpectedAttribute& expected) {
  if (expected.values) return *expected.values;
  if (expected.value) return {&*expected.value, 1};
  return {};
}

Result<void> check_expected(const ExpectedAttribute& expected) {
  const std::string& name = expected.attribute;
  if (expected.value && expected.values) {
    return for_attribute("Value and AttributeValueList cannot be used together", name);
  }
  if (expected.op) {
    if (expected.exists) return for_attribute("Exists and ComparisonOperator cannot be used together", name);
    const bool needs_value = *expected.op != LegacyOperator::kNull && *expected.op != LegacyOperator::kNotNull;
    if (needs_value && !expected.value && !expected.values) {
      return for_attribute(std::string{"Value or AttributeValueList must be used with ComparisonOperator: "}.append(
                               to_text(*expected.op)),
                           name);
    }
    return check_arguments(*expected.op, values_of(expected));
  }
  if (expected.values) return for_attribute("AttributeValueList can only be used with a ComparisonOperator", name);
  if (expected.exists.value_or(true)) {
    if (expected.value) return {};
    return for_attribute(
        expected.exists ? "Value must be provided when Exists is true" : "Value must be provided when Exists is null",
        name);
  }
  if (expected.value) return for_attribute("Value cannot be used when Exists is false", name);
  return {};
}

}  // namespace millrace::expression
