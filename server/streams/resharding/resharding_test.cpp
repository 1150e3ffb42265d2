#include "server/streams/resharding/resharding.hpp"

#include <gmock/gmock.h>

#include "server/streams/streams_fixture.hpp"

namespace millrace::streams {
namespace {

using std::chrono::hours;
using testing::ElementsAre;

class Resharding : public StreamsFixture {
 protected:
  void carry_out(const StreamDescriptor& stream, const Result<std::vector<Succession>>& plan) {
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    in_transaction([&] {
      EXPECT_TRUE(reshard(gate_, catalog_, stream, *plan, time_.now()).has_value());
      return 0;
    });
  }
  std::size_t roll_over_due(std::size_t most = 100) {
    return in_transaction(
        [&] { return roll_over_next_stream(gate_, catalog_, kRolloverAge, time_.now(), most).value(); });
  }
  /// How many steps a job needs, as jobs::ShardRollover asks.
  int roll_over_all() {
    int looks = 0;
    for (; has_shards_to_roll_over(catalog_, kRolloverAge, time_.now()); ++looks) {
      EXPECT_LT(looks, 100);
      if (looks == 100) break;
      roll_over_due();
    }
    return looks;
  }
  static std::vector<const Shard*> open_of(const StreamDescriptor& stream) {
    std::vector<const Shard*> open;
    for (const Shard& shard : stream.shards) {
      if (shard.is_open()) open.push_back(&shard);
    }
    std::ranges::sort(open, {}, &Shard::first_hash);
    return open;
  }
  static std::string message(const Result<std::vector<Succession>>& plan) {
    EXPECT_TRUE(plan.has_error());
    return plan.has_error() ? plan.error().message : std::string{};
  }
};

TEST_F(Resharding, SplitsAShardAtTheMiddleOfItsHashRange) {
  const StreamDescriptor& stream = create_stream();
  const std::string parent = stream.shards.front().shard_id;
  carry_out(stream, plan_split(stream));
  const auto open = open_of(stream);
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0]->hash_range(), (HashRange{0, 0x7FFFFFFF}));
  EXPECT_EQ(open[1]->hash_range(), (HashRange{0x80000000, 0xFFFFFFFF}));
  for (const Shard* const child : open) EXPECT_THAT(child->parent_shard_ids, ElementsAre(parent));
  EXPECT_FALSE(stream.find_shard(parent)->is_open());
  EXPECT_THAT(committed_logs_, ElementsAre(stream.find_shard(parent)->log)) << "its readers are to look";
}

TEST_F(Resharding, MergesNeighboursIntoAChildOfBoth) {
  const StreamDescriptor& stream = create_stream(3);
  const auto open = open_of(stream);
  const std::string first = open[0]->shard_id;
  const std::string second = open[1]->shard_id;
  carry_out(stream, plan_merge(stream, second, first));
  const auto left = open_of(stream);
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0]->first_hash, 0U);
  EXPECT_EQ(left[0]->last_hash + 1, left[1]->first_hash);
  EXPECT_THAT(left[0]->parent_shard_ids, ElementsAre(second, first)) << "the one that closed last comes first";
  EXPECT_GT(*stream.find_shard(second)->ending_sequence, *stream.find_shard(first)->ending_sequence);
  EXPECT_TRUE(left[0]->is_child_of(first));
  EXPECT_EQ(stream_from_document(to_document(stream)).value(), stream);
}

TEST_F(Resharding, TakesTheShardsThatCanBeMeantWhenNoneIsNamed) {
  const StreamDescriptor& stream = create_stream();
  carry_out(stream, plan_split(stream));
  carry_out(stream, plan_merge(stream));
  EXPECT_EQ(open_of(stream).size(), 1U);
  carry_out(stream, plan_split(stream));
  carry_out(stream, plan_split(stream, open_of(stream)[1]->shard_id));
  const std::string last = open_of(stream)[2]->shard_id;
  carry_out(stream, plan_merge(stream, last));
  EXPECT_THAT(open_of(stream)[1]->parent_shard_ids.front(), last) << "the last one has a neighbour below only";
}

