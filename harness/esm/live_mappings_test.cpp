// What a mapping does from its creation to its end, on the real path (live_mappings_fixture.hpp).
#include "harness/esm/live_mappings_fixture.hpp"
#include "server/streams/resharding/resharding.hpp"

namespace millrace::esm {
namespace {

TEST_F(LiveMappingsTest, DeliversWhatIsWrittenBeforeAndAfterTheMapping) {
  create_stream();
  insert("a");
  const std::string uuid = create_mapping();
  insert("b");
  const DrainReport report = drain();
  EXPECT_TRUE(report.drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(function().events[0]["Records"][0]["eventSourceARN"], stream_arn_);
  ASSERT_EQ(report.mappings.size(), 1U);
  EXPECT_EQ(report.mappings[0].definition.uuid, uuid);
  EXPECT_EQ(report.mappings[0].statistics.records_delivered, 2U);
  EXPECT_TRUE(report.mappings[0].idle);
  EXPECT_EQ(report.mappings[0].warning, "");
  EXPECT_EQ(get(uuid)["LastProcessingResult"], "OK");
}

TEST_F(LiveMappingsTest, DrainOfNothingSucceedsAtOnce) { EXPECT_TRUE(drain().drained); }

TEST_F(LiveMappingsTest, LatestSkipsWhatWasThere) {
  create_stream();
  insert("old");
  create_mapping({{"StartingPosition", "LATEST"}});
  insert("new");
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"new"});
}

TEST_F(LiveMappingsTest, GoesOnWhereItStoodAfterARestart) {
  create_stream();
  create_mapping();
  insert("a");
  EXPECT_TRUE(drain().drained);
  restart();
  EXPECT_EQ(drain().mappings.at(0).statistics.records_delivered, 1U);
  EXPECT_TRUE(function().events.empty());
  insert("b");
  EXPECT_EQ(drain().mappings.at(0).statistics.records_delivered, 2U);
  EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"b"});
}

TEST_F(LiveMappingsTest, AMappingThatIsSwitchedOffRemembersItsCountersToo) {
  create_stream();
  const std::string uuid = create_mapping({{"MaximumRetryAttempts", 0}});
  function().failures_left = 1;
  insert("given up");
  EXPECT_EQ(drain().mappings.at(0).statistics.discarded, 1U);
  insert("a");
  EXPECT_TRUE(drain().drained);
  call("PUT", kMappings + "/" + uuid, {{"Enabled", false}});
  restart();
  const DrainReport report = drain();
  EXPECT_EQ(report.mappings.at(0).statistics.records_delivered, 1U);
  EXPECT_EQ(report.mappings.at(0).statistics.discarded, 1U);
}

TEST_F(LiveMappingsTest, FollowsAStreamThroughARollOver) {
  create_stream(2);
  create_mapping();
  insert("a");
  write([&] {
    const auto all = streams::plan_rollover(stream()).value();
    return streams::reshard(process_->engine.gate(), process_->catalog, stream(), all, now()).has_value();
  });
  insert("b");
  insert("c", 0xFFFFFFFFU);
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(LiveMappingsTest, FollowsAStreamThroughASplitAndAMerge) {
  create_stream();
  create_mapping();
  const auto reshard = [&](const Result<std::vector<streams::Succession>>& plan) {
    write([&] {
      return streams::reshard(process_->engine.gate(), process_->catalog, stream(), plan.value(), now()).has_value();
    });
  };
  insert("a");
  reshard(streams::plan_split(stream()));
  insert("b");
  insert("c", 0xFFFFFFFFU);
  EXPECT_TRUE(drain().drained);
  reshard(streams::plan_merge(stream()));
  insert("d");
  insert("e", 0xFFFFFFFFU);
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"a", "b", "c", "d", "e"}));
}

