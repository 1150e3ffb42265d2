#include "server/expression/terms/value_order.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace millrace::expression {
namespace {

using model::AttributeValue;

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) ++units;  // the first byte of a character
    if (byte >= 0xF0U) ++units;            // four bytes of UTF-8 are a surrogate pair
  }
  return units;
}

/// Linear whatever the texts are, unlike std::string::find and the searchers of the standard library.
bool occurs_in(std::string_view text, std::string_view part) {
  return ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

}  // namespace

std::optional<std::strong_ordering> order_of(const AttributeValue& left, const AttributeValue& right) {
  // std::string compares its characters as unsigned bytes.
  if (left.as_string() != nullptr && right.as_string() != nullptr) return *left.as_string() <=> *right.as_string();
  if (left.as_number() != nullptr && right.as_number() != nullptr) return *left.as_number() <=> *right.as_number();
  if (left.as_binary() != nullptr && right.as_binary() != nullptr) return *left.as_binary() <=> *right.as_binary();
  return std::nullopt;
}

bool begins_with(const AttributeValue& value, const AttributeValue& prefix) {
  if (value.as_string() != nullptr && prefix.as_string() != nullptr) {
    return value.as_string()->starts_with(*prefix.as_string());
  }
  if (value.as_binary() != nullptr && prefix.as_binary() != nullptr) {
    return value.as_binary()->bytes.starts_with(prefix.as_binary()->bytes);
  }
  return false;
}

bool contains(const AttributeValue& value, const AttributeValue& part) {
  if (const auto* list = value.as_list()) return std::find(list->begin(), list->end(), part) != list->end();
  if (const auto* text = part.as_string()) {
    if (value.as_string() != nullptr) return occurs_in(*value.as_string(), *text);
    const auto* set = std::get_if<model::StringSet>(&value.value);
    return set != nullptr && std::binary_search(set->members.begin(), set->members.end(), *text);
  }
  if (const auto* number = part.as_number()) {
    const auto* set = std::get_if<model::NumberSet>(&value.value);
    return set != nullptr && std::binary_search(set->members.begin(), set->members.end(), *number);
  }
  if (const auto* binary = part.as_binary()) {
    if (value.as_binary() != nullptr) return occurs_in(value.as_binary()->bytes, binary->bytes);
    const auto* set = std::get_if<model::BinarySet>(&value.value);
    return set != nullptr && std::binary_search(set->members.begin(), set->members.end(), *binary);
  }
  return false;
}

std::optional<std::size_t> size_for_expressions(const AttributeValue& value) {
  switch (value.type()) {
    case model::AttributeType::kS: return utf16_units(*value.as_string());
    case model::AttributeType::kB: return value.as_binary()->bytes.size();
    case model::AttributeType::kSs: return std::get<model::StringSet>(value.value).members.size();
    case model::AttributeType::kNs: return std::get<model::NumberSet>(value.value).members.size();
    case model::AttributeType::kBs: return std::get<model::BinarySet>(value.value).members.size();
    case model::AttributeType::kL: return value.as_list()->size();
    case model::AttributeType::kM: return value.as_map()->size();
    case model::AttributeType::kN:
    case model::AttributeType::kBool:
    case model::AttributeType::kNull: break;
  }
  return std::nullopt;
}

}  // namespace millrace::expression
