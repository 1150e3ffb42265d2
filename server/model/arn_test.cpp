#include "server/model/arn.hpp"

#include <gtest/gtest.h>

namespace millrace::model {
namespace {

TEST(Arn, StreamLabelIsUtcWithMilliseconds) {
  EXPECT_EQ(stream_label(TimePoint{std::chrono::microseconds{1'421'867'831'123'456}}), "2015-01-21T19:17:11.123");
}

TEST(Arn, TakesStreamArnsApart) {
  const auto parts = parse_stream_arn("arn:aws:dynamodb:eu-west-1:123456789012:table/T/stream/2015-01-21T19:03:11.123");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->region, "eu-west-1");
  EXPECT_EQ(parts->table_name, "T");
  EXPECT_EQ(parts->label, "2015-01-21T19:03:11.123");
  for (const auto* bad :
       {"", "arn:aws:dynamodb:r:a:table/T", "arn:aws:kinesis:r:a:table/T/stream/x", "table/T/stream/x"}) {
    EXPECT_FALSE(parse_stream_arn(bad).has_value()) << bad;
  }
}

TEST(Arn, TakesTableArnsApart) {
  const auto parts = parse_table_arn("arn:aws:dynamodb:us-east-1:000000000000:table/T");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->region, "us-east-1");
  EXPECT_EQ(parts->account_id, "000000000000");
  EXPECT_EQ(parts->table_name, "T");
  for (const auto* bad :
       {"T", "arn:aws:dynamodb:us-east-1:000000000000:table/T/index/I", "arn:aws:dynamodb:r:a:table/"}) {
    EXPECT_FALSE(parse_table_arn(bad).has_value()) << bad;
  }
}

TEST(Arn, HintsAtTheRegionOrAccountOfAStreamFromElsewhere) {
  const Account here{};
  const auto arn = [](const Account& account) {
    return stream_arn(table_arn(account, "T"), "2015-01-21T19:03:11.123");
  };
  EXPECT_EQ(stream_elsewhere_hint(arn(here), here), "");
  EXPECT_EQ(stream_elsewhere_hint("nonsense", here), "");
  EXPECT_EQ(stream_elsewhere_hint(arn({"eu-west-1", here.id}), here),
            " (it is of region eu-west-1, this request of region us-east-1)");
  EXPECT_EQ(stream_elsewhere_hint(arn({here.region, "123456789012"}), here),
            " (it is of account 123456789012, this request of account 000000000000)");
}

}  // namespace
}  // namespace millrace::model
