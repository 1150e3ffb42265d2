#include "harness/esm/driver/mapping_report.hpp"

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

  MappingReport at_its_end = report();
  at_its_end.idle = true;
  at_its_end.warning = "The stream is disabled.";
  EXPECT_EQ(to_line(at_its_end),
            "echo <- Orders: 120 records in 12 batches, 0 errors, caught up. The stream is disabled.");
}

TEST(MappingReportTest, AStreamAtItsEndIsToldWithTheCure) {
  MappingDefinition mapping;
  mapping.event_source_arn = "arn:old";
  EXPECT_EQ(
      describe_end(mapping, {.exists = true, .newer_stream = "arn:new"}),
      "The stream arn:old is disabled: what it holds is delivered, and no new record comes. Its table has a newer "
      "stream now: create a mapping with EventSourceArn arn:new, and delete this one.");
  EXPECT_EQ(describe_end(mapping, {.exists = false}),
            "The stream arn:old does not exist any more, as its table was deleted or its stream disabled for a day. "
            "Enable a stream of the table and create a mapping for it, and delete this one.");
}

}  // namespace
}  // namespace millrace::esm
