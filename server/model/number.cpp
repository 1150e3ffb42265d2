#include "server/model/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>

#include "server/base/characters.hpp"

namespace millrace::model {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr int kMaxLeadingExponent = 125;
constexpr int kMinLeadingExponent = -130;

constexpr std::array<Wide, Number::kMaxDigits + 1> make_powers_of_ten() {
  std::array<Wide, Number::kMaxDigits + 1> powers{};
  powers[0] = 1;
  for (std::size_t n = 1; n < powers.size(); ++n) powers[n] = powers[n - 1] * 10;
  return powers;
}
constexpr auto kPowersOfTen = make_powers_of_ten();

int decimal_length(Wide value) {
  const auto* const above = std::upper_bound(kPowersOfTen.begin(), kPowersOfTen.end(), value);
  return static_cast<int>(above - kPowersOfTen.begin());
}

ApiError not_numeric(std::string_view text) {
  std::string message{"The parameter cannot be converted to a numeric value"};
  if (!text.empty()) message.append(": ").append(text);
  return base::validation_error(std::move(message));
}

ApiError too_many_digits() {
  return base::validation_error("Attempting to store more than 38 significant digits in a Number");
}

ApiError overflow() {
  return base::validation_error(
      "Number overflow. Attempting to store a number with magnitude larger than supported range");
}

using base::is_digit;

/// A text of DynamoDB's number grammar: coefficient * 10^exponent.
struct Decimal {
  bool negative{false};
  Wide coefficient{0};
  int digits{0};             ///< of the coefficient, which does not end with a zero
  std::int64_t exponent{0};  ///< of a zero too: what was written, less the digits behind the point
  bool too_long{false};      ///< more than 38 digits count; the coefficient has only some of them
};

/// The digits of an exponent; empty when there are none, when there is anything else, or when 64 bits do not hold it.
/// Values beyond 2^62 are cut to it: what is added to them later fits.
std::optional<std::int64_t> scan_exponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t bound = negative ? kMax + 1 : kMax;
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{} || value > bound) {
    return std::nullopt;
  }
  const auto cut = static_cast<std::int64_t>(std::min(value, std::uint64_t{1} << 62U));
  return negative ? -cut : cut;
}

std::optional<Decimal> scan(std::string_view text) {
  Decimal decimal;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) decimal.negative = text[at++] == '-';

  int pending_zeros = 0;  // zeros seen since the last digit taken; significant only if another digit follows
  bool seen_digit = false;
  bool seen_point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.') {
      if (seen_point) return std::nullopt;
      seen_point = true;
      continue;
    }
    if (!is_digit(c)) break;
    seen_digit = true;
    if (seen_point) --decimal.exponent;
    if (c == '0') {
      if (decimal.digits > 0) ++pending_zeros;
      continue;
    }
    if (decimal.digits + pending_zeros + 1 > Number::kMaxDigits) {
      decimal.too_long = true;
      continue;
    }
    decimal.coefficient = decimal.coefficient * kPowersOfTen[static_cast<std::size_t>(pending_zeros) + 1] +
                          static_cast<unsigned>(c - '0');
    decimal.digits += pending_zeros + 1;
    pending_zeros = 0;
  }
  if (!seen_digit) return std::nullopt;
  decimal.exponent += pending_zeros;
  if (at == text.size()) return decimal;
  if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
  const auto written = scan_exponent(text.substr(at + 1));
  if (!written) return std::nullopt;
  decimal.exponent += *written;
  return decimal;
}

}  // namespace

Result<Number> Number::make(bool negative, Coefficient coefficient, int exponent) {
  Number number;
  if (coefficient == 0) return number;
  while (coefficient % 10 == 0) {
    coefficient /= 10;
    ++exponent;
  }
  const int digits = decimal_length(coefficient);
  if (digits > kMaxDigits) return too_many_digits();
  const int leading = exponent + digits - 1;
  if (leading > kMaxLeadingExponent) return overflow();
  if (leading < kMinLeadingExponent) return underflow();
  number.coefficient_ = coefficient;
  number.exponent_ = static_cast<std::int16_t>(exponent);
  number.digits_ = static_cast<std::int8_t>(digits);
  number.negative_ = negative;
  return number;
}

Result<Number> Number::parse(std::string_view text) {
  const auto decimal = scan(text);
  if (!decimal) return not_numeric(text);
  if (decimal->too_long) return too_many_digits();
  if (decimal->coefficient != 0) {
    constexpr std::int64_t kFarOutside = 1'000'000;  // so that make() can count on from there
    const auto exponent = std::clamp(decimal->exponent, -kFarOutside, kFarOutside);
    return make(decimal->negative, decimal->coefficient, static_cast<int>(exponent));
  }
  // AWS's quirk: the exponent of a zero counts, a fraction lowers it: 0e126 is too large, 0.0e126 is not.
  if (decimal->exponent > kMaxLeadingExponent) return overflow();
  if (decimal->exponent < kMinLeadingExponent) return underflow();
  return Number{};
}

