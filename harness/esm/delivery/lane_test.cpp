// A lane by itself: what it does is what the scripts of the shard poller check; here is what only the lane knows.
#include "harness/esm/delivery/lane.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "harness/esm/delivery/shard_poller_fixture.hpp"

namespace millrace::esm {
namespace {

constexpr Lane::Outlook kNothingFollows{.more = false, .at_end = false, .settled = true};
constexpr Lane::Outlook kMoreFollows{.more = true, .at_end = false, .settled = true};

class LaneTest : public testing::Test {
 protected:
  Lane& lane() {
    if (!lane_) lane_.emplace(std::make_shared<const PollerSettings>(settings_));
    return *lane_;
  }
  void add(Sequence sequence, TimePoint created = kStart) {
    lane().add(record(sequence, created), watermark_.enter(sequence));
  }
  static std::string print_next(const Lane::Next& next) {
    if (!next) return "nothing";
    return std::visit([](const auto& action) { return Print{}(action); }, *next);
  }
  std::string send() {
    const auto sent = lane().send(now_);
    if (const auto* const discard = std::get_if<Discard>(&sent)) discard_ = *discard;
    return print_next(sent);
  }
  std::string answer(const Invoked& event, bool stopping = false) {
    const Lane::Next next = lane().on(now_, event, watermark_, stopping);
    if (next) {
      if (const auto* const discard = std::get_if<Discard>(&*next)) discard_ = *discard;
    }
    return print_next(next);
  }

  PollerSettings settings_;
  Watermark watermark_{0};
  TimePoint now_{kStart};
  Discard discard_;

