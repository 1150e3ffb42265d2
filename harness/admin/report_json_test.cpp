#include "harness/admin/report_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace millrace::admin {
namespace {

using Json = nlohmann::json;

esm::MappingReport echo_mapping() {
  esm::MappingReport report;
  report.definition.uuid = "14e0db71";
  report.definition.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:echo";
  report.statistics.records_delivered = 12;
  report.statistics.batches = 2;
  report.idle = true;
  return report;
}

TEST(ReportJsonTest, DrainedListsTheMappingsAndNoReasons) {
  std::string text;
  append_json(text, esm::DrainReport{true, {echo_mapping()}, {}, {}});
  const Json answer = Json::parse(text);
  EXPECT_EQ(answer["drained"], true);
  EXPECT_EQ(answer["mappings"][0]["uuid"], "14e0db71");
  EXPECT_EQ(answer["mappings"][0]["recordsDelivered"], 12);
  EXPECT_EQ(answer["mappings"][0]["lastProcessingResult"], "No records processed");
  EXPECT_FALSE(answer.contains("stuck"));
  EXPECT_FALSE(answer.contains("skipped"));
}

TEST(ReportJsonTest, StuckShardsTellWhyAndWhenItGoesOn) {
  esm::StuckShard shard{"14e0db71", "echo", "shardId-1", "The function 'echo' does not exist.", 3, "boom"};
  shard.next_retry = TimePoint{std::chrono::milliseconds{1764085660123}};
  std::string text;
  append_json(text, esm::DrainReport{false, {}, {shard}, {}});
  const Json answer = Json::parse(text);
  EXPECT_EQ(answer["drained"], false);
  EXPECT_EQ(answer["stuck"][0], Json({{"mapping", "14e0db71"},
                                      {"function", "echo"},
                                      {"shard", "shardId-1"},
                                      {"reason", "The function 'echo' does not exist."},
                                      {"pendingRecords", 3},
                                      {"lastError", "boom"},
                                      {"nextRetryAt", "2025-11-25T15:47:40.123Z"}}));
}

TEST(ReportJsonTest, AMappingTellsWhatItGaveUpAndWhatWillStopIt) {
  esm::MappingReport report = echo_mapping();
  report.statistics.last_discard = "given up";
  report.warning = "The stream is disabled.";
  std::string text;
  append_json(text, esm::DrainReport{true, {report}, {}, {}});
  const Json answer = Json::parse(text);
  EXPECT_EQ(answer["mappings"][0]["lastDiscard"], "given up");
  EXPECT_EQ(answer["mappings"][0]["warning"], "The stream is disabled.");
}

TEST(ReportJsonTest, StatusHasVersionAndMappings) {
  std::string text;
  append_status_json(text, "0.1.0", {echo_mapping()});
  const Json answer = Json::parse(text);
  EXPECT_EQ(answer["version"], "0.1.0");
  EXPECT_EQ(answer["mappings"][0]["state"], "Enabled");
  EXPECT_EQ(answer["mappings"][0]["caughtUp"], true);
}

}  // namespace
}  // namespace millrace::admin
