#include "harness/esm/mapping_report.hpp"

#include <gtest/gtest.h>

namespace millrace::esm {
namespace {

MappingReport report() {
  MappingReport report;
  report.definition.function_name = "echo";
  report.definition.event_source_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/L";
  report.statistics.records_delivered = 120;
  report.statistics.batches = 12;
  return report;
}

TEST(MappingReportTest, OneLineTellsHowAMappingIsDoing) {
  MappingReport caught_up = report();
  caught_up.idle = true;
  EXPECT_EQ(to_line(caught_up), "echo <- Orders: 120 records in 12 batches, 0 errors, caught up");

  MappingReport stuck = report();
  stuck.statistics.errors = 3;
  stuck.statistics.discarded = 2;
  stuck.shards.push_back({"uuid", "echo", "shard", "The shard is being read."});
  EXPECT_EQ(to_line(stuck),
            "echo <- Orders: 120 records in 12 batches, 3 errors, 2 records given up. The shard is being read.");

  MappingReport disabled = report();
  disabled.state = MappingState::kDisabled;
  EXPECT_EQ(to_line(disabled), "echo <- Orders: 120 records in 12 batches, 0 errors, Disabled");
}

}  // namespace
}  // namespace millrace::esm
