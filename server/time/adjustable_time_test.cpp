#include "server/time/adjustable_time.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "server/time/machine_clock.hpp"

namespace millrace::time {
namespace {

using namespace std::chrono_literals;

/// Rings when the test says.
class HandAlarm final : public Alarm {
 public:
  struct Set {
    std::optional<Duration> wait{};
    std::function<void()> ring{};
  };
  explicit HandAlarm(Set& set) : set_{set} {}
  void set(Duration wait, std::function<void()> ring) override { set_ = {wait, std::move(ring)}; }
  void clear() override { set_ = {}; }

 private:
  Set& set_;
};

class AdjustableTimeTest : public ::testing::Test {
 protected:
  static constexpr TimePoint kStart{1'000'000s};

  TimerCallback note(const std::string& text) {
    return [this, text] { notes_.push_back(text + " at " + std::to_string(seconds_since_start())); };
  }
  [[nodiscard]] std::int64_t seconds_since_start() const {
    return std::chrono::duration_cast<std::chrono::seconds>(time_.now() - kStart).count();
  }
  /// The loop behind the clock: handlers in order.
  void run_posted() {
    while (!posted_.empty()) {
      const auto handler = std::move(posted_.front());
      posted_.pop_front();
      handler();
    }
  }
  void advance(Duration by) {
    target_ = time_.now() + by;
    advance_ = time_.advance_to(target_, [this](bool arrived) { arrived_ = arrived; });
    ASSERT_NE(advance_, 0U);
    run_posted();
  }

