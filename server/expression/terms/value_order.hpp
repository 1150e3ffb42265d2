// How values compare and contain one another (API reference, 4.2 and 5.5). Internal to server/expression.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>

#include "server/model/attribute_value.hpp"

namespace millrace::expression {

/// The order of two values of the same type S, N or B; empty for anything else.
std::optional<std::strong_ordering> order_of(const model::AttributeValue& left, const model::AttributeValue& right);

/// begins_with(): S with S, B with B.
bool begins_with(const model::AttributeValue& value, const model::AttributeValue& prefix);

/// contains(): substring, member of a set, element of a list.
bool contains(const model::AttributeValue& value, const model::AttributeValue& part);

/// size(): UTF-16 units of S, bytes of B, members of sets, lists and maps; empty for types without a size.
std::optional<std::size_t> size_for_expressions(const model::AttributeValue& value);

}  // namespace millrace::expression
