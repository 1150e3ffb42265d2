// Union and difference of DynamoDB's sets, for ADD and DELETE. Internal to server/expression.
#pragma once

#include <optional>

#include "server/model/attribute_value.hpp"

namespace millrace::expression {

/// All members of two sets of the same type; empty when they are not.
std::optional<model::AttributeValue> united(const model::AttributeValue& left, const model::AttributeValue& right);

/// The members of `set` that are not in `removed`, possibly none; empty when these are not two sets of the same type.
std::optional<model::AttributeValue> without(const model::AttributeValue& set, const model::AttributeValue& removed);

bool is_empty_set(const model::AttributeValue& value);

}  // namespace millrace::expression
