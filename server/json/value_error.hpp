// What AWS says about a value that has the right JSON shape and is no valid AttributeValue: the reason, and around it
// what its place in the request and the layer of the operation add (API reference, 2.4, 3.4 and 3.9; additions of
// November 2026, rows 2, 3 and 10).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/wording.hpp"

namespace millrace::json {

/// What kind of rule was broken: it decides who finds it, and so what stands around the text.
enum class ValueRule : std::uint8_t {
  kConversion,  ///< bad numbers, set members twice: the newer layers find them while they convert the request, before
                ///< anybody knows of which parameter the value is
  kStructure,   ///< NULL that is false, nesting: found there too
  kNumberSet,   ///< a number set without members
  kContent,     ///< other empty sets
  kShape,       ///< no type or two, attribute names: never in the envelope
};

/// AWS reports it after the constraints of the request and words it differently per operation, so it is carried along
/// instead of being returned at once.
struct ValueError {
  ValueRule rule{ValueRule::kContent};
  std::string classic;  ///< the reason as the older layer words it
  std::string newer;    ///< as the newer ones do

  /// Of a value in an item, a key or a legacy parameter.
  [[nodiscard]] ApiError in(Wording wording) const;
  /// Of the value that ExpressionAttributeValues has for `placeholder`.
  [[nodiscard]] ApiError in_expression_values(Wording wording, std::string_view placeholder) const;
  /// Of a value in ExclusiveStartKey.
  [[nodiscard]] ApiError in_start_key(Wording wording) const;
};

/// A text that is no number. `refusal` is what Number::parse() says of it.
ValueError bad_number(std::string_view text, std::string refusal);
/// A set with a member twice; `members` as they were sent.
ValueError repeated_string(const std::vector<std::string>& members);
ValueError repeated_number();
/// `members` are bytes, not base64.
ValueError repeated_binary(const std::vector<std::string>& members);
ValueError empty_string_set();
ValueError empty_number_set();
ValueError empty_binary_set();
ValueError false_null();
ValueError too_deep();
ValueError no_type();
ValueError several_types();
/// `refusal` is what model::check_attribute_name() says.
ValueError bad_attribute_name(std::string refusal);

}  // namespace millrace::json
