#include "harness/esm/activity_board.hpp"

#include <gtest/gtest.h>

namespace millrace::esm {
namespace {

class ActivityBoardTest : public testing::Test {
 protected:
  ActivityBoard::WaitId wait(std::optional<std::string> mapping = std::nullopt) {
    return board_.wait(std::move(mapping), [this] { ++calls_; });
  }

  time::WorkUnderWay work_;
  ActivityBoard board_{work_};
  int calls_{0};
};

TEST_F(ActivityBoardTest, NothingActiveIsQuietAtOnce) {
  wait();
  EXPECT_EQ(calls_, 1);
  wait("unknown");
  EXPECT_EQ(calls_, 2);
}

TEST_F(ActivityBoardTest, WaitsUntilEveryMappingIsIdle) {
  board_.activate("a");
  board_.activate("b");
  wait();
  board_.set_activity("a", Activity::kIdle);
  EXPECT_EQ(calls_, 0);
  board_.set_activity("b", Activity::kIdle);
  EXPECT_EQ(calls_, 1);
  board_.set_activity("b", Activity::kBusy);
  board_.set_activity("b", Activity::kIdle);
  EXPECT_EQ(calls_, 1);
}

TEST_F(ActivityBoardTest, ANamedMappingDoesNotWaitForTheOthers) {
  board_.activate("a");
  board_.activate("b");
  wait("a");
  board_.set_activity("a", Activity::kIdle);
  EXPECT_EQ(calls_, 1);
}

TEST_F(ActivityBoardTest, AWakeOnItsWayKeepsAMappingBusy) {
  board_.activate("a");
  board_.set_activity("a", Activity::kIdle);
  EXPECT_TRUE(board_.announce_wake("a"));
  wait();
  EXPECT_EQ(calls_, 0);
  board_.set_activity("a", Activity::kIdle);
  EXPECT_EQ(calls_, 0);
  board_.wake_handled("a");
  EXPECT_EQ(calls_, 1);
}

TEST_F(ActivityBoardTest, NobodyWaitsForAMappingThatDoesNotRun) {
  board_.activate("a");
  wait();
  board_.deactivate("a");
  EXPECT_EQ(calls_, 1);
  EXPECT_FALSE(board_.announce_wake("a"));
}

TEST_F(ActivityBoardTest, AWakeThatOutlivesItsMappingIsHarmless) {
  board_.activate("a");
  board_.announce_wake("a");
  board_.deactivate("a");
  board_.wake_handled("a");
  board_.wake_handled("a");
  wait();
  EXPECT_EQ(calls_, 1);
}

TEST_F(ActivityBoardTest, ACancelledWaitIsForgotten) {
  board_.activate("a");
  const auto id = wait();
  EXPECT_TRUE(board_.cancel(id));
  EXPECT_FALSE(board_.cancel(id));
  board_.set_activity("a", Activity::kIdle);
  EXPECT_EQ(calls_, 0);
}

TEST_F(ActivityBoardTest, AMappingThatWaitsIsNotQuietButNothingOfItIsUnderWay) {
  board_.activate("a");
  EXPECT_FALSE(work_.none());
  board_.set_activity("a", Activity::kWaiting);
  EXPECT_TRUE(work_.none());
  wait();
  EXPECT_EQ(calls_, 0);
  board_.announce_wake("a");
  board_.announce_wake("a");
  EXPECT_FALSE(work_.none());
  board_.set_activity("a", Activity::kIdle);
  board_.wake_handled("a");
  EXPECT_FALSE(work_.none());
  board_.wake_handled("a");
  EXPECT_TRUE(work_.none());
  EXPECT_EQ(calls_, 1);
}

TEST_F(ActivityBoardTest, AWakeThatOutlivesItsMappingIsUnderWayUntilItIsHandled) {
  board_.activate("a");
  board_.announce_wake("a");
  board_.deactivate("a");
  EXPECT_FALSE(work_.none());
  board_.wake_handled("a");
  EXPECT_TRUE(work_.none());
}

TEST_F(ActivityBoardTest, WhoeverWatchesIsToldOfEachChangeAsLongAsHeIsThere) {
  auto changed = std::make_shared<std::function<void()>>([this] { ++calls_; });
  board_.watch(changed);
  board_.activate("a");
  EXPECT_EQ(calls_, 1);
  board_.set_activity("a", Activity::kIdle);
  EXPECT_EQ(calls_, 2);
  changed.reset();
  board_.set_activity("a", Activity::kBusy);
  EXPECT_EQ(calls_, 2);
}

}  // namespace
}  // namespace millrace::esm
