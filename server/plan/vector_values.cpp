#include "server/plan/vector_values.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace millrace::plan {
namespace {

using base::validation_error;
using model::AttributeValue;
using model::Item;

constexpr std::size_t kMaxFilterBytes = 10'240;

/// As Java prints it: `1.0E39`, `0.5`, `-2.5E-10`.
std::string java_text(double value) {
  std::array<char, 32> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  std::string text{buffer.data(), end};
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::size_t sign = text[e + 1] == '+' ? 1 : 0;
  std::from_chars(text.data() + e + 1 + sign, text.data() + text.size(), exponent);
  text.resize(e);
  if (text.find('.') == std::string::npos) text.append(".0");
  return fmt::format("{}E{}", text, exponent);
}

/// With another opening sentence in eu-west-1; we answer as us-east-1 does (reference, 2.4).
ApiError not_valid(std::string text) {
  return validation_error("One or more parameter values were invalid. " + std::move(text));
}

std::string index_suffix(const model::VectorIndexDefinition& index) { return " IndexName: " + index.name; }

bool is_empty_text(const AttributeValue& value) {
  if (const auto* text = value.as_string()) return text->empty();
  if (const auto* binary = value.as_binary()) return binary->bytes.empty();
  return false;
}

/// Where a value comes from decides how an empty one is refused.
enum class Origin : std::uint8_t { kPut, kUpdate };

ApiError empty_hash(const model::VectorIndexDefinition& index, const model::SearchAttribute& element,
                    const AttributeValue& value, Origin origin) {
  const std::string_view kind = value.as_binary() != nullptr ? "binary" : "string";
  if (origin == Origin::kPut) {
    return validation_error(fmt::format(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The "
        "AttributeValue for a key attribute cannot contain an empty {} value. IndexName: {}, IndexKey: {}",
        kind, index.name, element.attribute.name));
  }
  return validation_error(fmt::format(
      "One or more parameter values are not valid. The update expression attempted to update a secondary "
      "index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an "
      "empty {} value.",
      kind));
}

Result<void> check_search_value(const model::VectorIndexDefinition& index, const model::SearchAttribute& element,
                                const AttributeValue& value, Origin origin) {
  const auto& [attribute, role] = element;
  if (value.type() != attribute.type) {
    return not_valid(fmt::format("Attribute '{}' type mismatch. Expected: {}, Actual: {}. IndexName: {}",
                                 attribute.name, model::type_name(attribute.type), model::type_name(value.type()),
                                 index.name));
  }
  const std::size_t size = model::size_of(value);
  if (role == model::SearchRole::kInlineFilter) {
    if (size <= kMaxFilterBytes) return {};
    return base::invalid_parameter_values(
        fmt::format("Size limit exceeded for SearchSchema attribute '{}': maximum 10240 bytes", attribute.name));
  }
  if (is_empty_text(value)) return empty_hash(index, element, value, origin);
  if (size <= model::kMaxHashKeyBytes) return {};
  return base::invalid_parameter_values("Aggregate size for HASH key attributes exceeds the maximum of 2048 bytes");
}

/// `is_asked(name)` says whether the attribute of `item` is to be looked at.
template <class IsAsked>
Result<void> check(const model::TableDefinition& table, const Item& item, Origin origin, IsAsked is_asked) {
  for (const auto& index : table.vector_indexes) {
    const auto* const vector = item.find(index.vector_attribute);
    if (vector != nullptr && is_asked(index.vector_attribute)) {
      TRY(read_vector(*vector, index.dimensions, index.vector_attribute, index_suffix(index)));
    }
    for (const auto& element : index.search_schema) {
      const auto* const value = item.find(element.attribute.name);
      if (value != nullptr && is_asked(element.attribute.name)) {
        TRY(check_search_value(index, element, *value, origin));
      }
    }
  }
  return {};
}

}  // namespace

std::optional<float> to_float(const model::Number& number) {
  std::string text;
  number.append_to(text);
  float value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc{} && std::isfinite(value)) return value;
  // Too large, or nearer to zero than any float but zero.
  if (number.leading_exponent() > 0) return std::nullopt;
  return number.is_negative() ? -0.0F : 0.0F;
}

std::optional<std::vector<float>> to_vector(const AttributeValue& value, std::size_t dimensions) {
  const auto* const list = value.as_list();
  if (list == nullptr || list->size() != dimensions) return std::nullopt;
  std::vector<float> vector;
  vector.reserve(dimensions);
  for (const auto& element : *list) {
    const auto* const number = element.as_number();
    const auto converted = number != nullptr ? to_float(*number) : std::nullopt;
    if (!converted) return std::nullopt;
    vector.push_back(*converted);
  }
  return vector;
}

Result<std::vector<float>> read_vector(const AttributeValue& value, std::size_t dimensions, std::string_view name,
                                       std::string_view suffix) {
  const auto* const list = value.as_list();
  if (list == nullptr) {
    return not_valid(fmt::format("Invalid type for parameter {}, Expected: L, Actual: {}.{}", name,
                                 model::type_name(value.type()), suffix));
  }
  if (list->size() != dimensions) {
    return not_valid(fmt::format("Invalid size for parameter {}, Expected: {}, Actual: {}.{}", name, dimensions,
                                 list->size(), suffix));
  }
  std::vector<float> vector;
  vector.reserve(dimensions);
  for (const auto& element : *list) {
    const auto* const number = element.as_number();
    if (number == nullptr) {
      return not_valid(
          fmt::format("Invalid type for parameter {}[{}], Expected: 32-bit floating point number, Actual: {}.{}", name,
                      vector.size(), model::type_name(element.type()), suffix));
    }
    const auto converted = to_float(*number);
    if (!converted) {
      const std::string text = number->to_string();
      double actual = 0;
      std::from_chars(text.data(), text.data() + text.size(), actual);
      return not_valid(fmt::format(
          "Invalid value for parameter {}[{}], Value: {} is outside valid range [-3.4028235E38, 3.4028235E38].{}", name,
          vector.size(), java_text(actual), suffix));
    }
    vector.push_back(*converted);
  }
  return vector;
}

Result<void> check_vector_attributes(const model::TableDefinition& table, const Item& item) {
  return check(table, item, Origin::kPut, [](std::string_view) { return true; });
}

Result<void> check_updated_vector_attributes(const model::TableDefinition& table, const Item& before,
                                             const Item& after) {
  return check(table, after, Origin::kUpdate, [&](std::string_view name) {
    const auto* const old_value = before.find(name);
    return old_value == nullptr || !(*old_value == *after.find(name));
  });
}

bool is_search_value(const model::SearchAttribute& element, const AttributeValue& value) {
  if (value.type() != element.attribute.type) return false;
  const std::size_t size = model::size_of(value);
  if (element.role == model::SearchRole::kInlineFilter) return size <= kMaxFilterBytes;
  return !is_empty_text(value) && size <= model::kMaxHashKeyBytes;
}

}  // namespace millrace::plan
