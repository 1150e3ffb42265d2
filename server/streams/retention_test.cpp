#include "server/streams/retention.hpp"

#include <gtest/gtest.h>

#include "server/streams/streams_fixture.hpp"

namespace millrace::streams {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Retention : public StreamsFixture {
 protected:
  void trim() {
    in_transaction([&] { return trim_expired(*storage_, catalog_, time_.now()).has_value(); });
  }
};

TEST_F(Retention, RemovesRecordsOlderThanADayAndNotesHowFar) {
  const StreamDescriptor& stream = create_stream();
  insert(stream, "a");
  const Sequence b = insert(stream, "b");
  time_.advance(hours{1});
  insert(stream, "c");
  time_.advance(hours{23});
  trim();
  EXPECT_EQ(records_of(stream.shards.front()).size(), 3U) << "exactly a day old is not older";
  time_.advance(minutes{1});
  trim();
  EXPECT_EQ(records_of(stream.shards.front()).size(), 1U);
  EXPECT_EQ(stream.shards.front().trimmed_through, b);
}

TEST_F(Retention, KeepsADisabledStreamForADay) {
  const StreamDescriptor& stream = create_stream();
  const std::string arn = stream.arn;
  const Sequence last = insert(stream, "a");
  disable(stream);
  time_.advance(hours{24} - minutes{1});
  trim();
  ASSERT_NE(catalog_.find(arn), nullptr);
  EXPECT_EQ(records_of(stream.shards.front()).size(), 1U);
  time_.advance(minutes{1});
  trim();
  EXPECT_EQ(catalog_.find(arn), nullptr);
  StreamCatalog other{*storage_, random_};
  ASSERT_TRUE(other.load().has_value());
  EXPECT_EQ(other.find(arn), nullptr);
  EXPECT_GT(insert(create_stream(), "b"), last);
}

TEST_F(Retention, DropsClosedShardsOnceTheyAreEmptyAndChildrenForgetThem) {
  const StreamDescriptor& stream = create_stream(2);
  insert(stream, "a", 0, 0);
  roll_over(stream);
  time_.advance(hours{24});
  trim();
  EXPECT_EQ(stream.shards.size(), 3U) << "one parent was empty, the other's record is not older than a day";
  time_.advance(minutes{1});
  trim();
  ASSERT_EQ(stream.shards.size(), 2U);
  for (const Shard& shard : stream.shards) {
    EXPECT_TRUE(shard.is_open());
    EXPECT_TRUE(shard.parent_shard_ids.empty());
  }
}

}  // namespace
}  // namespace millrace::streams
