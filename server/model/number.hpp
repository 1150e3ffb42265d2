// DynamoDB's number: exact decimal, up to 38 significant digits, magnitude 1E-130 to 9.99…E+125.
// AWS: "HowItWorks.NamingRulesDataTypes", section Number; rules and texts in the API reference, 4.1.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace millrace::model {

/// A value type: small, trivially copyable, always normalised (no trailing zeros in the coefficient), so that equal
/// numbers are equal member by member whatever their spelling was.
class Number {
 public:
  static constexpr int kMaxDigits = 38;

  /// Zero.
  constexpr Number() = default;

  /// Reads DynamoDB's number grammar (`-1.5e3`; no blanks, no NaN, no hex; an exponent of 64 bits at most).
  /// Errors: ValidationException with AWS's text for bad syntax, more than 38 digits, overflow or underflow.
  static Result<Number> parse(std::string_view text);
  /// Whether a number has more digits before its point than 32 bits can count. Whoever counts so (AWS's older layer)
  /// takes it for too small a number. False for what is no number.
  static bool overflows_32_bits(std::string_view text);
  /// The error for too small a magnitude.
  static ApiError underflow();
  static Number from_integer(std::int64_t value);

  /// Plain decimal as AWS returns it: no exponent, no plus sign, no needless zeros; `-0` is `0`.
  [[nodiscard]] std::string to_string() const;
  /// Appends to_string() to `out` without a temporary.
  void append_to(std::string& out) const;

  /// Exact sum. Errors: more than 38 digits in the result, overflow, underflow (the texts of parse()).
  static Result<Number> add(const Number& left, const Number& right);
  static Result<Number> subtract(const Number& left, const Number& right);

  [[nodiscard]] bool is_zero() const { return digits_ == 0; }
  [[nodiscard]] bool is_negative() const { return negative_; }

  /// Power of ten of the leading digit: 42 has 1, 0.05 has -2. Meaningless for zero.
  [[nodiscard]] int leading_exponent() const { return exponent_ + digits_ - 1; }
  /// Number of significant digits; 0 for zero.
  [[nodiscard]] int digit_count() const { return digits_; }
  /// Writes the significant digits, most significant first, as characters '0' to '9'. `out` has room for kMaxDigits.
  void write_digits(char* out) const;

  /// Numeric order, full precision.
  friend std::strong_ordering operator<=>(const Number& left, const Number& right);
  friend bool operator==(const Number& left, const Number& right) = default;

 private:
  // 38 decimal digits fit in 127 bits.
  __extension__ using Coefficient = unsigned __int128;

  static Result<Number> make(bool negative, Coefficient coefficient, int exponent);

  Coefficient coefficient_{0};
  std::int16_t exponent_{0};  // value = coefficient * 10^exponent
  std::int8_t digits_{0};     // decimal length of coefficient
  bool negative_{false};
};

}  // namespace millrace::model
