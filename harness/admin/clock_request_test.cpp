#include "harness/admin/clock_request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::admin {
namespace {

using namespace std::chrono_literals;

const TimePoint kNoon{1'767'268'800s};  // 2026-01-01 12:00 UTC

TEST(ClockRequestTest, EmptyBodyOnlyAsks) {
  for (const auto* body : {"", " \n", "{}"}) {
    const auto request = parse_clock_request(body);
    ASSERT_TRUE(request.has_value()) << body;
    EXPECT_FALSE(request->moves());
    EXPECT_FALSE(request->freeze);
    EXPECT_EQ(request->timeout, 30s);
  }
}

TEST(ClockRequestTest, ReadsItsMembers) {
  const auto request =
      parse_clock_request(R"({"freeze":true,"set":"2026-01-01T12:00:00Z","advance":"1h30m","timeoutSeconds":0.5})");
  ASSERT_TRUE(request.has_value()) << request.error().message;
  EXPECT_EQ(request->freeze, true);
  EXPECT_EQ(request->set, kNoon);
  EXPECT_EQ(request->advance, 90min);
  EXPECT_EQ(request->timeout, 500ms);
  EXPECT_EQ(parse_clock_request(R"({"set":1767268800.25})")->set, kNoon + 250ms);
  EXPECT_EQ(parse_clock_request(R"({"advance":90})")->advance, 90s);
  EXPECT_EQ(parse_clock_request(R"({"freeze":false})")->freeze, false);
}

TEST(ClockRequestTest, RefusesWhatItDoesNotUnderstandWithASentence) {
  for (const auto* body :
       {"[]", "{", "7", R"({"freeze":"yes"})", R"({"set":"tomorrow"})", R"({"set":-1})", R"({"set":true})",
        R"({"set":1767268800000})", R"({"advance":"-4h"})", R"({"advance":-4})", R"({"advance":null})",
        R"({"advance":"4 hours"})", R"({"timeoutSeconds":-1})", R"({"timeoutSeconds":3601})", R"({"by":"4h"})"}) {
    const auto request = parse_clock_request(body);
    ASSERT_TRUE(request.has_error()) << body;
    EXPECT_EQ(request.error().kind, ErrorKind::kLambdaInvalidParameterValue);
    EXPECT_TRUE(request.error().message.ends_with('.')) << request.error().message;
  }
  EXPECT_EQ(parse_clock_request(R"({"by":"4h"})").error().message,
            "The clock has no member 'by'; it has freeze, set, advance and timeoutSeconds.");
}

TEST(ClockRequestTest, GoesForwardsOnly) {
  EXPECT_EQ(target_of({.advance = 4h}, kNoon).value(), kNoon + 4h);
  EXPECT_EQ(target_of({.set = kNoon + 1h}, kNoon).value(), kNoon + 1h);
  EXPECT_EQ(target_of({.set = kNoon + 1h, .advance = 1h}, kNoon).value(), kNoon + 2h);
  EXPECT_EQ(target_of({.set = kNoon}, kNoon).value(), kNoon);
  EXPECT_EQ(target_of({.set = kNoon - 1h}, kNoon).error().message,
            "The clock stands at 2026-01-01T12:00:00.000Z and never goes back, since records, shards and retries rely "
            "on that. To be at 2026-01-01T11:00:00.000Z, start Millrace with --clock 2026-01-01T11:00:00.000Z.");
  EXPECT_TRUE(target_of({.advance = std::chrono::hours{876'000}}, TimePoint{253'402'300'000s}).has_error());
}

}  // namespace
}  // namespace millrace::admin
