#include "server/time/work_under_way.hpp"

#include <gtest/gtest.h>

namespace millrace::time {
namespace {

TEST(WorkUnderWay, TellsAtOnceWhenThereIsNone) {
  WorkUnderWay work;
  int told = 0;
  work.when_none([&] { ++told; });
  EXPECT_EQ(told, 1);
}

TEST(WorkUnderWay, TellsOnceWhenTheLastHasEnded) {
  WorkUnderWay work;
  work.begin(Work::kCommit);
  work.begin(Work::kEvent);
  int told = 0;
  work.when_none([&] { ++told; });
  work.end(Work::kCommit);
  EXPECT_EQ(told, 0);
  EXPECT_FALSE(work.none());
  work.end(Work::kEvent);
  EXPECT_EQ(told, 1);
  work.begin(Work::kJob);
  work.end(Work::kJob);
  EXPECT_EQ(told, 1);
}

TEST(WorkUnderWay, ASecondWhoWaitsReplacesTheFirst) {
  WorkUnderWay work;
  std::string told;
  {
    const WorkScope scope{work, Work::kJob};
    work.when_none([&] { told += "first"; });
    work.when_none([&] { told += "second"; });
  }
  EXPECT_EQ(told, "second");
}

TEST(WorkUnderWay, SaysWhatItIs) {
  WorkUnderWay work;
  EXPECT_EQ(work.describe(), "");
  work.begin(Work::kCommit);
  work.begin(Work::kEvent);
  work.begin(Work::kEvent);
  EXPECT_EQ(work.describe(), "a commit, 2 invocations of type Event");
}

TEST(WorkUnderWay, AScopeThatWasMovedEndsOnce) {
  WorkUnderWay work;
  {
    WorkScope scope{work, Work::kCommit};
    const WorkScope moved{std::move(scope)};
    EXPECT_EQ(work.describe(), "a commit");
  }
  EXPECT_TRUE(work.none());
}

TEST(WorkUnderWay, AScopeMayEndWhatWasBegunElsewhere) {
  WorkUnderWay work;
  work.begin(Work::kJob);
  {
    const auto scope = WorkScope::ending(work, Work::kJob);
    EXPECT_EQ(work.describe(), "a step of a job");
  }
  EXPECT_TRUE(work.none());
}

}  // namespace
}  // namespace millrace::time
