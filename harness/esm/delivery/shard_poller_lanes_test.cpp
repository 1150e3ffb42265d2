// Shards with several lanes, and records that a filter drops. No mapping asks for either yet.
#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "harness/esm/delivery/shard_poller_fixture.hpp"
#include "harness/esm/source/record_filter.hpp"
#include "server/base/random.hpp"

namespace millrace::esm {
namespace {

constexpr LaneId kReader = LaneId::kReader;
constexpr LaneId kProgress = LaneId::kProgress;
constexpr LaneId kFirst = LaneId::kFirst;
constexpr LaneId kSecond = lane_id(1);

/// Odd sequences belong to one partition key, even ones to another.
RecordsRead two_keys(std::initializer_list<Sequence> sequences) {
  Page page;
  for (const Sequence sequence : sequences) page.records.push_back(record_of(1 - sequence % 2, sequence));
  return {std::move(page)};
}

class OnlyMultiplesOfThree final : public RecordFilter {
 public:
  [[nodiscard]] bool passes(const Record& record) const override { return record.sequence % 3 == 0; }
};

class ShardLanesTest : public testing::Test {
 protected:
  ShardLanesTest() { settings_.lanes = 2; }

  template <class What>
  std::string after(LaneId lane, What what, Duration later = Duration::zero()) {
    now_ += later;
    if (!poller_) poller_.emplace(settings_, 0);
    actions_ = poller_->resume(now_, {lane, std::move(what)});
    return print(actions_);
  }
  [[nodiscard]] Sequence saved() const { return poller_->checkpoint(); }

