#include "server/json/value_error.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "server/model/base64.hpp"
#include "server/model/number.hpp"

namespace millrace::json {
namespace {

constexpr std::string_view kInvalidValues = "One or more parameter values were invalid: ";

ValueError same_on_all_layers(ValueRule rule, std::string text) { return {rule, text, text}; }

ValueError invalid_values(ValueRule rule, std::string_view detail) {
  return same_on_all_layers(rule, std::string{kInvalidValues}.append(detail));
}

/// `[a, b]` or, quoted, `["a", "b"]`.
std::string bracketed(const std::vector<std::string>& members, std::string_view quote, std::string_view separator) {
  std::string text{"["};
  for (const auto& member : members) {
    if (text.size() > 1) text.append(separator);
    text.append(quote).append(member).append(quote);
  }
  return text.append("]");
}

/// In the order in which the newer layers list the members of a set: those before the first repeat sorted by their
/// bytes, then the repeat and all behind it as they were sent (additions, row 3).
std::vector<std::string> as_newer_layers_list(const std::vector<std::string>& members) {
  std::set<std::reference_wrapper<const std::string>, std::less<const std::string>> seen;
  auto repeat = members.begin();
  while (repeat != members.end() && seen.insert(*repeat).second) ++repeat;
  std::vector<std::string> listed(seen.begin(), seen.end());
  listed.insert(listed.end(), repeat, members.end());
  return listed;
}

std::vector<std::string> as_base64(std::vector<std::string> members) {
  for (auto& member : members) member = model::encode_base64(member);
  return members;
}

std::string collection_contains_duplicates(std::string_view listed) {
  return std::string{kInvalidValues}.append("Input collection ").append(listed).append(" contains duplicates.");
}

}  // namespace

ApiError ValueError::in(Wording wording) const {
  auto error = base::validation_error(wording == Wording::kClassic ? classic : newer);
  return rule == ValueRule::kShape ? error : in_wording(wording, std::move(error));
}

ApiError ValueError::in_expression_values(Wording wording, std::string_view placeholder) const {
  const bool is_found_early = rule == ValueRule::kConversion || rule == ValueRule::kStructure;
  if (is_found_early && wording != Wording::kClassic) return in(wording);
  return in_wording(wording, base::validation_error(std::string{"ExpressionAttributeValues contains invalid value: "}
                                                        .append(classic)
                                                        .append(" for key ")
                                                        .append(placeholder)));
}

ApiError ValueError::in_start_key(Wording wording) const {
  if (rule == ValueRule::kConversion || rule == ValueRule::kNumberSet) return in(wording);
  return base::validation_error("The provided starting key is invalid: " + classic);
}

ValueError bad_number(std::string_view text, std::string refusal) {
  ValueError error = same_on_all_layers(ValueRule::kConversion, std::move(refusal));
  if (text.empty()) error.newer.append(": ");  // the colon is there even when nothing follows it
  // The older layer counts the digits before the point in 32 bits: its sum wraps (additions, row 2).
  if (model::Number::overflows_32_bits(text)) error.classic = model::Number::underflow().message;
  return error;
}

ValueError repeated_string(const std::vector<std::string>& members) {
  return {ValueRule::kConversion, collection_contains_duplicates(bracketed(members, "", ", ")),
          collection_contains_duplicates(bracketed(as_newer_layers_list(members), "\"", ", "))};
}

ValueError repeated_number() {
  return {ValueRule::kConversion, "Input collection contains duplicates",
          std::string{kInvalidValues}.append("Input collection contains duplicates.")};
}

ValueError repeated_binary(const std::vector<std::string>& members) {
  const auto of_type = [](std::string listed) { return collection_contains_duplicates(listed.append("of type BS")); };
  return {ValueRule::kConversion, of_type(bracketed(as_base64(members), "", ", ")),
          of_type(bracketed(as_base64(as_newer_layers_list(members)), "\"", ","))};
}

ValueError empty_string_set() { return invalid_values(ValueRule::kContent, "An string set  may not be empty"); }
ValueError empty_number_set() { return invalid_values(ValueRule::kNumberSet, "An number set  may not be empty"); }
ValueError empty_binary_set() { return invalid_values(ValueRule::kContent, "Binary sets should not be empty"); }

ValueError false_null() {
  return invalid_values(ValueRule::kStructure, "Null attribute value types must have the value of true");
}

ValueError too_deep() {
  return same_on_all_layers(
      ValueRule::kStructure,
      "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
      "limit");
}

ValueError no_type() {
  return same_on_all_layers(ValueRule::kShape,
                            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
}

ValueError several_types() {
  return same_on_all_layers(ValueRule::kShape,
                            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
                            "supported datatypes");
}

ValueError bad_attribute_name(std::string refusal) { return same_on_all_layers(ValueRule::kShape, std::move(refusal)); }

}  // namespace millrace::json
