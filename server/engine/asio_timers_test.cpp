#include "server/engine/asio_timers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::engine {
namespace {

using namespace std::chrono_literals;

// What is due is the virtual clock's word; every timer here is due at once, so no test waits for the real one.
class AsioTimersTest : public ::testing::Test {
 protected:
  base::TimerService::Callback note(const std::string& text) {
    return [this, text] { notes_.push_back(text); };
  }

  boost::asio::io_context io_;
  base::VirtualTime time_{TimePoint{10s}};
  AsioTimers timers_{io_, time_};
  std::vector<std::string> notes_;
};

TEST_F(AsioTimersTest, FiresInOrderOfTimeThenOfScheduling) {
  timers_.schedule(TimePoint{9s}, note("second"));
  timers_.schedule(TimePoint{10s}, note("third"));
  timers_.schedule(TimePoint{9s}, note("also second"));
  timers_.schedule(TimePoint{1s}, note("first"));
  EXPECT_TRUE(notes_.empty()) << "never from within schedule()";
  io_.run();
  EXPECT_EQ(notes_, (std::vector<std::string>{"first", "second", "also second", "third"}));
}

TEST_F(AsioTimersTest, ACancelledTimerDoesNotFire) {
  const auto id = timers_.schedule(TimePoint{1s}, note("cancelled"));
  timers_.schedule(TimePoint{2s}, note("kept"));
  timers_.cancel(id);
  timers_.cancel(id);
  timers_.cancel(4711);
  io_.run();
  EXPECT_EQ(notes_, std::vector<std::string>{"kept"});
}

TEST_F(AsioTimersTest, ACallbackMayCancelWhatIsDueToo) {
  base::TimerService::Id second = 0;
  timers_.schedule(TimePoint{1s}, [&] { timers_.cancel(second); });
  second = timers_.schedule(TimePoint{2s}, note("second"));
  io_.run();
  EXPECT_TRUE(notes_.empty());
}

TEST_F(AsioTimersTest, ACallbackThatSchedulesAgainDoesNotHoldTheThread) {
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

TEST_F(AsioTimersTest, AThrowingCallbackLeavesTheOthersAlive) {
  timers_.schedule(TimePoint{1s}, [] { throw std::logic_error{"a bug"}; });
  timers_.schedule(TimePoint{2s}, note("second"));
  EXPECT_THROW(io_.run(), std::logic_error);
  io_.run();
  EXPECT_EQ(notes_, std::vector<std::string>{"second"});
}

TEST_F(AsioTimersTest, WithoutTimersTheContextRunsOut) {
  timers_.cancel(timers_.schedule(TimePoint{1h}, note("never")));
  io_.run();
  EXPECT_TRUE(notes_.empty());
}

TEST_F(AsioTimersTest, AWakeUpBeforeTheClockSaysSoFiresNothing) {
  timers_.schedule(TimePoint{10s} + 1ms, note("due at the second wake-up"));
  io_.run_one();  // the real millisecond has passed, the virtual one has not
  EXPECT_TRUE(notes_.empty());
  time_.advance(1ms);
  io_.run_one();
  EXPECT_EQ(notes_.size(), 1U);
}

TEST_F(AsioTimersTest, WhatACallbackHoldsMayCancelTimersWhileItIsDestroyed) {
  struct CancelsItself {
    AsioTimers& timers;
    base::TimerService::Id id{0};
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