TEST_F(Resharding, KeepsTheRecordsOfAKeyInOneLineage) {
  const StreamDescriptor& stream = create_stream();
  std::vector<Sequence> written;
  const auto write = [&] { written.push_back(insert(stream, std::to_string(written.size()), 0, 0x90000000U)); };
  write();
  carry_out(stream, plan_split(stream));
  write();
  carry_out(stream, plan_rollover(stream));
  write();
  carry_out(stream, plan_merge(stream));
  write();
  std::vector<std::string> seen;
  for (const Shard& shard : stream.shards) {
    for (const auto& record : records_of(shard)) {
      seen.push_back(record.at("dynamodb").at("Keys").at("id").at("S").get<std::string>());
      EXPECT_TRUE(shard.covers(0x90000000U));
    }
  }
  EXPECT_THAT(seen, ElementsAre("0", "1", "2", "3"));
}

TEST_F(Resharding, RefusesWhatCannotBeDone) {
  const StreamDescriptor& stream = create_stream();
  const std::string root = stream.shards.front().shard_id;
  EXPECT_EQ(message(plan_merge(stream)), "The stream has one open shard, and nothing to merge it with.");
  EXPECT_EQ(message(plan_split(stream, "shardId-x")), "The stream has no shard shardId-x.");
  carry_out(stream, plan_split(stream));
  EXPECT_EQ(message(plan_split(stream)), "The stream has 2 open shards: shardId says which one is split.");
  EXPECT_EQ(message(plan_split(stream, root)), "The shard " + root + " is closed.");
  EXPECT_EQ(message(plan_rollover(stream, root)), "The shard " + root + " is closed.");
  carry_out(stream, plan_split(stream, open_of(stream)[0]->shard_id));
  const auto open = open_of(stream);
  EXPECT_EQ(message(plan_merge(stream)), "The stream has 3 open shards: shardId says which one is merged.");
  EXPECT_EQ(message(plan_merge(stream, open[2]->shard_id, open[0]->shard_id)),
            "The hash ranges of the shards " + open[0]->shard_id + " and " + open[2]->shard_id +
                " do not touch: only neighbours can be merged.");
  EXPECT_TRUE(plan_merge(stream, open[0]->shard_id, open[0]->shard_id).has_error());
  disable(stream);
  EXPECT_EQ(message(plan_rollover(stream)), "The stream is disabled: all its shards are closed.");
}

TEST_F(Resharding, ASplitEndsAtOneValueAndAtAThousandShards) {
  const StreamDescriptor& narrow = create_stream(1, "Narrow");
  for (int bit = 0; bit < 32; ++bit) carry_out(narrow, plan_split(narrow, open_of(narrow).front()->shard_id));
  const std::string last = open_of(narrow).front()->shard_id;
  EXPECT_EQ(open_of(narrow).front()->hash_range(), (HashRange{0, 0}));
  EXPECT_EQ(message(plan_split(narrow, last)),
            "The shard " + last + " has a hash range of one value and cannot be split.");
  const StreamDescriptor& wide = create_stream(kMaxOpenShards, "Wide");
  EXPECT_EQ(message(plan_split(wide, wide.shards.front().shard_id)),
            "The stream has 1000 open shards, and no stream has more: merge some first.");
}

TEST_F(Resharding, AStreamHasTenThousandShardsAtMost) {
  const StreamDescriptor& stream = create_stream(900);
  insert(stream, "a");
  time_.advance(hours{4});
  for (int generation = 0; generation < 10; ++generation) carry_out(stream, plan_rollover(stream));
  EXPECT_EQ(message(plan_rollover(stream)),
            "The stream has 9900 shards, and no stream has more than 10000: closed ones leave it 24 hours after they "
            "were closed.");
  EXPECT_TRUE(plan_split(stream, open_of(stream).front()->shard_id).has_value());
}

TEST_F(Resharding, AShardWithRecordsRollsOverWhenItIsFourHoursOld) {
  const StreamDescriptor& stream = create_stream(2);
  insert(stream, "a", 0, 0);
  time_.advance(kRolloverAge - std::chrono::milliseconds{1});
  EXPECT_EQ(roll_over_all(), 0);
  time_.advance(std::chrono::milliseconds{1});
  EXPECT_LE(roll_over_all(), 2);
  ASSERT_EQ(stream.shards.size(), 3U) << "the shard without a record stays";
  EXPECT_EQ(stream.shards.back().opened, time_.now());
  EXPECT_EQ(stream.shards.back().hash_range(), (HashRange{0, 0x7FFFFFFF}));
  time_.advance(hours{1});
  insert(stream, "b", 0, 0xFFFFFFFFU);
  EXPECT_EQ(roll_over_all(), 0) << "it is looked at again when it is eight hours old";
  time_.advance(hours{3});
  EXPECT_LE(roll_over_all(), 2);
  EXPECT_EQ(stream.shards.size(), 4U) << "that one only: the child has no record";
  EXPECT_EQ(open_of(stream).size(), 2U);
}