  PollerSettings settings_;
  TimePoint now_{kStart};
  Actions actions_;
  std::optional<ShardPoller> poller_;
};

TEST_F(ShardLanesTest, EachLaneGetsTheRecordsOfItsKeys) {
  after(kReader, Started{});
  EXPECT_EQ(after(kReader, two_keys({1, 2, 3, 4})), "invoke 1-3 attempt 0; lane 1 invoke 2-4 attempt 0");
  EXPECT_EQ(*std::get<Invoke>(actions_[0].what).event, R"({"Records":[{"n":1},{"n":3}]})");
  EXPECT_EQ(*std::get<Invoke>(actions_[1].what).event, R"({"Records":[{"n":2},{"n":4}]})");
  EXPECT_EQ(poller_->records_held(), 4U);
}

TEST_F(ShardLanesTest, TheCheckpointNeverPassesAnOpenRecord) {
  after(kReader, Started{});
  after(kReader, two_keys({1, 2, 3, 4}));
  // 2 and 4 are done, 1 and 3 are not: nothing to save, and the lane goes on collecting at once.
  EXPECT_EQ(after(kSecond, succeeded()), "wait");
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 4");
  EXPECT_EQ(std::get<Checkpoint>(actions_[0].what).delivered, 4U);
  EXPECT_EQ(after(kProgress, Saved{}), "keep going");  // the wait is still under way
  EXPECT_EQ(saved(), 4U);
}

TEST_F(ShardLanesTest, TheCheckpointCountsOnlyWhatItPasses) {
  settings_.batch_size = 1;
  after(kReader, Started{});
  EXPECT_EQ(after(kReader, two_keys({1, 2, 3, 4})), "invoke 1-1 attempt 0; lane 1 invoke 2-2 attempt 0");
  EXPECT_EQ(after(kSecond, succeeded()), "lane 1 invoke 4-4 attempt 0");
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 2");
  EXPECT_EQ(std::get<Checkpoint>(actions_[0].what).delivered, 2U);
  EXPECT_EQ(after(kSecond, succeeded()), "wait");  // 4 is done, behind 3
  EXPECT_EQ(after(kProgress, Saved{}), "invoke 3-3 attempt 0");
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 4");
  EXPECT_EQ(std::get<Checkpoint>(actions_[0].what).delivered, 2U);
}

TEST_F(ShardLanesTest, ALaneThatRetriesDoesNotHoldUpTheOther) {
  settings_.maximum_retry_attempts = 1;
  after(kReader, Started{});
  after(kReader, two_keys({1, 2}));
  EXPECT_EQ(after(kFirst, failed()), "sleep until 500ms");
  EXPECT_EQ(after(kSecond, succeeded()), "wait");
  EXPECT_EQ(after(kReader, Woken{}), "read after 2");
  EXPECT_EQ(after(kReader, two_keys({3, 4})), "lane 1 invoke 4-4 attempt 0");
  EXPECT_EQ(after(kSecond, succeeded()), "wait");
  EXPECT_EQ(after(kFirst, Woken{}, 500ms), "invoke 1-1 attempt 1");  // the same batch, without 3
  EXPECT_EQ(after(kFirst, failed()), "discard 1-1 retries after 2");
  EXPECT_EQ(saved(), 0U);
  EXPECT_EQ(after(kFirst, Discarded{}), "checkpoint 2");
  EXPECT_EQ(std::get<Checkpoint>(actions_[0].what).delivered, 1U);
  EXPECT_EQ(std::get<Checkpoint>(actions_[0].what).discarded, 1U);
  EXPECT_EQ(after(kProgress, Saved{}), "invoke 3-3 attempt 0");
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 4");
}

TEST_F(ShardLanesTest, EachLaneCountsItsOwnFailures) {
  after(kReader, Started{});
  after(kReader, two_keys({1, 2}));
  EXPECT_EQ(after(kFirst, failed()), "sleep until 500ms");
  EXPECT_EQ(after(kFirst, Woken{}, 500ms), "invoke 1-1 attempt 1");
  EXPECT_EQ(after(kFirst, failed()), "sleep until 1500ms");
  EXPECT_EQ(after(kSecond, throttled()), "lane 1 sleep until 1000ms");
}

TEST_F(ShardLanesTest, ReadingStopsWhenEnoughWaitsBehindALaneThatIsHeldUp) {
  settings_.page.records = 2;
  after(kReader, Started{});
  EXPECT_EQ(after(kReader, with_more(two_keys({1, 2}))), "read after 2");
  EXPECT_EQ(after(kReader, with_more(two_keys({3, 4}))), "invoke 1-3 attempt 0; lane 1 invoke 2-4 attempt 0");
  EXPECT_EQ(after(kSecond, succeeded()), "read after 4");
  EXPECT_EQ(after(kReader, with_more(two_keys({5, 7}))), "keep going");  // both wait for the first lane
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 4");
  EXPECT_EQ(after(kProgress, Saved{}), "invoke 5-7 attempt 0; read after 7");
}

TEST_F(ShardLanesTest, WhatHasBeenCollectedDoesNotWaitForAReadThatCannotBegin) {
  settings_.page.records = 3;
  after(kReader, Started{});
  EXPECT_EQ(after(kReader, two_keys({1})), "invoke 1-1 attempt 0; wait");
  EXPECT_EQ(after(kReader, Woken{}), "read after 1");
  // Three wait behind the first lane, so 4 has nothing to wait for although the shard has more.
  EXPECT_EQ(after(kReader, with_more(two_keys({3, 4, 5, 7}))), "lane 1 invoke 4-4 attempt 0");
}

TEST_F(ShardLanesTest, LanesGetNoFurtherAheadOfTheCheckpointThanTheyMay) {
  settings_.most_ahead = 3;
  after(kReader, Started{});
  after(kReader, two_keys({1, 2}));
  EXPECT_EQ(after(kSecond, succeeded()), "wait");
  EXPECT_EQ(after(kReader, Woken{}), "read after 2");
  EXPECT_EQ(after(kReader, two_keys({4})), "lane 1 invoke 4-4 attempt 0");
  EXPECT_EQ(after(kSecond, succeeded()), "wait");
  EXPECT_EQ(after(kReader, Woken{}), "keep going");  // 1 is open, and three records are behind it
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 4; read after 4");
}

TEST_F(ShardLanesTest, TheFirstWindowToEndEndsTheWait) {
  settings_.batching_window = 5s;
  after(kReader, Started{});
  EXPECT_EQ(after(kReader, two_keys({1})), "wait until 5000ms");
  EXPECT_EQ(after(kReader, Woken{}, 2s), "read after 1");
  EXPECT_EQ(after(kReader, two_keys({2})), "wait until 5000ms");
  EXPECT_EQ(after(kReader, Woken{}, 3s), "invoke 1-1 attempt 0; read after 2");
  EXPECT_EQ(after(kReader, nothing()), "wait until 7000ms");
  EXPECT_EQ(after(kReader, Woken{}, 2s), "lane 1 invoke 2-2 attempt 0");
}

TEST_F(ShardLanesTest, AStopWaitsForAllThatIsInFlight) {
  after(kReader, Started{});
  after(kReader, two_keys({1, 2}));
  EXPECT_EQ(after(kReader, Stop{}), "keep going");
  EXPECT_EQ(after(kSecond, succeeded()), "keep going");
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 2");
  EXPECT_EQ(after(kProgress, Saved{}), "stopped");
  EXPECT_EQ(saved(), 2U);
}

TEST_F(ShardLanesTest, AStopSavesWhatOneLaneDidAlthoughTheOtherFails) {
  settings_.batch_size = 1;
  after(kReader, Started{});
  after(kReader, two_keys({1, 2, 3, 4}));
  EXPECT_EQ(after(kReader, Stop{}), "keep going");
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 1");
  EXPECT_EQ(after(kSecond, failed()), "keep going");
  EXPECT_EQ(after(kProgress, Saved{}), "stopped");
  EXPECT_EQ(saved(), 1U);
}

TEST_F(ShardLanesTest, AStopEndsABackOffAndWaitsForTheOtherLane) {
  after(kReader, Started{});
  after(kReader, two_keys({1, 2}));
  after(kFirst, failed());
  EXPECT_EQ(after(kReader, Stop{}), "keep going");
  EXPECT_EQ(after(kSecond, succeeded()), "stopped");  // 1 is open: there is nothing to save
}

TEST_F(ShardLanesTest, AFailedCheckpointIsSaidAgainWithWhatHasBeenDoneMeanwhile) {
  after(kReader, Started{});
  after(kReader, two_keys({1, 2}));
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 1");
  EXPECT_EQ(after(kProgress, Saved{false}), "sleep until 500ms");
  EXPECT_EQ(after(kSecond, succeeded()), "keep going");
  EXPECT_EQ(after(kProgress, Woken{}, 500ms), "checkpoint 2");
  EXPECT_EQ(std::get<Checkpoint>(actions_[0].what).delivered, 1U);
  EXPECT_EQ(after(kProgress, Saved{}), "wait");
}

TEST_F(ShardLanesTest, AClosedShardIsFinishedWhenAllLanesAre) {
  after(kReader, Started{});
  after(kReader, at_end(two_keys({1, 2})));
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 1");
  EXPECT_EQ(after(kProgress, Saved{}), "keep going");
  EXPECT_EQ(after(kSecond, succeeded()), "checkpoint 2");
  EXPECT_EQ(after(kProgress, Saved{}), "finished");
}

TEST_F(ShardLanesTest, AnAnswerOfALaneThatAskedForNothingIsABug) {
  after(kReader, Started{});
  after(kReader, two_keys({1}));
  EXPECT_THROW(after(kSecond, succeeded()), std::logic_error);
  EXPECT_THROW(after(lane_id(2), succeeded()), std::logic_error);
  EXPECT_THROW(after(kProgress, Saved{}), std::logic_error);
}

TEST_F(ShardLanesTest, RecordsThatAFilterDropsAreDone) {
  settings_.lanes = 1;
  settings_.filter = std::make_shared<OnlyMultiplesOfThree>();
  after(kReader, Started{});
  // 1 and 2 are done at once; 3 is delivered, and 4 and 5 are done with it.
  EXPECT_EQ(after(kReader, records({1, 2, 3, 4, 5})), "checkpoint 2; invoke 3-3 attempt 0");
  EXPECT_EQ(std::get<Checkpoint>(actions_[0].what).delivered, 0U);
  EXPECT_EQ(after(kProgress, Saved{}), "keep going");
  EXPECT_EQ(after(kFirst, succeeded()), "checkpoint 5");
  EXPECT_EQ(std::get<Checkpoint>(actions_[0].what).delivered, 1U);
  EXPECT_EQ(after(kProgress, Saved{}), "wait");
}

TEST_F(ShardLanesTest, APageWithNothingThatPassesIsSavedAndCallsNobody) {
  settings_.lanes = 1;
  settings_.filter = std::make_shared<OnlyMultiplesOfThree>();
  after(kReader, Started{});
  EXPECT_EQ(after(kReader, with_more(records({1, 2}))), "checkpoint 2");
  EXPECT_EQ(after(kProgress, Saved{}), "read after 2");
  EXPECT_EQ(after(kReader, at_end(records({4}))), "checkpoint 4");
  EXPECT_EQ(after(kProgress, Saved{}), "finished");
}

/// Many lanes, answers in any order, failures, damage: what must hold does.
TEST_F(ShardLanesTest, WhateverComesKeysStayInOrderAndTheCheckpointBehindThem) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random{seed};
    PollerSettings settings;
    settings.lanes = 1 + random.below(4);
    settings.batch_size = 1 + random.below(4);
    settings.page.records = 1 + random.below(5);
    settings.most_ahead = 5 + random.below(20);
    settings.bisect_on_function_error = random.below(2) == 0;
    if (random.below(2) == 0) settings.maximum_retry_attempts = static_cast<std::uint32_t>(random.below(3));
    if (random.below(3) == 0) settings.filter = std::make_shared<OnlyMultiplesOfThree>();
    if (random.below(3) == 0) settings.batching_window = 2s;
    constexpr Sequence kRecords = 60;
    ShardPoller poller{settings, 0};
    const auto key_of = [&](Sequence sequence) { return (sequence * 7 + seed) % 6; };

