#include "server/jobs/shard_rollover.hpp"

#include <gtest/gtest.h>

#include "server/jobs/retention_sweep.hpp"
#include "server/streams/streams_fixture.hpp"

namespace millrace::jobs {
namespace {

using std::chrono::hours;
using streams::StreamDescriptor;

class ShardRolloverTest : public streams::StreamsFixture {
 protected:
  void do_all(storage::Job& job) {
    for (int steps = 0; job.is_pending(); ++steps) {
      ASSERT_LT(steps, 1000);
      in_transaction([&] { return job.step({}).has_value(); });
    }
  }

  ShardRollover rollover_{gate_, catalog_, time_, hours{4}};
};

TEST_F(ShardRolloverTest, IsDueFourHoursAfterTheOldestShardWasOpened) {
  EXPECT_EQ(rollover_.due(), std::nullopt);
  const StreamDescriptor& stream = create_stream();
  insert(stream, "a");
  EXPECT_EQ(rollover_.due(), streams::kStart + hours{4});
  EXPECT_FALSE(rollover_.is_pending());
  time_.advance(hours{4});
  EXPECT_TRUE(rollover_.is_pending());
  do_all(rollover_);
  EXPECT_EQ(stream.shards.size(), 2U);
  EXPECT_EQ(rollover_.due(), streams::kStart + hours{8});
}

TEST_F(ShardRolloverTest, RollsOverNothingWhenItIsOff) {
  const StreamDescriptor& stream = create_stream();
  insert(stream, "a");
  const ShardRollover off{gate_, catalog_, time_, std::nullopt};
  time_.advance(hours{48});
  EXPECT_FALSE(off.is_pending());
  EXPECT_EQ(off.due(), std::nullopt);
}

TEST_F(ShardRolloverTest, AStepRollsOverAsManyShardsOfManyStreamsAsOfFew) {
  for (int number = 0; number < 40; ++number) {
    const StreamDescriptor& stream = create_stream(4, "Table" + std::to_string(number));
    for (std::uint32_t shard = 0; shard < 4; ++shard) insert(stream, "a", 0, shard << 30U);
  }
  time_.advance(hours{4});
  const auto count_closed = [&] {
    std::size_t closed = 0;
    for (const auto* stream = catalog_.next({}); stream != nullptr; stream = catalog_.next(stream->arn)) {
      closed += stream->shards.size() - stream->count_open();
    }
    return closed;
  };
  in_transaction([&] { return rollover_.step({}).has_value(); });
  EXPECT_EQ(count_closed(), 64U);
  do_all(rollover_);
  EXPECT_EQ(count_closed(), 160U);
}

// A stream that is written to for a week has the shards of a day.
TEST_F(ShardRolloverTest, RetentionBoundsTheShardsOfAStream) {
  const StreamDescriptor& stream = create_stream(2);
  RetentionSweep retention{*storage_, catalog_};
  std::size_t most = 0;
  for (int hour = 0; hour < 24 * 7; ++hour) {
    insert(stream, "a", 0, 0);
    insert(stream, "b", 0, 0xFFFFFFFFU);
    time_.advance(hours{1});
    do_all(rollover_);
    retention.begin(time_.now());
    do_all(retention);
    most = std::max(most, stream.shards.size());
    ASSERT_EQ(stream.count_open(), 2U);
  }
  EXPECT_LE(most, 2U * (24 / 4 + 3));
  EXPECT_GE(most, 2U * (24 / 4));
}

}  // namespace
}  // namespace millrace::jobs