TEST_F(Resharding, ShardsOfOneMomentAreAllAsOldAsIt) {
  const StreamDescriptor& stream = create_stream();
  carry_out(stream, plan_split(stream));
  carry_out(stream, plan_merge(stream));
  insert(stream, "a");
  EXPECT_EQ(stream.shards.back().opened, kStart);
  time_.advance(hours{4});
  roll_over_all();
  EXPECT_EQ(stream.shards.size(), 5U);
}

TEST_F(Resharding, ARecordThatRetentionHasRemovedWasThere) {
  const StreamDescriptor& stream = create_stream();
  insert(stream, "a");
  in_transaction([&] {
    StreamDescriptor trimmed = stream;
    trimmed.shards.front().trimmed_through = 9;
    EXPECT_TRUE(storage_->trim_log(trimmed.shards.front().log, 9).has_value());
    return catalog_.replace(stream, std::move(trimmed)).has_value();
  });
  time_.advance(hours{5});
  roll_over_all();
  EXPECT_EQ(stream.shards.size(), 2U);
}

TEST_F(Resharding, IdleStreamsAreLookedAtOnceInFourHours) {
  for (int number = 0; number < 20; ++number) create_stream(1, "Idle" + std::to_string(number));
  EXPECT_EQ(catalog_.longest_open().since, kStart);
  for (int round = 1; round <= 6; ++round) {
    time_.advance(kRolloverAge);
    EXPECT_EQ(roll_over_all(), 20) << round;
    EXPECT_EQ(catalog_.longest_open().since, kStart + round * kRolloverAge);
  }
}

TEST_F(Resharding, AStreamOfManyShardsRollsOverInPortions) {
  const StreamDescriptor& stream = create_stream(10);
  for (std::uint32_t shard = 0; shard < 10; ++shard) insert(stream, "a", 0, shard * 0x19999999U + 100);
  time_.advance(hours{4});
  EXPECT_EQ(roll_over_due(4), 4U);
  EXPECT_EQ(stream.shards.size(), 14U);
  EXPECT_TRUE(has_shards_to_roll_over(catalog_, kRolloverAge, time_.now()));
  EXPECT_EQ(roll_over_due(100), 6U);
  EXPECT_EQ(open_of(stream).size(), 10U);
  EXPECT_EQ(roll_over_all(), 0);
}

TEST_F(Resharding, WhatLeavesTheProcessKeepsItsOneShard) {
  NewStream log{.table_arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/T",
                .table_name = "T",
                .table_id = "id",
                .key_schema = {},
                .arn_base = "kinesis/MILLISECOND/arn/T"};
  in_transaction([&] { return catalog_.create(log, time_.now()).value(); });
  EXPECT_EQ(catalog_.longest_open().stream, nullptr);
  ASSERT_TRUE(catalog_.load().has_value());
  EXPECT_EQ(catalog_.longest_open().stream, nullptr);
}

TEST_F(Resharding, AgesAreKnownAgainAfterARestartAndGoWithTheirStreams) {
  const StreamDescriptor& stream = create_stream();
  time_.advance(hours{1});
  const StreamDescriptor& younger = create_stream(1, "Younger");
  StreamCatalog other{*storage_, random_};
  ASSERT_TRUE(other.load().has_value());
  EXPECT_EQ(other.longest_open().stream, other.find(stream.arn));
  EXPECT_EQ(other.longest_open().since, kStart);
  disable(stream);
  EXPECT_EQ(catalog_.longest_open().stream, &younger);
  in_transaction([&] { return catalog_.remove(younger).has_value(); });
  EXPECT_EQ(catalog_.longest_open().stream, nullptr);
}

}  // namespace
}  // namespace millrace::streams
