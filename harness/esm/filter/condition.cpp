#include "harness/esm/filter/condition.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "harness/esm/filter/case_folding.hpp"

namespace millrace::esm {
namespace {

using json::RawKind;

constexpr double kMostComparable = 5e9;

bool holds(const Literal& literal, const Scalar& value) {
  if (literal.kind != value.kind) return false;
  if (literal.text == value.text) return true;
  if (!literal.number) return false;
  const auto number = comparable_number(value);
  return number && *number == *literal.number;
}

bool holds(const AnyValue& /*test*/, const Scalar& /*value*/) { return true; }

bool holds(const Prefix& prefix, const Scalar& value) {
  if (value.kind != RawKind::kString) return false;
  return prefix.ignores_case ? starts_with_folded(value.text, prefix.text) : value.text.starts_with(prefix.text);
}

bool holds(const Suffix& suffix, const Scalar& value) {
  if (value.kind != RawKind::kString) return false;
  return suffix.ignores_case ? ends_with_folded(value.text, suffix.text) : value.text.ends_with(suffix.text);
}

bool holds(const EqualIgnoringCase& test, const Scalar& value) {
  return value.kind == RawKind::kString && equals_folded(value.text, test.text);
}

bool holds(const NumericRange& range, const Scalar& value) {
  const auto number = comparable_number(value);
  if (!number) return false;
  const auto above = [&](const NumericRange::Bound& bound) {
    return *number > bound.value || (bound.inclusive && *number == bound.value);
  };
  const auto below = [&](const NumericRange::Bound& bound) {
    return *number < bound.value || (bound.inclusive && *number == bound.value);
  };
  return (!range.lower || above(*range.lower)) && (!range.upper || below(*range.upper));
}

bool holds(const Glob& glob, const Scalar& value) { return value.kind == RawKind::kString && glob.matches(value.text); }

bool holds(const AddressRange& range, const Scalar& value) {
  return value.kind == RawKind::kString && range.contains(value.text);
}

}  // namespace

std::optional<double> comparable_number(const Scalar& value) {
  if (value.kind != RawKind::kNumber) return std::nullopt;
  double number = 0;
  const auto read = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
  if (read.ec != std::errc{} || !(std::abs(number) <= kMostComparable)) return std::nullopt;
  return number;
}

bool Condition::matches(const Scalar& value) const {
  if (matches_absence) return false;
  const bool one_holds = std::ranges::any_of(tests, [&](const Test& test) {
    return std::visit([&value](const auto& chosen) { return holds(chosen, value); }, test);
  });
  return one_holds != negated;
}

}  // namespace millrace::esm
