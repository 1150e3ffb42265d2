#include "server/plan/context/throughput_limits.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/plan/plan_fixture.hpp"

namespace millrace::plan {
namespace {

using Direction = ThroughputLimits::Direction;
using std::chrono::minutes;
using std::chrono::seconds;

class ThroughputLimitsTest : public PlanFixture {
 protected:
  ThroughputLimitsTest() {
    definition_.name = "Tab";
    definition_.arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Tab";
    definition_.keyspace = 1;
    definition_.throughput = {10, 5};
    definition_.indexes = {{.name = "ByG",
                            .kind = model::IndexKind::kGlobal,
                            .key_schema = {},
                            .projection = {},
                            .throughput = {3, 1},
                            .keyspace = 2},
                           {.name = "ByL",
                            .kind = model::IndexKind::kLocal,
                            .key_schema = {},
                            .projection = {},
                            .throughput = {},
                            .keyspace = 3}};
  }

  void charge(Direction direction, double units, std::vector<IndexUnits> indexes = {}) {
    ConsumedCapacity consumed;
    consumed.table = std::make_shared<const catalog::TableEntry>(catalog::TableEntry{definition_});
    consumed.table_units = units;
    consumed.indexes = std::move(indexes);
    limits_.charge(direction, consumed);
  }
  std::string refusal(Direction direction, const model::IndexDefinition* index = nullptr) {
    const auto admitted = limits_.admit(direction, definition_, index);
    if (admitted.has_value()) return {};
    return admitted.error().members;
  }
  [[nodiscard]] bool admits(Direction direction) { return refusal(direction).empty(); }

  model::TableDefinition definition_;
  ThroughputLimits limits_{time_};
};

TEST_F(ThroughputLimitsTest, ANewTableHasWhatItGivesInASecond) {
  charge(Direction::kWrite, 4);
  EXPECT_TRUE(admits(Direction::kWrite));
  charge(Direction::kWrite, 1);
  EXPECT_EQ(refusal(Direction::kWrite), R"("ThrottlingReasons":[{"reason":"TableWriteProvisionedThroughputExceeded",)"
                                        R"("resource":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab"}])");
  EXPECT_TRUE(admits(Direction::kRead)) << "reads have units of their own";
}

TEST_F(ThroughputLimitsTest, ADebtIsPaidByTime) {
  charge(Direction::kWrite, 25);  // one request may cost more than there is
  time_.advance(seconds{4});
  EXPECT_FALSE(admits(Direction::kWrite));
  time_.advance(std::chrono::milliseconds{200});
  EXPECT_TRUE(admits(Direction::kWrite));
}

TEST_F(ThroughputLimitsTest, WhatWasNotUsedIsKeptForFiveMinutes) {
  charge(Direction::kWrite, 5);
  time_.advance(minutes{60});
  charge(Direction::kWrite, 300 * 5 - 1);
  EXPECT_TRUE(admits(Direction::kWrite));
  charge(Direction::kWrite, 1);
  EXPECT_FALSE(admits(Direction::kWrite));
}

TEST_F(ThroughputLimitsTest, AGlobalIndexHasUnitsOfItsOwnAndALocalOneItsTables) {
  const auto* global = definition_.find_index("ByG");
  const auto* local = definition_.find_index("ByL");
  charge(Direction::kRead, 0, {{global, 3}, {local, 10}});
  EXPECT_EQ(refusal(Direction::kRead, global),
            R"("ThrottlingReasons":[{"reason":"IndexReadProvisionedThroughputExceeded",)"
            R"("resource":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab/index/ByG"}])");
  EXPECT_EQ(refusal(Direction::kRead, local), refusal(Direction::kRead));
  EXPECT_FALSE(admits(Direction::kRead));
}

TEST_F(ThroughputLimitsTest, OnDemandGivesTwiceThePeakOfHalfAnHourAgo) {
  definition_.billing_mode = model::BillingMode::kPayPerRequest;
  definition_.throughput = {};
  const auto can_take = [&](double units) {
    time_.advance(seconds{1});
    charge(Direction::kWrite, units - 1);
    const bool before = admits(Direction::kWrite);
    charge(Direction::kWrite, 1);
    return before && !admits(Direction::kWrite);
  };
  EXPECT_TRUE(can_take(4000));
  EXPECT_TRUE(can_take(4000));
  EXPECT_EQ(refusal(Direction::kWrite), R"("throttlingReasons":[{"reason":"TableWriteKeyRangeThroughputExceeded",)"
                                        R"("resource":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab"}])");
  time_.advance(minutes{30});
  EXPECT_TRUE(can_take(8000));
}

TEST_F(ThroughputLimitsTest, ACeilingHoldsAtOnce) {
  definition_.billing_mode = model::BillingMode::kPayPerRequest;
  definition_.on_demand_limits = {.max_read_request_units = 7, .max_write_request_units = {}};
  charge(Direction::kRead, 7);
  const auto admitted = limits_.admit(Direction::kRead, definition_);
  ASSERT_TRUE(admitted.has_error());
  EXPECT_EQ(admitted.error().kind, ErrorKind::kThrottling);
  EXPECT_EQ(admitted.error().message,
            "Throughput exceeds the maximum OnDemandThroughput configured on table or index.");
  EXPECT_TRUE(admits(Direction::kWrite));
}

}  // namespace
}  // namespace millrace::plan
