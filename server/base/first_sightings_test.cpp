#include "server/base/first_sightings.hpp"

#include <gtest/gtest.h>

namespace millrace::base {
namespace {

TEST(FirstSightings, TellsEachNameOnceAndNotWithoutBound) {
  FirstSightings seen;
  EXPECT_TRUE(seen.add("UpdateTimeToLive"));
  EXPECT_FALSE(seen.add("UpdateTimeToLive"));
  int added = 0;
  for (int name = 0; name < 1000; ++name) added += seen.add(std::to_string(name)) ? 1 : 0;
  EXPECT_EQ(added, 199);
}

}  // namespace
}  // namespace millrace::base
