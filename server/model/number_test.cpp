#include "server/model/number.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::model {
namespace {

std::string canonical(std::string_view text) {
  auto number = Number::parse(text);
  return number.has_value() ? number->to_string() : "error: " + number.error().message;
}

// API reference 4.1; AWS: HowItWorks.NamingRulesDataTypes
TEST(Number, RendersPlainDecimal) {
  EXPECT_EQ(canonical("1e3"), "1000");
  EXPECT_EQ(canonical("1.50"), "1.5");
  EXPECT_EQ(canonical("-0"), "0");
  EXPECT_EQ(canonical("+5"), "5");
  EXPECT_EQ(canonical(".5"), "0.5");
  EXPECT_EQ(canonical("5."), "5");
  EXPECT_EQ(canonical("1.e5"), "100000");
  EXPECT_EQ(canonical("007"), "7");
  EXPECT_EQ(canonical("100.0010"), "100.001");
  EXPECT_EQ(canonical("1E-130"), "0." + std::string(129, '0') + "1");
  EXPECT_EQ(canonical("9.9999999999999999999999999999999999999E+125"), std::string(38, '9') + std::string(88, '0'));
  EXPECT_EQ(canonical("12345678901234567890123456789012345678"), "12345678901234567890123456789012345678");
  EXPECT_EQ(canonical("0.0e126"), "0");
}

TEST(Number, RefusesWhatAwsRefuses) {
  for (const auto* bad : {".", "+.", ".e5", "1 ", " 1", "NaN", "Infinity", "0x1", "1_0", "1e", "1e+", "--1", "1.2.3"}) {
    EXPECT_EQ(canonical(bad), std::string{"error: The parameter cannot be converted to a numeric value: "} + bad);
  }
  EXPECT_EQ(canonical(""), "error: The parameter cannot be converted to a numeric value");
  EXPECT_EQ(canonical("123456789012345678901234567890123456789"),
            "error: Attempting to store more than 38 significant digits in a Number");
  EXPECT_EQ(canonical("1E126"),
            "error: Number overflow. Attempting to store a number with magnitude larger than supported range");
  EXPECT_EQ(canonical("1E-131"),
            "error: Number underflow. Attempting to store a number with magnitude smaller than supported range");
  EXPECT_EQ(canonical("0e126"),
            "error: Number overflow. Attempting to store a number with magnitude larger than supported range");
}

// Additions of November 2026, row 2
TEST(Number, CountsTheExponentOfAZero) {
  const std::string overflow =
      "error: Number overflow. Attempting to store a number with magnitude larger than supported range";
  const std::string underflow =
      "error: Number underflow. Attempting to store a number with magnitude smaller than supported range";
  for (const auto* zero : {"0e125", "0.0e126", "0.00e127", "0e-130", "-0e5", "0e0", "00.00"}) {
    EXPECT_EQ(canonical(zero), "0") << zero;
  }
  for (const auto* large : {"0e126", "-0e126", "0.0e127", "0e2147483648", "0e9223372036854775807"}) {
    EXPECT_EQ(canonical(large), overflow) << large;
  }
  for (const auto* small : {"0e-131", "0.0e-130", "0e-1000", "0e-9223372036854775808"}) {
    EXPECT_EQ(canonical(small), underflow) << small;
  }
}

TEST(Number, TakesExponentsOf64BitsAtMost) {
  const std::string not_numeric = "error: The parameter cannot be converted to a numeric value: ";
  for (const auto* beyond : {"1e9223372036854775808", "0e9223372036854775808", "1e-9223372036854775809",
                             "1e99999999999999999999999", "1.5E+18446744073709551616"}) {
    EXPECT_EQ(canonical(beyond), not_numeric + beyond);
  }
  EXPECT_EQ(canonical("1e9223372036854775807"),
            "error: Number overflow. Attempting to store a number with magnitude larger than supported range");
  EXPECT_EQ(canonical("1e-9223372036854775808"),
            "error: Number underflow. Attempting to store a number with magnitude smaller than supported range");
  EXPECT_EQ(canonical("1e" + std::string(100, '0') + "5"), "100000");
  EXPECT_EQ(canonical("0." + std::string(200, '0') + "1e205"), "10000");
}

TEST(Number, TellsWhenItsDigitsOverflow32Bits) {
  for (const auto* text : {"1e2147483647", "10e2147483646", "0e2147483647", "1e2147483648", "1e9223372036854775807"}) {
    EXPECT_TRUE(Number::overflows_32_bits(text)) << text;
  }
  for (const auto* text : {"1e2147483646", "0.1e2147483647", "1e126", "1e-2147483648", "1", "x", "",
                           "123456789012345678901234567890123456789e2147483647"}) {
    EXPECT_FALSE(Number::overflows_32_bits(text)) << text;
  }
}

TEST(Number, ComparesNumericallyAtFullPrecision) {
  const char* ascending[] = {"-1e125", "-100",   "-10.5", "-10", "-0.001",
                             "0",      "1e-130", "0.5",   "1",   "1.0000000000000000000000000000000000001",
                             "2",      "10",     "1e125"};
  for (std::size_t left = 0; left < std::size(ascending); ++left) {
    for (std::size_t right = 0; right < std::size(ascending); ++right) {
      EXPECT_EQ(*Number::parse(ascending[left]) <=> *Number::parse(ascending[right]), left <=> right)
          << ascending[left] << " and " << ascending[right];
    }
  }
  EXPECT_EQ(*Number::parse("1.0"), *Number::parse("1"));
}

TEST(Number, AddsAndSubtractsExactly) {
  const auto sum = [](const char* left, const char* right) {
    const auto result = Number::add(*Number::parse(left), *Number::parse(right));
    return result.has_value() ? result->to_string() : result.error().message;
  };
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("1", "-1"), "0");
  EXPECT_EQ(sum("-5", "3"), "-2");
  EXPECT_EQ(sum("99999999999999999999999999999999999999", "1"), "1" + std::string(38, '0'));
  EXPECT_EQ(sum("99999999999999999999999999999999999999", "2"),
            "Number overflow. Attempting to store a number with magnitude larger than supported range");
  EXPECT_EQ(sum("1e38", "1"),
            "Number overflow. Attempting to store a number with magnitude larger than supported range");
  EXPECT_EQ(sum("9e125", "9e125"),
            "Number overflow. Attempting to store a number with magnitude larger than supported range");
  EXPECT_EQ(Number::subtract(*Number::parse("5"), *Number::parse("7.5"))->to_string(), "-2.5");
  EXPECT_EQ(Number::from_integer(INT64_MIN).to_string(), "-9223372036854775808");
}

}  // namespace
}  // namespace millrace::model
