#include "server/streams/shard_iterator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::streams {
namespace {

const ShardIterator kIterator{"arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2024-11-30T22:40:00.000",
                              "shardId-00000001733006400000-0123abcd", 42,
                              TimePoint{std::chrono::seconds{1'733'006'400}}};

TEST(ShardIterator, HasAwsFormAndComesBack) {
  const std::string text = to_text(kIterator);
  EXPECT_THAT(text, testing::MatchesRegex(R"(arn:aws:dynamodb:[^|]*\|[0-9]+\|[A-Za-z0-9+/=]+)"));
  EXPECT_LE(text.size(), 2048U);
  EXPECT_EQ(parse_shard_iterator(text).value(), kIterator);
}

TEST(ShardIterator, AnyOtherTextIsRefused) {
  const std::string text = to_text(kIterator);
  for (const std::string& bad :
       {std::string{}, std::string{"x"}, kIterator.stream_arn, kIterator.stream_arn + "|1|",
        kIterator.stream_arn + "|2|MQ==", kIterator.stream_arn + "|1|MQ==", kIterator.stream_arn + "|1|MXwx",
        kIterator.stream_arn + "|1|!!!!", kIterator.stream_arn + "|1|MDF8Mnx4", text + "=",
        text.substr(0, text.size() - 4) + "===="}) {
    const auto parsed = parse_shard_iterator(bad);
    ASSERT_TRUE(parsed.has_error()) << bad;
    EXPECT_EQ(parsed.error(), base::validation_error("Invalid ShardIterator")) << bad;
  }
}

TEST(ShardIterator, LivesForFifteenMinutes) {
  using std::chrono::minutes;
  EXPECT_TRUE(check_not_expired(kIterator, kIterator.created + minutes{15}).has_value());
  const auto expired = check_not_expired(kIterator, kIterator.created + minutes{15} + Duration{1});
  ASSERT_TRUE(expired.has_error());
  EXPECT_EQ(expired.error().kind, ErrorKind::kExpiredIterator);
}

}  // namespace
}  // namespace millrace::streams
