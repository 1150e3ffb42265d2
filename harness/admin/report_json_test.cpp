#include "harness/admin/report_json.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace millrace::admin {
namespace {

using Json = nlohmann::json;

/// Rings for nobody: the clocks here fire no timers.
class NoAlarm final : public time::Alarm {
 public:
  void set(Duration /*wait*/, std::function<void()> /*ring*/) override {}
  void clear() override {}
};

std::unique_ptr<time::AdjustableTime> frozen_clock() {
  return std::make_unique<time::AdjustableTime>(
      std::make_unique<NoAlarm>(), [](const std::function<void()>&) {},
      time::ClockStart{.at = TimePoint{std::chrono::milliseconds{1764085660123}}, .frozen = true});
}

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
  append_json(text, esm::DrainReport{true, {echo_mapping()}, {}, {}}, *frozen_clock());
  const Json answer = Json::parse(text);
  EXPECT_EQ(answer["drained"], true);
  EXPECT_EQ(answer["mappings"][0]["uuid"], "14e0db71");
  EXPECT_EQ(answer["mappings"][0]["recordsDelivered"], 12);
  EXPECT_EQ(answer["mappings"][0]["lastProcessingResult"], "No records processed");
  EXPECT_FALSE(answer.contains("stuck"));
  EXPECT_FALSE(answer.contains("skipped"));
  EXPECT_FALSE(answer.contains("clock"));
}

TEST(ReportJsonTest, ProgressTellsOfEachShardAndLane) {
  esm::MappingReport report = echo_mapping();
  esm::ShardReport& shard = report.progress.emplace_back();
  shard.shard = "shardId-1";
  shard.state = "polling";
  shard.position = 7;
  shard.iterator_age_milliseconds = 90;
  shard.window = esm::OpenWindow{TimePoint{std::chrono::seconds{60}}, TimePoint{std::chrono::seconds{120}}, "{}"};
  esm::LaneReport& lane = shard.lanes.emplace_back();
  lane.state = "waiting";
  lane.records_held = 3;
  lane.batch = esm::LaneReport::Batch{2, 8, 9, 4};
  lane.next_attempt = TimePoint{std::chrono::milliseconds{1764085660123}};
  lane.last_error = "boom";
  shard.lanes.push_back({.state = "collecting"});
  std::string text;
  append_json(text, esm::DrainReport{true, {report}, {}, {}}, *frozen_clock());
  EXPECT_EQ(Json::parse(text)["mappings"][0]["progress"],
            Json::parse(R"([{"shardId":"shardId-1","state":"polling","position":"100000000000000000007",
              "iteratorAgeMilliseconds":90,
              "window":{"start":"1970-01-01T00:01:00Z","end":"1970-01-01T00:02:00Z","stateBytes":2},
              "lanes":[{"state":"waiting","recordsHeld":3,
                        "batch":{"records":2,"firstSequenceNumber":"100000000000000000008",
                                 "lastSequenceNumber":"100000000000000000009","attempt":4},
                        "nextAttemptAt":"2025-11-25T15:47:40.123Z","lastError":"boom"},
                       {"state":"collecting","recordsHeld":0}]}])"));
}

TEST(ReportJsonTest, StuckShardsTellWhyAndWhenItGoesOn) {
  esm::StuckShard shard{"14e0db71", "echo", "shardId-1", "The function 'echo' does not exist.", 3, "boom"};
  shard.next_retry = TimePoint{std::chrono::milliseconds{1764085660123}};
  std::string text;
  append_json(text, esm::DrainReport{false, {}, {shard}, {}}, *frozen_clock());
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
  append_json(text, esm::DrainReport{true, {report}, {}, {}}, *frozen_clock());
  const Json answer = Json::parse(text);
  EXPECT_EQ(answer["mappings"][0]["lastDiscard"], "given up");
  EXPECT_EQ(answer["mappings"][0]["warning"], "The stream is disabled.");
}

TEST(ReportJsonTest, ADrainThatFailsUnderAFrozenClockSaysWhatMovesIt) {
  std::string text;
  append_json(text, esm::DrainReport{false, {}, {}, {}}, *frozen_clock());
  EXPECT_EQ(Json::parse(text)["clock"],
            "The clock is frozen at 2025-11-25T15:47:40.123Z: what waits for a time to come does not move. POST "
            "/_millrace/clock moves it, with {\"advance\":\"1m\"}, or lets it run, with {\"freeze\":false}.");
  const auto running = frozen_clock();
  running->unfreeze();
  text.clear();
  append_json(text, esm::DrainReport{false, {}, {}, {}}, *running);
  EXPECT_FALSE(Json::parse(text).contains("clock"));
}

TEST(ReportJsonTest, TheClockTellsItsTime) {
  std::string text;
  append_clock_json(text, *frozen_clock());
  const Json answer = Json::parse(text);
  EXPECT_EQ(answer["now"], "2025-11-25T15:47:40.123Z");
  EXPECT_DOUBLE_EQ(answer["epochSeconds"].get<double>(), 1764085660.123);
  EXPECT_EQ(answer["frozen"], true);
  EXPECT_EQ(answer["advancing"], false);
  EXPECT_TRUE(answer["aheadOfRealTimeSeconds"].is_number());
}

TEST(ReportJsonTest, AClockThatStoppedOnItsWayTellsWhatItWaitedFor) {
  esm::MappingReport report = echo_mapping();
  report.shards.push_back({"14e0db71", "echo", "shardId-1", "The function 'echo' is being invoked."});
  std::string text;
  append_stopped_clock_json(text, *frozen_clock(), TimePoint{std::chrono::seconds{1764089260}}, "Why.", {report});
  const Json answer = Json::parse(text);
  EXPECT_EQ(answer["target"], "2025-11-25T16:47:40.000Z");
  EXPECT_EQ(answer["message"], "Why.");
  EXPECT_EQ(answer["stuck"][0]["shard"], "shardId-1");
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
