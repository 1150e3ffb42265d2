#include "server/engine/job_driver.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <deque>
#include <string>

#include "server/engine/scripted_storage.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::engine {
namespace {

using namespace std::chrono_literals;

class CountedJob final : public storage::Job {
 public:
  [[nodiscard]] bool is_pending() const override { return left > 0; }
  StorageResult<void> step(const storage::Budget&) override {
    if (fails) return StorageError{StorageErrorKind::kCorrupt, "scripted"};
    --left;
    ++done;
    return {};
  }
  [[nodiscard]] std::optional<TimePoint> due() const override { return when; }
  std::optional<TimePoint> when{};
  int left{0};
  int done{0};
  bool fails{false};
};

// The loop that the engine's io_context is: handlers in order, flushes among them.
class JobDriverTest : public ::testing::Test {
 protected:
  JobDriverTest() {
    spdlog::set_level(spdlog::level::off);  // steps fail on purpose
    driver_.add(first_);
    driver_.add(second_);
  }
  ~JobDriverTest() override { spdlog::set_level(spdlog::level::info); }

  void flush() { gate_.flush().outcome.has_error() ? driver_.back_off() : driver_.wake(); }
  bool run_one() {
    if (handlers_.empty()) return false;
    const auto handler = std::move(handlers_.front());
    handlers_.pop_front();
    handler();
    return true;
  }

  time::VirtualRealTime time_{RealTime::TimePoint{}};
  time::VirtualTime emulated_time_{TimePoint{}};
  ScriptedStorage storage_;
  std::deque<std::function<void()>> handlers_;
  storage::GroupCommit gate_{storage_, [this] { handlers_.emplace_back([this] { flush(); }); }};
  CountedJob first_;
  CountedJob second_;
  JobDriver driver_{gate_, time_, emulated_time_,
                    [this](std::function<void()> step) { handlers_.push_back(std::move(step)); }};
};

TEST_F(JobDriverTest, EachStepIsAHandlerAndACommitOfItsOwn) {
  first_.left = 3;
  driver_.wake();
  driver_.wake();
  EXPECT_EQ(handlers_.size(), 1U) << "posted once";
  EXPECT_EQ(first_.done, 0) << "never from within wake()";
  int requests = 0;
  while (first_.left > 0) {
    handlers_.emplace_back([&] { ++requests; });
    ASSERT_TRUE(run_one());
    ASSERT_TRUE(run_one());
  }
  EXPECT_GE(requests, 3) << "requests pass in between";
  while (run_one()) continue;
  EXPECT_EQ(first_.done, 3);
  EXPECT_EQ(storage_.commits(), 3);
}

TEST_F(JobDriverTest, JobsFollowEachOtherAndNothingRunsWithoutWork) {
  driver_.wake();
  EXPECT_TRUE(handlers_.empty());
  first_.left = 2;
  second_.left = 2;
  driver_.wake();
  while (run_one()) continue;
  EXPECT_EQ(first_.done, 2);
  EXPECT_EQ(second_.done, 2);
}

TEST_F(JobDriverTest, AFailedStepAndALostGroupWaitASecond) {
  first_.left = 1;
  first_.fails = true;
  driver_.wake();
  while (run_one()) continue;
  EXPECT_EQ(first_.left, 1);
  time_.advance(999ms);
  EXPECT_TRUE(handlers_.empty());
  first_.fails = false;
  second_.left = 1;
  storage_.fail_commit(1);
  time_.advance(1ms);
  while (run_one()) continue;
  EXPECT_EQ(first_.done, 1);
  EXPECT_EQ(second_.done, 0) << "the commit of the first one's step was lost";
  time_.advance(1s);
  while (run_one()) continue;
  EXPECT_EQ(second_.done, 1);
}

TEST_F(JobDriverTest, NoStepIsBegunWhileSomethingElseComesFirst) {
  bool waits = true;
  driver_.wait_while([&] { return waits; });
  first_.left = 2;
  driver_.wake();
  EXPECT_TRUE(handlers_.empty());
  waits = false;
  driver_.wake();
  ASSERT_EQ(handlers_.size(), 1U);
  waits = true;
  while (run_one()) continue;
  EXPECT_EQ(first_.done, 0) << "posted before";
  waits = false;
  driver_.wake();
  ASSERT_TRUE(run_one());
  waits = true;
  while (run_one()) continue;
  EXPECT_EQ(first_.done, 1);
}

TEST_F(JobDriverTest, TimeAloneMayMakeAJobPending) {
  first_.when = TimePoint{10s};
  second_.when = TimePoint{5s};
  driver_.wake();
  EXPECT_FALSE(run_one());
  second_.left = 1;  // as the job itself would say from then on
  emulated_time_.advance(4s);
  EXPECT_FALSE(run_one());
  second_.when = TimePoint{20s};
  emulated_time_.advance(1s);
  ASSERT_TRUE(run_one()) << "its step";
  EXPECT_EQ(second_.done, 1);
  while (run_one()) continue;
  first_.left = 1;
  emulated_time_.advance(5s);
  ASSERT_TRUE(run_one());
  EXPECT_EQ(first_.done, 1);
}

TEST_F(JobDriverTest, AnEarlierTimeTakesThePlaceOfALaterOne) {
  first_.when = TimePoint{10s};
  driver_.wake();
  first_.when = TimePoint{3s};
  driver_.wake();
  first_.left = 1;
  emulated_time_.advance(3s);
  EXPECT_TRUE(run_one());
  EXPECT_EQ(first_.done, 1);
}

TEST_F(JobDriverTest, TellsWhoWaitsForAJobWhenItHasNothingToDo) {
  std::string told;
  const auto tell = [&told](std::string name) {
    return [&told, name = std::move(name)](bool rested) { told += name + (rested ? " rested, " : " in vain, "); };
  };
  driver_.when_rested(first_, RealTime::TimePoint{} + 5s, tell("idle"));
  EXPECT_EQ(told, "") << "in a handler of its own";
  while (run_one()) continue;
  EXPECT_EQ(told, "idle rested, ");
  second_.left = 3;
  driver_.wake();
  driver_.when_rested(second_, RealTime::TimePoint{} + 5s, tell("busy"));
  driver_.when_rested(first_, RealTime::TimePoint{} + 5s, tell("other"));
  while (second_.left > 1) ASSERT_TRUE(run_one());
  EXPECT_EQ(told, "idle rested, other rested, ");
  while (run_one()) continue;
  EXPECT_EQ(told, "idle rested, other rested, busy rested, ");
  second_.fails = true;
  second_.left = 1;
  driver_.wake();
  driver_.when_rested(second_, time_.now() + 500ms, tell("stuck"));
  while (run_one()) continue;
  time_.advance(600ms);
  while (run_one()) continue;
  EXPECT_EQ(told, "idle rested, other rested, busy rested, stuck in vain, ");
}

}  // namespace
}  // namespace millrace::engine
