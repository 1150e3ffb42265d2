// What Expected, QueryFilter, ScanFilter and KeyConditions check alike (API reference, 5.8). Internal to
// server/expression.
#pragma once

#include <span>

#include "server/expression/legacy.hpp"

namespace millrace::expression {

/// Number of arguments, one type for all, types the operator takes, order of BETWEEN's bounds: in this order.
Result<void> check_arguments(LegacyOperator op, std::span<const model::AttributeValue> values);

/// One entry of Expected: which members may stand together, then check_arguments().
Result<void> check_expected(const ExpectedAttribute& expected);

/// The values of an entry of Expected: AttributeValueList, or Value as a list of one, or none.
std::span<const model::AttributeValue> values_of(const ExpectedAttribute& expected);

}  // namespace millrace::expression
