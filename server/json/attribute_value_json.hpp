// AttributeValue and Item <-> their wire JSON ({"S":"x"}, {"N":"1"}, …).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "server/base/wording.hpp"
#include "server/json/document.hpp"
#include "server/json/value_error.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::json {

/// An item or key as a request gave it. `item` is complete only when `value_error` is empty.
struct ItemInput {
  model::Item item;
  std::optional<ValueError> value_error;

  /// The first value error, in the wording of the operation.
  [[nodiscard]] Result<void> check(Wording wording) const {
    if (value_error) return value_error->in(wording);
    return {};
  }
};

/// One value, as in ExpressionAttributeValues or in legacy conditions.
struct ValueInput {
  model::AttributeValue value;
  std::optional<ValueError> value_error;
};

/// ExpressionAttributeValues.
struct ExpressionValuesInput {
  model::AttributeMap values;  ///< by placeholder
  std::optional<ValueError> value_error;
  std::string invalid_placeholder;  ///< of value_error
};

/// The most that any map of values may hold: ExpressionAttributeValues together with the names (API reference, 3.4).
inline constexpr std::size_t kMaxMapBytes = std::size_t{2} << 20U;

/// Reads a map of attribute name to AttributeValue. Errors: SerializationException for a wrong JSON shape at any depth
/// (API reference, 1.6). Nesting beyond 32 levels and impossible names are ValueErrors.
/// A map or list that is certain to be larger than `max_bytes` is kept up to there only: what is left has a size above
/// `max_bytes`, and everything behind it is still checked.
Result<ItemInput> read_item(Element element, std::size_t max_bytes = kMaxMapBytes);

/// Reads one AttributeValue; errors as read_item().
Result<ValueInput> read_attribute_value(Element element);

/// Reads a map of placeholder to AttributeValue; errors as read_item(), but for its names, which are no attributes'.
/// What comes behind the first `max_entries` entries is not looked at.
Result<ExpressionValuesInput> read_expression_values(Element element, std::size_t max_entries = SIZE_MAX);

/// Reads what append_item() wrote. Throws std::logic_error when it is anything else: our database is not damaged by
/// requests. `parser` is only a place to work in.
model::Item read_stored_item(Parser& parser, std::string_view item_json);

/// Appends the canonical wire JSON; equal values give equal text.
void append_attribute_value(std::string& out, const model::AttributeValue& value);
void append_item(std::string& out, const model::Item& item);
std::string to_json(const model::Item& item);

}  // namespace millrace::json
