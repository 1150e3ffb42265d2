#include "server/base/faults.hpp"

#include <gtest/gtest.h>

namespace millrace::base {
namespace {

TEST(Faults, WithoutAPlanNothingFires) { EXPECT_FALSE(Faults{}.fires("storage.commit")); }

TEST(Faults, FireOnTheCallsTheRuleNames) {
  FaultPlan plan;
  plan.set("storage.commit", {.first = 1, .last = 2});
  const Faults faults{plan};
  EXPECT_FALSE(faults.fires("storage.commit"));
  EXPECT_TRUE(faults.fires("storage.commit"));
  EXPECT_TRUE(faults.fires("storage.commit"));
  EXPECT_FALSE(faults.fires("storage.commit"));
  EXPECT_FALSE(faults.fires("lambda.invoke"));
  EXPECT_EQ(plan.calls("storage.commit"), 4U);
  EXPECT_EQ(plan.calls("lambda.invoke"), 1U);
}

}  // namespace
}  // namespace millrace::base