 private:
  std::optional<Lane> lane_;
};

TEST_F(LaneTest, FinishedRecordsEndInTheWatermarkAndTheLaneStands) {
  add(1);
  add(2);
  EXPECT_TRUE(lane().is_ready(now_, kNothingFollows));
  EXPECT_EQ(send(), "invoke 1-2 attempt 0");
  EXPECT_TRUE(lane().is_under_way());
  EXPECT_EQ(watermark_.upto(), 0U);
  EXPECT_EQ(answer(succeeded()), "nothing");
  EXPECT_EQ(lane().judgement(), Judgement::kDelivered);
  EXPECT_EQ(watermark_.upto(), 2U);
  EXPECT_TRUE(lane().has_finished());
  EXPECT_EQ(print_next(lane().go_on(now_)), "nothing");
  EXPECT_TRUE(lane().is_collecting());
  EXPECT_EQ(lane().records_held(), 0U);
}

TEST_F(LaneTest, WaitsForTheCheckpointThatCoversIt) {
  add(5);
  send();
  answer(succeeded());
  lane().hold(5, 2);
  EXPECT_FALSE(lane().is_released_by(4, 2));
  EXPECT_FALSE(lane().is_released_by(5, 1));
  EXPECT_TRUE(lane().is_released_by(5, 2));
}

TEST_F(LaneTest, AWindowIsLookedAtOnlyWhenNothingIsBeingRead) {
  settings_.batching_window = 5s;
  add(1);
  EXPECT_EQ(lane().next_end(), std::nullopt);
  lane().open_window(now_);
  EXPECT_EQ(lane().next_end(), kStart + 5s);
  EXPECT_FALSE(lane().is_ready(now_ + 4s, kNothingFollows));
  EXPECT_TRUE(lane().is_ready(now_ + 5s, kNothingFollows));
  EXPECT_FALSE(lane().is_ready(now_ + 5s, {.more = false, .at_end = false, .settled = false}));
}

TEST_F(LaneTest, ABacklogFillsTheBatch) {
  settings_.batch_size = 3;
  add(1);
  add(2);
  EXPECT_FALSE(lane().is_ready(now_, kMoreFollows));
  add(3);
  EXPECT_TRUE(lane().is_ready(now_, kMoreFollows));
}

TEST_F(LaneTest, WhatIsGivenUpSaysAllThatADestinationNeeds) {
  settings_.maximum_retry_attempts = 1;
  add(1, kStart - 3s);
  add(2, kStart - 2s);
  send();
  EXPECT_EQ(answer(failed()), "sleep until 500ms");
  EXPECT_EQ(print_next(lane().on(now_, Woken{})), "invoke 1-2 attempt 1");
  EXPECT_EQ(answer(failed()), "discard 1-2 retries after 2");
  EXPECT_EQ(discard_.records, 2U);
  EXPECT_EQ(discard_.first_created, kStart - 3s);
  EXPECT_EQ(discard_.last_created, kStart - 2s);
  EXPECT_FALSE(discard_.reported);
  ASSERT_NE(discard_.event, nullptr);
  EXPECT_EQ(*discard_.event, R"({"Records":[{"n":1},{"n":2}]})");
  EXPECT_TRUE(lane().is_under_way());  // until somebody says that it is done
  EXPECT_EQ(watermark_.upto(), 0U);
  EXPECT_EQ(print_next(lane().on(Discarded{}, watermark_)), "nothing");
  const Watermark::Tally tally = watermark_.take();
  EXPECT_EQ(tally.upto, 2U);
  EXPECT_EQ(tally.discarded, 2U);
}

TEST_F(LaneTest, ItIsToldApartWhetherTheFunctionFailedOrReported) {
  settings_.maximum_retry_attempts = 1;
  settings_.report_item_failures = true;
  add(1);
  send();
  answer(failed());
  static_cast<void>(lane().on(now_, Woken{}));
  EXPECT_EQ(answer(Reported({1}).event()), "discard 1-1 retries after 2");
  EXPECT_TRUE(discard_.reported);
}

TEST_F(LaneTest, OldRecordsInFrontAreGivenUpAsAnEventOfTheirOwn) {
  settings_.maximum_record_age = 60s;
  add(1, kStart - 61s);
  add(2);
  EXPECT_EQ(send(), "discard 1-1 age after 0");
  ASSERT_NE(discard_.event, nullptr);
  EXPECT_EQ(*discard_.event, R"({"Records":[{"n":1}]})");
  EXPECT_EQ(discard_.last_created, kStart - 61s);
  static_cast<void>(lane().on(Discarded{}, watermark_));
  EXPECT_EQ(print_next(lane().go_on(now_)), "invoke 2-2 attempt 0");
}

TEST_F(LaneTest, APartIsDeliveredAndTheRestIsTriedAgain) {
  settings_.report_item_failures = true;
  add(1);
  add(2);
  send();
  EXPECT_EQ(answer(Reported({2}).event()), "nothing");
  EXPECT_EQ(lane().judgement(), Judgement::kPartlyDelivered);
  EXPECT_EQ(watermark_.upto(), 1U);
  EXPECT_EQ(print_next(lane().go_on(now_)), "sleep until 500ms");
  EXPECT_EQ(print_next(lane().on(now_, Woken{})), "invoke 2-2 attempt 0");
}

TEST_F(LaneTest, WhoStopsSendsNothingAgain) {
  add(1);
  send();
  lane().stop();
  EXPECT_TRUE(lane().is_under_way());
  EXPECT_EQ(answer(throttled(), true), "nothing");
  EXPECT_FALSE(lane().is_under_way());
  EXPECT_FALSE(lane().has_finished());
  EXPECT_EQ(watermark_.upto(), 0U);
}

TEST_F(LaneTest, AnAnswerToSomethingElseIsABug) {
  EXPECT_THROW(answer(succeeded()), std::logic_error);
  EXPECT_THROW(static_cast<void>(lane().on(Discarded{}, watermark_)), std::logic_error);
  EXPECT_THROW(static_cast<void>(lane().on(now_, Woken{})), std::logic_error);
  EXPECT_THROW(static_cast<void>(lane().go_on(now_)), std::logic_error);
}

}  // namespace
}  // namespace millrace::esm