bool Number::overflows_32_bits(std::string_view text) {
  const auto decimal = scan(text);
  if (!decimal || decimal->too_long) return false;
  const std::int64_t digits_before_point = decimal->exponent + std::max(decimal->digits, 1);
  return digits_before_point > std::numeric_limits<std::int32_t>::max();
}

ApiError Number::underflow() {
  return base::validation_error(
      "Number underflow. Attempting to store a number with magnitude smaller than supported range");
}

Number Number::from_integer(std::int64_t value) {
  const bool negative = value < 0;
  const auto magnitude = negative ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  return *make(negative, magnitude, 0);  // 19 digits: always in range
}

void Number::write_digits(char* out) const {
  // Two 64-bit halves: 128-bit division is many times slower than 64-bit division.
  Coefficient rest = coefficient_;
  int at = digits_;
  while (rest > UINT64_MAX) {
    auto low = static_cast<std::uint64_t>(rest % kPowersOfTen[18]);
    rest /= kPowersOfTen[18];
    for (int n = 0; n < 18; ++n, low /= 10) out[--at] = static_cast<char>('0' + low % 10);
  }
  for (auto low = static_cast<std::uint64_t>(rest); at > 0; low /= 10) out[--at] = static_cast<char>('0' + low % 10);
}

std::string Number::to_string() const {
  std::string text;
  append_to(text);
  return text;
}

void Number::append_to(std::string& out) const {
  if (is_zero()) {
    out.push_back('0');
    return;
  }
  if (negative_) out.push_back('-');
  std::array<char, kMaxDigits> digits{};
  write_digits(digits.data());
  const int before_point = leading_exponent() + 1;
  if (before_point <= 0) {
    out.append("0.");
    out.append(static_cast<std::size_t>(-before_point), '0');
    out.append(digits.data(), static_cast<std::size_t>(digits_));
  } else if (before_point >= digits_) {
    out.append(digits.data(), static_cast<std::size_t>(digits_));
    out.append(static_cast<std::size_t>(before_point - digits_), '0');
  } else {
    out.append(digits.data(), static_cast<std::size_t>(before_point));
    out.push_back('.');
    out.append(digits.data() + before_point, static_cast<std::size_t>(digits_ - before_point));
  }
}

Result<Number> Number::add(const Number& left, const Number& right) {
  if (left.is_zero()) return right;
  if (right.is_zero()) return left;
  const Number& high = left.exponent_ >= right.exponent_ ? left : right;
  const Number& low = left.exponent_ >= right.exponent_ ? right : left;
  // Bring both to the smaller exponent. A shift past 38 digits cannot be undone by the addition: the lowest digit of
  // `low` is not zero, so the sum would need them all.
  const int shift = high.exponent_ - low.exponent_;
  if (high.digits_ + shift > kMaxDigits) return overflow();
  const Coefficient aligned = high.coefficient_ * kPowersOfTen[static_cast<std::size_t>(shift)];
  if (high.negative_ == low.negative_) {
    const Coefficient sum = aligned + low.coefficient_;
    // A digit too many at the end is lost only when it is a zero.
    if (decimal_length(sum) > kMaxDigits && sum % 10 != 0) return overflow();
    return make(high.negative_, sum, low.exponent_);
  }
  if (aligned >= low.coefficient_) return make(high.negative_, aligned - low.coefficient_, low.exponent_);
  return make(low.negative_, low.coefficient_ - aligned, low.exponent_);
}

Result<Number> Number::subtract(const Number& left, const Number& right) {
  Number negated = right;
  if (!negated.is_zero()) negated.negative_ = !negated.negative_;
  return add(left, negated);
}

std::strong_ordering operator<=>(const Number& left, const Number& right) {
  const auto sign = [](const Number& n) { return n.is_zero() ? 0 : n.is_negative() ? -1 : 1; };
  if (const auto by_sign = sign(left) <=> sign(right); by_sign != 0 || left.is_zero()) return by_sign;
  const auto by_magnitude = [&] {
    if (const auto by_exponent = left.leading_exponent() <=> right.leading_exponent(); by_exponent != 0) {
      return by_exponent;
    }
    // Same leading exponent: bring both to 38 digits and compare.
    const auto left_shift = static_cast<std::size_t>(Number::kMaxDigits - left.digits_);
    const auto right_shift = static_cast<std::size_t>(Number::kMaxDigits - right.digits_);
    return left.coefficient_ * kPowersOfTen[left_shift] <=> right.coefficient_ * kPowersOfTen[right_shift];
  }();
  return left.is_negative() ? 0 <=> by_magnitude : by_magnitude;
}

}  // namespace millrace::model