  HandAlarm::Set alarm_;
  std::deque<std::function<void()>> posted_;
  AdjustableTime time_{std::make_unique<HandAlarm>(alarm_),
                       [this](std::function<void()> handler) { posted_.push_back(std::move(handler)); },
                       {.at = kStart, .frozen = true}};
  std::vector<std::string> notes_;
  TimePoint target_{};  ///< of the last advance
  std::optional<bool> arrived_;
  std::uint64_t advance_{0};
};

TEST_F(AdjustableTimeTest, StartsAsTheMachineSaysAndRunsAlongWithIt) {
  const AdjustableTime time{std::make_unique<HandAlarm>(alarm_), [](const std::function<void()>&) {}};
  const auto before = machine_clock();
  const auto now = time.now();
  const auto after = machine_clock();
  EXPECT_LE(before, now.time_since_epoch());
  EXPECT_LE(now.time_since_epoch(), after);
  EXPECT_FALSE(time.is_frozen());
}

TEST_F(AdjustableTimeTest, StartsWhereItIsToldAndRunsFromThere) {
  const AdjustableTime time{std::make_unique<HandAlarm>(alarm_), [](const std::function<void()>&) {}, {.at = kStart}};
  EXPECT_GE(time.now(), kStart);
  EXPECT_LT(time.now(), kStart + 1h);
  EXPECT_LT(time.ahead(), -1h);
}

TEST_F(AdjustableTimeTest, AFrozenClockStandsUntilItIsUnfrozenAndRunsOnFromThere) {
  EXPECT_EQ(time_.now(), kStart);
  time_.unfreeze();
  EXPECT_GE(time_.now(), kStart);
  EXPECT_LT(time_.now(), kStart + 1h);
  time_.freeze();
  const TimePoint frozen = time_.now();
  EXPECT_EQ(time_.now(), frozen);
  EXPECT_TRUE(time_.is_frozen());
}

TEST_F(AdjustableTimeTest, AFrozenClockWakesOnlyForWhatIsDue) {
  time_.schedule(kStart + 1s, note("later"));
  EXPECT_FALSE(alarm_.wait);
  time_.schedule(kStart, note("due"));
  ASSERT_EQ(alarm_.wait, 0s);
  alarm_.ring();
  EXPECT_EQ(notes_, std::vector<std::string>{"due at 0"});
  EXPECT_FALSE(alarm_.wait);
  time_.unfreeze();
  ASSERT_TRUE(alarm_.wait);
  EXPECT_LE(*alarm_.wait, 1s);
}

TEST_F(AdjustableTimeTest, AdvanceFiresEachTimerAtItsOwnTimeInOrder) {
  time_.schedule(kStart + 3h, note("third"));
  time_.schedule(kStart + 1h, [this] {
    note("first")();
    time_.schedule(kStart + 2h, note("second, made by the first"));
  });
  time_.schedule(kStart + 5h, note("after"));
  advance(4h);
  EXPECT_EQ(notes_, (std::vector<std::string>{"first at 3600", "second, made by the first at 7200", "third at 10800"}));
  EXPECT_EQ(time_.now(), kStart + 4h);
  EXPECT_EQ(arrived_, true);
}

TEST_F(AdjustableTimeTest, AStepWaitsUntilWhatTheStepBeforeSetOffHasSettled) {
  time_.schedule(kStart + 1h, [this] {
    note("sets off work")();
    time_.under_way().begin(Work::kMapping);
  });
  time_.schedule(kStart + 2h, note("second"));
  advance(4h);
  EXPECT_EQ(notes_, std::vector<std::string>{"sets off work at 3600"});
  EXPECT_FALSE(arrived_);
  EXPECT_EQ(time_.now(), kStart + 1h) << "the clock stands meanwhile";
  time_.schedule(kStart + 90min, note("made by that work"));
  time_.under_way().end(Work::kMapping);
  run_posted();
  EXPECT_EQ(notes_, (std::vector<std::string>{"sets off work at 3600", "made by that work at 5400", "second at 7200"}));
  EXPECT_EQ(arrived_, true);
}

TEST_F(AdjustableTimeTest, AdvanceWaitsForWhatWasUnderWayBeforeAndForWhatTheLastStepSetOff) {
  time_.under_way().begin(Work::kEvent);
  time_.schedule(kStart + 1h, [this] { time_.under_way().begin(Work::kCommit); });
  advance(1h);
  EXPECT_EQ(time_.now(), kStart);
  time_.under_way().end(Work::kEvent);
  run_posted();
  EXPECT_EQ(time_.now(), kStart + 1h);
  EXPECT_FALSE(arrived_);
  time_.under_way().end(Work::kCommit);
  run_posted();
  EXPECT_EQ(arrived_, true);
}

TEST_F(AdjustableTimeTest, WorkThatBeginsRightBehindOtherWorkIsWaitedForToo) {
  time_.under_way().begin(Work::kMapping);
  advance(1h);
  time_.under_way().end(Work::kMapping);
  time_.under_way().begin(Work::kMapping);  // before the handler that takes the step
  run_posted();
  EXPECT_EQ(time_.now(), kStart);
  time_.under_way().end(Work::kMapping);
  run_posted();
  EXPECT_EQ(arrived_, true);
}

TEST_F(AdjustableTimeTest, AnAbandonedAdvanceLeavesTheClockWhereItHasCome) {
  time_.schedule(kStart + 1h, [this] { time_.under_way().begin(Work::kMapping); });
  advance(4h);
  const std::uint64_t abandoned = advance_;
  time_.abandon_advance(abandoned);
  EXPECT_EQ(arrived_, false);
  EXPECT_EQ(time_.now(), kStart + 1h);
  time_.under_way().end(Work::kMapping);
  run_posted();
  EXPECT_EQ(time_.now(), kStart + 1h) << "nothing moves it any more";
  time_.under_way().begin(Work::kMapping);
  advance(1h);
  time_.abandon_advance(abandoned);  // has no hold on the next one
  time_.under_way().end(Work::kMapping);
  run_posted();
  EXPECT_EQ(arrived_, true);
  EXPECT_EQ(time_.now(), kStart + 2h);
}

TEST_F(AdjustableTimeTest, OneAdvanceAtATime) {
  time_.under_way().begin(Work::kMapping);
  advance(1h);
  EXPECT_TRUE(time_.is_advancing());
  EXPECT_EQ(0U, time_.advance_to(kStart + 9h, [](bool) { FAIL(); }));
  time_.under_way().end(Work::kMapping);
  run_posted();
  EXPECT_FALSE(time_.is_advancing());
  EXPECT_EQ(time_.now(), kStart + 1h);
}

TEST_F(AdjustableTimeTest, AClockThatRanStandsDuringAnAdvanceAndRunsOnAfterIt) {
  time_.unfreeze();
  time_.under_way().begin(Work::kMapping);
  time_.schedule(kStart + 1s, note("due during the advance, which fires it itself"));
  advance(4h);
  const TimePoint standing = time_.now();
  EXPECT_EQ(time_.now(), standing);
  EXPECT_FALSE(alarm_.wait);
  time_.under_way().end(Work::kMapping);
  run_posted();
  // A clock that runs has gone on between the target and the advance, so `standing` may be a little later.
  EXPECT_GE(time_.now(), target_);
  EXPECT_FALSE(time_.is_frozen());
  EXPECT_EQ(notes_.size(), 1U);
}

TEST_F(AdjustableTimeTest, FreezingDuringAnAdvanceFreezesWhereItEnds) {
  time_.unfreeze();
  time_.under_way().begin(Work::kMapping);
  advance(4h);
  time_.freeze();
  time_.under_way().end(Work::kMapping);
  run_posted();
  const TimePoint now = time_.now();
  EXPECT_GE(now, kStart + 4h);
  EXPECT_EQ(time_.now(), now);
  EXPECT_TRUE(time_.is_frozen());
}

TEST_F(AdjustableTimeTest, NeverGoesBack) {
  ASSERT_NE(0U, time_.advance_to(kStart - 1h, [this](bool arrived) { arrived_ = arrived; }));
  run_posted();
  EXPECT_EQ(arrived_, true);
  EXPECT_EQ(time_.now(), kStart);
}

TEST_F(AdjustableTimeTest, ABugInATimerDoesNotStopTheClock) {
  time_.schedule(kStart + 1s, [] { throw std::logic_error{"a bug"}; });
  time_.schedule(kStart + 2s, note("next"));
  ASSERT_NE(0U, time_.advance_to(kStart + 3s, [this](bool arrived) { arrived_ = arrived; }));
  EXPECT_THROW(run_posted(), std::logic_error);
  run_posted();
  EXPECT_EQ(notes_, std::vector<std::string>{"next at 2"});
  EXPECT_EQ(arrived_, true);
}

TEST_F(AdjustableTimeTest, ClosingForgetsTimersAndWhoWaits) {
  time_.under_way().begin(Work::kMapping);
  time_.schedule(kStart + 1s, note("never"));
  advance(1h);
  time_.close();
  time_.under_way().end(Work::kMapping);
  run_posted();
  EXPECT_TRUE(notes_.empty());
  EXPECT_FALSE(arrived_);
  EXPECT_NE(time_.schedule(kStart, note("after close")), 0U);
}

}  // namespace
}  // namespace millrace::time