TEST_F(LiveMappingsTest, CountsWhatItDeliveredOfShardsThatHaveLeft) {
  create_stream();
  create_mapping();
  insert("a");
  insert("b");
  write([&] {
    const auto all = streams::plan_rollover(stream()).value();
    return streams::reshard(process_->engine.gate(), process_->catalog, stream(), all, now()).has_value();
  });
  insert("c");
  EXPECT_TRUE(drain().drained);
  write([&] {
    streams::StreamDescriptor trimmed = stream();
    trimmed.shards.front() = std::move(trimmed.shards.back());
    trimmed.shards.pop_back();
    return process_->catalog.replace(stream(), std::move(trimmed)).has_value();
  });
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(checkpoint_documents(), 2U);
  restart();
  EXPECT_EQ(drain().mappings.at(0).statistics.records_delivered, 3U);
}

TEST_F(LiveMappingsTest, ReadsADisabledStreamToItsEnd) {
  create_stream();
  const std::string uuid = create_mapping({{"Enabled", false}});
  insert("a");
  write([&] { return process_->catalog.disable(stream(), streams::StreamStatus::kDisabled, now()).has_value(); });
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"Enabled", true}}).body["State"], "Enabling");
  const std::string old_arn = stream_arn_;
  const DrainReport disabled = drain();
  EXPECT_TRUE(disabled.drained);
  EXPECT_EQ(disabled.mappings.at(0).warning, describe_end(disabled.mappings[0].definition, {.exists = true}));
  EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"a"});
  const streams::StreamDescriptor* const old_stream = &stream();
  create_stream();  // the table is made again
  EXPECT_EQ(drain().mappings.at(0).warning,
            describe_end(disabled.mappings[0].definition, {.exists = true, .newer_stream = stream_arn_}));
  write([&] { return process_->catalog.remove(*old_stream).has_value(); });
  const DrainReport gone = drain();
  EXPECT_TRUE(gone.drained);
  EXPECT_EQ(gone.mappings.at(0).warning,
            describe_end(disabled.mappings[0].definition, {.exists = false, .newer_stream = stream_arn_}));
  EXPECT_EQ(gone.mappings[0].definition.event_source_arn, old_arn);
  EXPECT_EQ(get(uuid)["State"], "Enabled");
}

TEST_F(LiveMappingsTest, RetriesUntilTheFunctionSucceeds) {
  create_stream();
  const std::string uuid = create_mapping();
  function().failures_left = 3;
  insert("a");
  const DrainReport report = drain();
  EXPECT_TRUE(report.drained);
  EXPECT_EQ(function().events.size(), 4U);
  EXPECT_EQ(report.mappings[0].statistics.errors, 3U);
  EXPECT_EQ(report.mappings[0].statistics.retries, 3U);
  EXPECT_EQ(report.mappings[0].statistics.last_error, R"({"errorMessage":"boom"})");
}

TEST_F(LiveMappingsTest, GivesUpAfterItsRetriesAndGoesOn) {
  create_stream();
  create_mapping({{"MaximumRetryAttempts", 1}, {"BatchSize", 1}});
  function().failures_left = 2;
  insert("bad");
  insert("good");
  const DrainReport report = drain();
  EXPECT_TRUE(report.drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"bad", "bad", "good"}));
  EXPECT_EQ(report.mappings[0].statistics.discarded, 1U);
}

TEST_F(LiveMappingsTest, ADamagedRecordIsGivenUpAndTheOthersAreDelivered) {
  create_stream();
  insert("before");
  write([&] {
    const storage::LogId log = stream().shards.front().log;
    return storage_->append_record(log, storage_->next_sequence().value(), now(), "no record").has_value();
  });
  insert("after");
  create_mapping({{"MaximumRetryAttempts", 1}});
  const DrainReport report = drain();
  EXPECT_TRUE(report.drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"before", "after"}));
  EXPECT_EQ(report.mappings.at(0).statistics.discarded, 1U);
  EXPECT_NE(report.mappings[0].statistics.last_discard.find("gave up damaged record(s)"), std::string::npos)
      << report.mappings[0].statistics.last_discard;
}