    std::map<LaneId, Action> under_way;
    std::set<Sequence> ended;
    std::map<std::uint64_t, Sequence> newest_of_key;
    Sequence asked = 0;
    TimePoint now = kStart;
    bool finished = false;
    const auto take = [&](Actions actions) {
      for (Action& action : actions) {
        ASSERT_FALSE(finished);
        if (std::holds_alternative<Finished>(action.what)) {
          finished = true;
          continue;
        }
        if (const auto* const invoke = std::get_if<Invoke>(&action.what)) {
          ASSERT_LE(invoke->records, settings.batch_size);
          ASSERT_FALSE(ended.contains(invoke->first));
        }
        if (const auto* const checkpoint = std::get_if<Checkpoint>(&action.what)) {
          ASSERT_GE(checkpoint->upto, asked);
          asked = checkpoint->upto;
          for (Sequence sequence = 1; sequence <= asked; ++sequence) {
            ASSERT_TRUE(ended.contains(sequence) || (settings.filter && sequence % 3 != 0)) << sequence;
          }
        }
        if (const auto before = under_way.find(action.lane); before != under_way.end()) {
          ASSERT_TRUE(std::holds_alternative<WaitForRecords>(before->second.what)) << "two actions of one part";
        }
        under_way.insert_or_assign(action.lane, std::move(action));
      }
    };
    const auto end_records = [&](LaneId lane, Sequence first, Sequence last) {
      for (Sequence sequence = first; sequence <= last; ++sequence) {
        if (key_of(sequence) % settings.lanes != index_of(lane)) continue;
        if (settings.filter && sequence % 3 != 0) continue;
        ASSERT_TRUE(ended.insert(sequence).second) << sequence << " ends twice";
        Sequence& newest = newest_of_key[key_of(sequence)];
        ASSERT_LT(newest, sequence) << "out of order";
        newest = sequence;
      }
    };
    take(poller.resume(now, {kReader, Started{}}));
    for (int step = 0; step < 5000 && !finished && !HasFatalFailure(); ++step) {
      ASSERT_FALSE(under_way.empty());
      auto chosen = under_way.begin();
      std::advance(chosen, static_cast<std::ptrdiff_t>(random.below(under_way.size())));
      const Action action = chosen->second;
      under_way.erase(chosen);
      const LaneId lane = action.lane;
      now += 10ms;
      if (const auto* const read = std::get_if<ReadRecords>(&action.what)) {
        if (random.below(6) == 0) {
          take(poller.resume(now, {lane, read_failed()}));
          continue;
        }
        Page page;
        for (Sequence next = read->after + 1; next <= kRecords && page.records.size() < settings.page.records; ++next) {
          page.records.push_back(record_of(key_of(next), next));
        }
        const Sequence last = page.records.empty() ? read->after : page.records.back().sequence;
        page.more = last < kRecords;
        page.at_end = !page.more;
        take(poller.resume(now, {lane, RecordsRead{std::move(page)}}));
      } else if (const auto* const invoke = std::get_if<Invoke>(&action.what)) {
        const bool fails = random.below(3) == 0;
        if (!fails) end_records(lane, invoke->first, invoke->last);
        take(poller.resume(now, {lane, fails ? failed() : succeeded()}));
      } else if (const auto* const discard = std::get_if<Discard>(&action.what)) {
        end_records(lane, discard->first, discard->last);
        take(poller.resume(now, {lane, Discarded{}}));
      } else if (std::holds_alternative<Checkpoint>(action.what)) {
        take(poller.resume(now, {lane, Saved{random.below(4) != 0}}));
      } else if (const auto* const sleep = std::get_if<SleepUntil>(&action.what)) {
        now = std::max(now, sleep->when);
        take(poller.resume(now, {lane, Woken{}}));
      } else {
        const auto& wait = std::get<WaitForRecords>(action.what);
        now = std::max(now, wait.until.value_or(now));
        take(poller.resume(now, {lane, Woken{}}));
      }
    }
    ASSERT_TRUE(finished);
    EXPECT_EQ(poller.checkpoint(), kRecords);
    EXPECT_TRUE(under_way.empty());
  }
}

}  // namespace
}  // namespace millrace::esm
