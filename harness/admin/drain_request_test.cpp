#include "harness/admin/drain_request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::admin {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST(DrainRequestTest, EmptyBodyAsksForTheDefaults) {
  for (const auto* body : {"", "  \n", "{}"}) {
    const auto request = parse_drain_request(body);
    ASSERT_TRUE(request.has_value()) << body;
    EXPECT_EQ(request->timeout, 30s);
    EXPECT_FALSE(request->mapping);
  }
}

TEST(DrainRequestTest, ReadsTimeoutAndMapping) {
  const auto request = parse_drain_request(R"({"timeoutSeconds":1.5,"mapping":"14e0db71"})");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->timeout, 1500ms);
  EXPECT_EQ(request->mapping, "14e0db71");
}

TEST(DrainRequestTest, RefusesWhatItDoesNotUnderstand) {
  for (const auto* body : {"[]", "{", "7", R"({"timeoutSeconds":-1})", R"({"timeoutSeconds":"5"})",
                           R"({"timeoutSeconds":3601})", R"({"mapping":7})", R"({"timeout":5})"}) {
    const auto request = parse_drain_request(body);
    ASSERT_TRUE(request.has_error()) << body;
    EXPECT_EQ(request.error().kind, ErrorKind::kLambdaInvalidParameterValue);
  }
}

TEST(DrainRequestTest, ReadsNoDeepBody) {
  for (const std::string& body : {std::string(1'000'000, '['), R"({"mapping":)" + std::string(80'000, '[')}) {
    const auto request = parse_drain_request(body);
    ASSERT_TRUE(request.has_error());
    EXPECT_EQ(request.error().message, "The body of a drain cannot be read: it nests more than 100 levels.");
  }
}

}  // namespace
}  // namespace millrace::admin
