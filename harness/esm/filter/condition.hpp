// What one element of a pattern's array asks of a value: a literal, or an operator with its operands. An array matches
// when one of its conditions does. parse_condition() knows every operator of EventBridge's language
// (reference, 4.10.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/esm/filter/address_range.hpp"
#include "harness/esm/filter/glob.hpp"
#include "server/json/raw_document.hpp"

namespace millrace::esm {

/// One value of a record that is neither object nor array.
struct Scalar {
  json::RawKind kind{json::RawKind::kNull};
  std::string_view text;  ///< of a string its content, of others as it is spelt
};

/// A number as patterns compare it; empty for what is none, or beyond what they compare: 5e9 to both sides.
std::optional<double> comparable_number(const Scalar& value);

/// A scalar that is spelt in a pattern. Numbers are equal by value, `300.0` to `300`; those that cannot be compared
/// (an account number) are when they are spelt alike.
struct Literal {
  json::RawKind kind{json::RawKind::kNull};
  std::string text;
  std::optional<double> number{};
};
struct AnyValue {};
struct Prefix {
  std::string text;
  bool ignores_case{false};
};
struct Suffix {
  std::string text;
  bool ignores_case{false};
};
struct EqualIgnoringCase {
  std::string text;
};
struct NumericRange {
  struct Bound {
    double value{0};
    bool inclusive{false};
  };
  std::optional<Bound> lower{};
  std::optional<Bound> upper{};
};

using Test = std::variant<Literal, AnyValue, Prefix, Suffix, EqualIgnoringCase, NumericRange, Glob, AddressRange>;

struct Condition {
  std::vector<Test> tests{};    ///< matches what one of them matches
  bool negated{false};          ///< anything-but: matches what none of them matches
  bool matches_absence{false};  ///< `{"exists":false}`: asks for the value not to be there

  [[nodiscard]] bool matches(const Scalar& value) const;
};

/// A condition, or EventBridge's words on why `element` is none.
std::variant<Condition, std::string> parse_condition(json::RawValue element);

}  // namespace millrace::esm