TEST_F(LiveMappingsTest, ADrainThatDoesNotSucceedSaysWhy) {
  create_stream();
  const std::string uuid = create_mapping();
  const auto function = std::exchange(process_->functions.function, nullptr);
  insert("a");
  insert("b");
  const DrainReport report = drain(30ms);
  EXPECT_FALSE(report.drained);
  ASSERT_EQ(report.stuck.size(), 1U);
  EXPECT_EQ(report.stuck[0].mapping, uuid);
  EXPECT_EQ(report.stuck[0].function, "echo");
  EXPECT_EQ(report.stuck[0].pending_records, 2U);
  EXPECT_TRUE(report.stuck[0].next_retry);
  EXPECT_NE(report.stuck[0].reason.find("because the function 'echo' does not exist"), std::string::npos)
      << report.stuck[0].reason;
  EXPECT_EQ(get(uuid)["LastProcessingResult"], "PROBLEM: Function call failed");
  process_->functions.function = function;
  process_->live_mappings.function_changed({.account = {}, .name = "echo"});
  EXPECT_TRUE(drain().drained);
}

TEST_F(LiveMappingsTest, AnInvocationThatDoesNotAnswerIsTheReason) {
  create_stream();
  create_mapping();
  function().hold = true;
  insert("a");
  const DrainReport report = drain(30ms);
  ASSERT_EQ(report.stuck.size(), 1U);
  EXPECT_EQ(report.stuck[0].reason, "The function 'echo' is being invoked and has not answered yet.");
  function().hold = false;
  function().answer();
  EXPECT_TRUE(drain().drained);
}

TEST_F(LiveMappingsTest, DisabledMappingsAreSkippedUnlessTheyAreNamed) {
  create_stream();
  const std::string uuid = create_mapping({{"Enabled", false}});
  insert("a");
  EXPECT_EQ(get(uuid)["State"], "Disabled");
  const DrainReport all = drain();
  EXPECT_TRUE(all.drained);
  ASSERT_EQ(all.skipped.size(), 1U);
  EXPECT_EQ(all.skipped[0].pending_records, 1U);
  const DrainReport named = drain(5s, uuid);
  EXPECT_FALSE(named.drained);
  ASSERT_EQ(named.stuck.size(), 1U);
  EXPECT_NE(named.stuck[0].reason.find("disabled"), std::string::npos);
  EXPECT_EQ(drain(5s, "unknown").stuck.at(0).reason, "There is no event source mapping with this UUID.");
  EXPECT_TRUE(function().events.empty());
}

TEST_F(LiveMappingsTest, TransitionsShowInTheAnswerAndAreOverInTheNext) {
  create_stream();
  const Answer created = call(
      "POST", kMappings, {{"FunctionName", "echo"}, {"EventSourceArn", stream_arn_}, {"StartingPosition", "LATEST"}});
  EXPECT_EQ(created.status, 202);
  EXPECT_EQ(created.body["State"], "Creating");
  const auto uuid = created.body["UUID"].get<std::string>();
  EXPECT_EQ(get(uuid)["State"], "Enabled");
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"BatchSize", 5}}).body["State"], "Updating");
  EXPECT_EQ(get(uuid)["State"], "Enabled");
  EXPECT_EQ(get(uuid)["BatchSize"], 5);
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"Enabled", false}}).body["State"], "Disabling");
  EXPECT_EQ(get(uuid)["State"], "Disabled");
  const Answer deleted = call("DELETE", kMappings + "/" + uuid);
  EXPECT_EQ(deleted.status, 202);
  EXPECT_EQ(deleted.body["State"], "Deleting");
  const Answer gone = call("GET", kMappings + "/" + uuid);
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.body["Message"], "The resource you requested does not exist.");
  EXPECT_EQ(checkpoint_documents(), 0U);
}

TEST_F(LiveMappingsTest, DeletingWhileAnInvocationRunsLeavesNoCheckpointBehind) {
  create_stream();
  const std::string uuid = create_mapping();
  function().hold = true;
  insert("a");
  EXPECT_FALSE(drain(20ms).drained);
  EXPECT_EQ(call("DELETE", kMappings + "/" + uuid).body["State"], "Deleting");
  EXPECT_EQ(get(uuid)["State"], "Deleting");
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"BatchSize", 5}}).status, 400);
  function().answer();
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(call("GET", kMappings + "/" + uuid).status, 404);
  EXPECT_EQ(checkpoint_documents(), 0U);
}

