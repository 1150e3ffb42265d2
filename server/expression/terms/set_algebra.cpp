#include "server/expression/terms/set_algebra.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>

namespace millrace::expression {
namespace {

using model::AttributeValue;

template <class Value>
concept Set = std::is_same_v<Value, model::StringSet> || std::is_same_v<Value, model::NumberSet> ||
    std::is_same_v<Value, model::BinarySet>;

// Members are kept sorted and distinct, so the standard algorithms apply.
template <class Combine>
std::optional<AttributeValue> combine(const AttributeValue& left, const AttributeValue& right,
                                      const Combine& combine_members) {
  return std::visit(
      [&](const auto& value) -> std::optional<AttributeValue> {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (Set<Value>) {
          const auto* other = std::get_if<Value>(&right.value);
          if (other == nullptr) return std::nullopt;
          Value result;
          combine_members(value.members, other->members, std::back_inserter(result.members));
          return AttributeValue{std::move(result)};
        }
        return std::nullopt;
      },
      left.value);
}

}  // namespace

std::optional<AttributeValue> united(const AttributeValue& left, const AttributeValue& right) {
  return combine(left, right, [](const auto& one, const auto& two, auto out) {
    std::set_union(one.begin(), one.end(), two.begin(), two.end(), out);
  });
}

std::optional<AttributeValue> without(const AttributeValue& set, const AttributeValue& removed) {
  return combine(set, removed, [](const auto& one, const auto& two, auto out) {
    std::set_difference(one.begin(), one.end(), two.begin(), two.end(), out);
  });
}

bool is_empty_set(const AttributeValue& value) {
  return std::visit(
      [](const auto& alternative) {
        if constexpr (Set<std::decay_t<decltype(alternative)>>) return alternative.members.empty();
        return false;
      },
      value.value);
}

}  // namespace millrace::expression
