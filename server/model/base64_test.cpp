#include "server/model/base64.hpp"

#include <gtest/gtest.h>

namespace millrace::model {
namespace {

TEST(Base64, RoundTrips) {
  for (const std::string bytes : {"", "a", "ab", "abc", "abcd", "\xFF\xFE\xFD"}) {
    EXPECT_EQ(*decode_base64(encode_base64(bytes)), bytes);
  }
  EXPECT_EQ(encode_base64("hello"), "aGVsbG8=");
}

// API reference 1.6, rows Blob
TEST(Base64, RefusesWithAwsTexts) {
  EXPECT_EQ(decode_base64("abc").error().message,
            "Base64 encoded length is expected a multiple of 4 bytes but found: 3");
  for (const auto* bad : {"ab!=", "a===", "====", "ab=c", "aGk=aGk=", "aGl="}) {
    EXPECT_EQ(decode_base64(bad).error().message, "Invalid last non-pad Base64 character dectected") << bad;
  }
}

}  // namespace
}  // namespace millrace::model
