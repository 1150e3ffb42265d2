#include "server/time/virtual_time.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::time {
namespace {

using std::chrono::seconds;

TEST(VirtualTime, FiresInOrderOfTimeThenOfScheduling) {
  VirtualTime time{TimePoint{}};
  std::vector<int> fired;
  time.schedule(TimePoint{seconds{2}}, [&] { fired.push_back(3); });
  time.schedule(TimePoint{seconds{1}}, [&] { fired.push_back(1); });
  time.schedule(TimePoint{seconds{1}}, [&] { fired.push_back(2); });
  time.advance(seconds{1});
  EXPECT_EQ(fired, (std::vector{1, 2}));
  time.advance(seconds{5});
  EXPECT_EQ(fired, (std::vector{1, 2, 3}));
  EXPECT_EQ(time.now(), TimePoint{seconds{6}});
}

TEST(VirtualTime, EachCallbackSeesItsOwnTimeAndMayScheduleMore) {
  VirtualTime time{TimePoint{}};
  std::vector<TimePoint> seen;
  time.schedule(TimePoint{seconds{1}}, [&] {
    seen.push_back(time.now());
    time.schedule(TimePoint{seconds{3}}, [&] { seen.push_back(time.now()); });
  });
  time.advance(seconds{10});
  EXPECT_EQ(seen, (std::vector{TimePoint{seconds{1}}, TimePoint{seconds{3}}}));
}

TEST(VirtualTime, ACancelledTimerDoesNotFire) {
  VirtualTime time{TimePoint{}};
  const auto id = time.schedule(TimePoint{seconds{1}}, [] { FAIL(); });
  time.cancel(id);
  time.advance(seconds{2});
  EXPECT_FALSE(time.run_next());
}

}  // namespace
}  // namespace millrace::time
