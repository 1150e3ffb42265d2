#include "server/json/type_mismatch.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace millrace::json {
namespace {

constexpr std::string_view kStartOfStructure = "Start of structure or map found where not expected";
constexpr std::string_view kUnrecognizedCollection = "Unrecognized collection type ";

ApiError error(std::string_view text) { return base::serialization_error(std::string{text}); }

std::string_view token_name(Element element) {
  switch (element.type()) {
    case simdjson::dom::element_type::BOOL: return element.get_bool().value_unsafe() ? "TRUE_VALUE" : "FALSE_VALUE";
    case simdjson::dom::element_type::INT64:
    case simdjson::dom::element_type::UINT64: return "NUMBER_VALUE";
    case simdjson::dom::element_type::DOUBLE: return "DECIMAL_VALUE";
    default: return "STRING_VALUE";
  }
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char have, char want) {
    return (have >= 'A' && have <= 'Z' ? have + ('a' - 'A') : have) == want;
  });
}

}  // namespace

ApiError cannot_be_converted(Element got, std::string_view java_type, std::string_view java_class) {
  if (got.is_array()) return error(std::string{kUnrecognizedCollection}.append("class ").append(java_class));
  if (got.is_object()) return error(kStartOfStructure);
  return error(std::string{token_name(got)}.append(" cannot be converted to ").append(java_type));
}

ApiError cannot_be_blob(Element got) {
  if (got.is_array()) return error(std::string{kUnrecognizedCollection}.append("class java.nio.ByteBuffer"));
  if (got.is_object()) return error(kStartOfStructure);
  return error("only base-64-encoded strings are convertible to bytes");
}

ApiError not_a_list(Element got) { return error(got.is_object() ? kStartOfStructure : "Unexpected field type"); }

ApiError not_a_map(Element got, std::string_view value_class) {
  if (!got.is_array()) return error("Unexpected field type");
  return error(
      std::string{kUnrecognizedCollection}.append("java.util.Map<java.lang.String, ").append(value_class).append(">"));
}

ApiError not_a_structure(Element got, std::string_view shape) {
  if (!got.is_array()) return error("Unexpected field type");
  return error(std::string{kUnrecognizedCollection}.append("class ").append(shape));
}

ApiError not_a_structure_inside(Element got, std::string_view shape) {
  if (!got.is_array()) return error("Unexpected value type in payload");
  return error(std::string{kUnrecognizedCollection}.append("class ").append(shape));
}

ApiError not_a_nested_collection() {
  return error(
      "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class "
      "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of "
      "loader 'bootstrap')");
}

Result<bool> to_boolean(Element element) {
  if (bool truth = false; element.get(truth) == simdjson::SUCCESS) return truth;
  if (std::string_view text; element.get(text) == simdjson::SUCCESS) {
    for (const auto* yes : {"true", "1", "yes"}) {
      if (equals_ignoring_case(text, yes)) return true;
    }
    for (const auto* no : {"false", "0", "no"}) {
      if (equals_ignoring_case(text, no)) return false;
    }
    return error("Unexpected token received from parser");
  }
  return cannot_be_converted(element, "Boolean", "java.lang.Boolean");
}

}  // namespace millrace::json
