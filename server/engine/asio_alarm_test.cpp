#include "server/engine/asio_alarm.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "server/time/adjustable_time.hpp"
#include "server/time/machine_time.hpp"

namespace millrace::engine {
namespace {

using namespace std::chrono_literals;

// The timers of a frozen clock: every timer that fires here is due at once, so no test waits for the real one.
class AsioAlarmTest : public ::testing::Test {
 protected:
  time::TimerCallback note(const std::string& text) {
    return [this, text] { notes_.push_back(text); };
  }

  boost::asio::io_context io_;
  time::AdjustableTime timers_{std::make_unique<AsioAlarm>(io_),
                               [this](std::function<void()> step) { boost::asio::post(io_, std::move(step)); },
                               {.at = TimePoint{10s}, .frozen = true}};
  std::vector<std::string> notes_;
};

TEST_F(AsioAlarmTest, FiresInOrderOfTimeThenOfScheduling) {
  timers_.schedule(TimePoint{9s}, note("second"));
  timers_.schedule(TimePoint{10s}, note("third"));
  timers_.schedule(TimePoint{9s}, note("also second"));
  timers_.schedule(TimePoint{1s}, note("first"));
  EXPECT_TRUE(notes_.empty()) << "never from within schedule()";
  io_.run();
  EXPECT_EQ(notes_, (std::vector<std::string>{"first", "second", "also second", "third"}));
}

TEST_F(AsioAlarmTest, ACancelledTimerDoesNotFire) {
  const auto id = timers_.schedule(TimePoint{1s}, note("cancelled"));
  timers_.schedule(TimePoint{2s}, note("kept"));
  timers_.cancel(id);
  timers_.cancel(id);
  timers_.cancel(4711);
  io_.run();
  EXPECT_EQ(notes_, std::vector<std::string>{"kept"});
}

TEST_F(AsioAlarmTest, ACallbackMayCancelWhatIsDueToo) {
  time::TimerId second = 0;
  timers_.schedule(TimePoint{1s}, [&] { timers_.cancel(second); });
  second = timers_.schedule(TimePoint{2s}, note("second"));
  io_.run();
  EXPECT_TRUE(notes_.empty());
}

TEST_F(AsioAlarmTest, ACallbackThatSchedulesAgainDoesNotHoldTheThread) {
  int rounds = 0;
  std::function<void()> again = [&] {
    if (++rounds < 3) timers_.schedule(TimePoint{1s}, again);
  };
  timers_.schedule(TimePoint{1s}, again);
  io_.run_one();
  EXPECT_EQ(rounds, 1);
  io_.run();
  EXPECT_EQ(rounds, 3);
}

TEST_F(AsioAlarmTest, AThrowingCallbackLeavesTheOthersAlive) {
  timers_.schedule(TimePoint{1s}, [] { throw std::logic_error{"a bug"}; });
  timers_.schedule(TimePoint{2s}, note("second"));
  EXPECT_THROW(io_.run(), std::logic_error);
  io_.run();
  EXPECT_EQ(notes_, std::vector<std::string>{"second"});
}

TEST_F(AsioAlarmTest, WithoutTimersTheContextRunsOut) {
  timers_.cancel(timers_.schedule(TimePoint{1h}, note("never")));
  io_.run();
  EXPECT_TRUE(notes_.empty());
}

TEST_F(AsioAlarmTest, RealTimeRingsWhenItHasPassed) {
  time::MachineTime real{std::make_unique<AsioAlarm>(io_)};
  const auto due = real.now() + 1ms;
  std::optional<RealTime::TimePoint> fired;
  real.schedule(due, [&] { fired = real.now(); });
  io_.run();
  ASSERT_TRUE(fired);
  EXPECT_GE(*fired, due);
}

TEST_F(AsioAlarmTest, AnAdvanceStepsBehindWhatIsReady) {
  timers_.schedule(TimePoint{1h}, note("timer"));
  ASSERT_NE(0U, timers_.advance_to(TimePoint{2h}, [this](bool) { notes_.push_back("arrived"); }));
  boost::asio::post(io_, note("handler"));
  EXPECT_TRUE(notes_.empty());
  io_.run();
  EXPECT_EQ(notes_.back(), "arrived");
  EXPECT_EQ(timers_.now(), TimePoint{2h});
}

TEST_F(AsioAlarmTest, WhatACallbackHoldsMayCancelTimersWhileItIsDestroyed) {
  struct CancelsItself {
    time::AdjustableTime& timers;
    time::TimerId id{0};
    ~CancelsItself() { timers.cancel(id); }
  };
  auto holder = std::make_shared<CancelsItself>(CancelsItself{timers_});
  holder->id = timers_.schedule(TimePoint{1s}, [holder] {});
  holder.reset();
  timers_.close();
  EXPECT_NE(timers_.schedule(TimePoint{1s}, note("after close")), 0U);
  io_.run();
  EXPECT_TRUE(notes_.empty());
}

}  // namespace
}  // namespace millrace::engine
