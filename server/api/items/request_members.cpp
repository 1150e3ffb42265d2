#include "server/api/items/request_members.hpp"

#include <algorithm>
#include <utility>

#include "server/api/members/item_members.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/model/attribute_name.hpp"

namespace millrace::api {
namespace {

using expression::AttributeNames;

std::optional<json::Element> find_member(const json::Object& body, std::string_view name) {
  json::Element element;
  if (body.at_key(name).get(element) != simdjson::SUCCESS || element.is_null()) return std::nullopt;
  return element;
}

/// Entries of ExpressionAttributeNames or Values that are read. The expressions of a request, 4 KB each, cannot mention
/// half as many, so whatever follows, one of those read is unused.
constexpr std::size_t kMostPlaceholders = 8192;

/// The pairs of ExpressionAttributeNames. Whatever is not a map of strings goes to the reader for its error text.
std::optional<AttributeNames> read_name_pairs(json::ObjectReader& in) {
  constexpr std::string_view kMember = "ExpressionAttributeNames";
  if (in.failed()) return std::nullopt;
  const auto element = find_member(in.object(), kMember);
  if (!element) return std::nullopt;
  json::Object object;
  if (element->get(object) == simdjson::SUCCESS) {
    AttributeNames names;
    names.reserve(std::min(object.size(), kMostPlaceholders));
    bool all_texts = true;
    for (const auto& [placeholder, value] : object) {
      if (names.size() == kMostPlaceholders) break;
      std::string_view name;
      if (value.is_null()) continue;
      if (value.get(name) != simdjson::SUCCESS) {
        all_texts = false;
        break;
      }
      names.emplace_back(placeholder, name);
    }
    if (all_texts) return names;
  }
  static_cast<void>(in.string_map(kMember));
  return std::nullopt;
}

void keep_first(std::optional<json::ValueError>& kept, const std::optional<json::ValueError>& next) {
  if (!kept && next) kept = next;
}

void keep_first_bad_name(std::optional<json::ValueError>& kept, std::string_view attribute) {
  if (kept) return;
  if (auto checked = model::check_attribute_name(attribute); checked.has_error()) {
    kept = json::bad_attribute_name(std::move(checked).error().message);
  }
}

std::vector<model::AttributeValue> take_values(std::vector<json::ValueInput>& inputs,
                                               std::optional<json::ValueError>& value_error) {
  std::vector<model::AttributeValue> values;
  values.reserve(inputs.size());
  for (auto& input : inputs) {
    keep_first(value_error, input.value_error);
    values.push_back(std::move(input.value));
  }
  return values;
}

void check_comparison_operator(validation::Constraints& constraints, const std::string& entry, OptionalText text) {
  constraints.one_of(entry + ".member.comparisonOperator", text, of_items::kComparisonOperators);
}

}  // namespace

void check_return_consumed_capacity(validation::Constraints& constraints, OptionalText text) {
  constraints.one_of("returnConsumedCapacity", text, of_items::kCapacityDetails);
}

CapacityDetail capacity_detail_from(OptionalText text) {
  if (text == "INDEXES") return CapacityDetail::kIndexes;
  if (text == "TOTAL") return CapacityDetail::kTotal;
  return CapacityDetail::kNone;
}

void check_conditional_operator(validation::Constraints& constraints, OptionalText text) {
  constraints.one_of("conditionalOperator", text, of_items::kConditionalOperators);
}

ReturnValues return_values_from(OptionalText text) {
  if (text == "ALL_OLD") return ReturnValues::kAllOld;
  if (text == "UPDATED_OLD") return ReturnValues::kUpdatedOld;
  if (text == "ALL_NEW") return ReturnValues::kAllNew;
  if (text == "UPDATED_NEW") return ReturnValues::kUpdatedNew;
  return ReturnValues::kNone;
}

Result<void> PlaceholdersInput::check(Wording wording) const {
  if (auto checked = placeholders.check(); checked.has_error()) {
    return base::in_wording(wording, std::move(checked).error());
  }
  if (value_error) return value_error->in_expression_values(wording, invalid_placeholder);
  return {};
}

PlaceholdersInput read_placeholders(json::ObjectReader& in) {
  auto names = read_name_pairs(in);
  auto values = in.expression_values("ExpressionAttributeValues", kMostPlaceholders);
  if (!values) return {expression::Placeholders{std::move(names), std::nullopt}, std::nullopt, {}};
  return {expression::Placeholders{std::move(names), std::move(values->values)}, std::move(values->value_error),
          std::move(values->invalid_placeholder)};
}

expression::Placeholders read_names(json::ObjectReader& in) {
  return expression::Placeholders{read_name_pairs(in), std::nullopt};
}

std::optional<LegacyConditions> read_legacy_conditions(json::ObjectReader& in, std::string_view member) {
  LegacyConditions read;
  const auto entries = in.structure_map(member, "Condition", [&](std::string_view key, json::ObjectReader& entry) {
    auto& condition = read.conditions.emplace_back();
    condition.attribute = key;
    keep_first_bad_name(read.value_error, key);
    if (auto values = entry.values("AttributeValueList")) condition.values = take_values(*values, read.value_error);
    const auto op = read.operators.emplace_back(entry.string("ComparisonOperator"));
    condition.op = op ? expression::legacy_operator_from(*op).value_or(condition.op) : condition.op;
  });
  if (!entries) return std::nullopt;
  return read;
}

void LegacyConditions::add_violations(validation::Constraints& constraints, const std::string& path) const {
  for (std::size_t at = 0; at < conditions.size(); ++at) {
    const auto entry = path + "." + conditions[at].attribute;
    constraints.required(entry + ".member.comparisonOperator", operators[at].has_value());
    check_comparison_operator(constraints, entry, operators[at]);
  }
}

std::optional<ExpectedInput> read_expected(json::ObjectReader& in) {
  ExpectedInput read;
  const auto read_entry = [&](std::string_view key, json::ObjectReader& entry) {
    auto& attribute = read.attributes.emplace_back();
    attribute.attribute = key;
    keep_first_bad_name(read.value_error, key);
    if (auto value = entry.value("Value")) {
      keep_first(read.value_error, value->value_error);
      attribute.value = std::move(value->value);
    }
    attribute.exists = entry.boolean("Exists");
    const auto op = read.operators.emplace_back(entry.string("ComparisonOperator"));
    if (op) attribute.op = expression::legacy_operator_from(*op);
    if (auto values = entry.values("AttributeValueList")) attribute.values = take_values(*values, read.value_error);
  };
  if (!in.structure_map("Expected", "ExpectedAttributeValue", read_entry)) return std::nullopt;
  return read;
}

void ExpectedInput::add_violations(validation::Constraints& constraints) const {
  for (std::size_t at = 0; at < attributes.size(); ++at) {
    check_comparison_operator(constraints, "expected." + attributes[at].attribute, operators[at]);
  }
}

std::optional<AttributeUpdatesInput> read_attribute_updates(json::ObjectReader& in) {
  AttributeUpdatesInput read;
  const auto read_entry = [&](std::string_view key, json::ObjectReader& entry) {
    auto& update = read.updates.emplace_back();
    update.attribute = key;
    keep_first_bad_name(read.value_error, key);
    if (auto value = entry.value("Value")) {
      keep_first(read.value_error, value->value_error);
      update.value = std::move(value->value);
    }
    const auto action = read.actions.emplace_back(entry.string("Action"));
    if (action) update.action = expression::legacy_action_from(*action).value_or(update.action);
  };
  if (!in.structure_map("AttributeUpdates", "AttributeValueUpdate", read_entry)) return std::nullopt;
  return read;
}

void AttributeUpdatesInput::add_violations(validation::Constraints& constraints) const {
  for (std::size_t at = 0; at < updates.size(); ++at) {
    constraints.one_of("attributeUpdates." + updates[at].attribute + ".member.action", actions[at],
                       of_items::kUpdateActions);
  }
}

void check_attributes_to_get(validation::Constraints& constraints,
                             const std::optional<std::vector<std::string>>& names) {
  if (names) constraints.count("attributesToGet", names->size(), "[]", 1, SIZE_MAX);
}

}  // namespace millrace::api