TEST_F(LiveMappingsTest, AnUpdateLetsTheInvocationEndAndDoesNotRepeatIt) {
  const std::string uuid = update_during_an_invocation();
  function().hold = false;
  function().answer();
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(get(uuid)["State"], "Enabled");
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(LiveMappingsTest, ListsMappings) {
  create_stream();
  const std::string uuid = create_mapping();
  const Answer answer = call("GET", kMappings);
  EXPECT_EQ(answer.status, 200);
  ASSERT_EQ(answer.body["EventSourceMappings"].size(), 1U);
  EXPECT_EQ(answer.body["EventSourceMappings"][0]["UUID"], uuid);
  EXPECT_FALSE(answer.body.contains("NextMarker"));
}

TEST_F(LiveMappingsTest, StopWaitsForWhatIsUnderWay) {
  create_stream();
  create_mapping();
  function().hold = true;
  insert("a");
  EXPECT_FALSE(drain(20ms).drained);
  std::optional<bool> stopped;
  process_->live_mappings.stop([&] { stopped = true; });
  process_->engine.io().poll();
  EXPECT_FALSE(stopped);
  function().answer();
  work_until(stopped);
  EXPECT_EQ(checkpoint_documents(), 1U);
}

TEST_F(LiveMappingsTest, StopDuringAnUpdateWaitsForTheInvocationAndBeginsNothing) {
  const std::string uuid = update_during_an_invocation();
  std::optional<bool> stopped;
  process_->live_mappings.stop([&] { stopped = true; });
  process_->engine.io().poll();
  EXPECT_FALSE(stopped);
  function().answer();
  work_until(stopped);
  process_->engine.io().poll();
  EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"a"});
  EXPECT_EQ(checkpoint_documents(), 1U);
  restart();
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"b"});
}

TEST_F(LiveMappingsTest, AMappingThatIsMadeDuringTheStopDoesNotBegin) {
  create_stream();
  insert("a");
  std::optional<bool> stopped;
  process_->live_mappings.stop([&] { stopped = true; });
  work_until(stopped);
  create_mapping();
  process_->engine.io().poll();
  EXPECT_TRUE(function().events.empty());
  restart();
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"a"});
}

/// Delete, Disable and any other change, while the invocation waits for a process that may never come.
class LiveMappingsWithoutRuntimeTest : public LiveMappingsTest {
 protected:
  std::string create_waiting_mapping() {
    create_stream();
    const std::string uuid = create_mapping();
    function().hold = true;
    function().waits_for_runtime = "no process is attached to the external function echo";
    insert("a");
    EXPECT_FALSE(drain(20ms).drained);
    EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"a"});
    return uuid;
  }
};

TEST_F(LiveMappingsWithoutRuntimeTest, DeleteIsOverAtOnce) {
  const std::string uuid = create_waiting_mapping();
  EXPECT_EQ(call("DELETE", kMappings + "/" + uuid).body["State"], "Deleting");
  EXPECT_EQ(call("GET", kMappings + "/" + uuid).status, 404);
}

TEST_F(LiveMappingsWithoutRuntimeTest, DisableIsOverAtOnceAndTheRecordComesLater) {
  const std::string uuid = create_waiting_mapping();
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"Enabled", false}}).body["State"], "Disabling");
  EXPECT_EQ(get(uuid)["State"], "Disabled");
  EXPECT_EQ(get(uuid)["LastProcessingResult"], "No records processed");
  function().hold = false;
  function().waits_for_runtime.reset();
  call("PUT", kMappings + "/" + uuid, {{"Enabled", true}});
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"a", "a"}));
}

TEST_F(LiveMappingsWithoutRuntimeTest, AnUpdateIsOverAtOnce) {
  const std::string uuid = create_waiting_mapping();
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"BatchSize", 7}}).body["State"], "Updating");
  EXPECT_EQ(get(uuid)["State"], "Enabled");
}

TEST_F(LiveMappingsWithoutRuntimeTest, AStopIsOverAtOnce) {
  create_waiting_mapping();
  std::optional<bool> stopped;
  process_->live_mappings.stop([&] { stopped = true; });
  work_until(stopped);
  EXPECT_EQ(checkpoint_documents(), 0U);
}

}  // namespace
}  // namespace millrace::esm
