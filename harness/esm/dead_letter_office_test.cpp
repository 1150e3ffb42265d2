// Records that are given up, on their whole way: kept, told, delivered again.
#include "harness/esm/dead_letter_office.hpp"

#include "harness/esm/live_mappings_fixture.hpp"

namespace millrace::esm {
namespace {

const std::string kQueue = "arn:aws:sqs:us-east-1:000000000000:failures";

class DeadLetterOfficeTest : public LiveMappingsTest {
 protected:
  std::string create_mapping_with_queue(Json further = Json::object()) {
    create_stream();
    further["DestinationConfig"] = {{"OnFailure", {{"Destination", kQueue}}}};
    if (!further.contains("MaximumRetryAttempts")) further["MaximumRetryAttempts"] = 0;
    return create_mapping(std::move(further));
  }
  std::vector<DeadLetter> letters() {
    const auto entry = process_->engine.gate().enter(storage::Access::kRead);
    std::vector<DeadLetter> found;
    auto page = process_->dead_letters.list({});
    for (ListedLetter& listed : page->letters) found.push_back(std::move(listed.letter));
    return found;
  }
  RedriveReport redrive(const std::string& uuid) {
    std::vector<LetterId> ids;
    {
      const auto entry = process_->engine.gate().enter(storage::Access::kRead);
      ids = process_->dead_letters.ids_of(uuid);
    }
    std::optional<RedriveReport> report;
    process_->live_mappings.redrive(uuid, ids, [&](RedriveReport answer) { report = std::move(answer); });
    work_until(report);
    return *std::move(report);
  }
};

TEST_F(DeadLetterOfficeTest, WhatIsGivenUpIsKeptAndHandedOver) {
  create_mapping_with_queue();
  function().failures_left = 1;
  insert("a");
  EXPECT_TRUE(drain().drained);
  ASSERT_EQ(sender_.messages.size(), 1U);
  EXPECT_EQ(sender_.messages.front().destination_arn, kQueue);
  const auto kept = letters();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept.front().handover, Handover::kDelivered);
  EXPECT_EQ(kept.front().document, sender_.messages.front().document);
  EXPECT_EQ(Json::parse(kept.front().document)["requestContext"]["condition"], "RetryAttemptsExhausted");
}

TEST_F(DeadLetterOfficeTest, WithoutADestinationItIsKeptAllTheSame) {
  create_stream();
  create_mapping({{"MaximumRetryAttempts", 0}});
  function().failures_left = 1;
  insert("a");
  insert("b");
  EXPECT_TRUE(drain().drained);
  EXPECT_TRUE(sender_.messages.empty());
  const auto kept = letters();
  ASSERT_FALSE(kept.empty());
  EXPECT_EQ(kept.front().handover, Handover::kNone);
}

/// The worked example of the reference, 4.8, recorded on AWS.
TEST_F(DeadLetterOfficeTest, ARecordThatIsAlwaysReportedIsSentAloneUntilItsRetriesAreUsedUp) {
  create_stream();
  for (const std::string id : {"1", "2", "3", "4", "5", "6"}) insert(id);
  function().answer_with = [](const Json& event) -> std::string {
    for (const Json& record : event["Records"]) {
      if (record["dynamodb"]["Keys"]["id"]["S"] != "6") continue;
      return R"({"batchItemFailures":[{"itemIdentifier":")" + record["dynamodb"]["SequenceNumber"].get<std::string>() +
             R"("}]})";
    }
    return "{}";
  };
  create_mapping({{"BatchSize", 3},
                  {"MaximumRetryAttempts", 3},
                  {"FunctionResponseTypes", {"ReportBatchItemFailures"}},
                  {"DestinationConfig", {{"OnFailure", {{"Destination", kQueue}}}}}});
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"1", "2", "3", "4", "5", "6", "6", "6", "6", "6"}));
  ASSERT_EQ(sender_.messages.size(), 1U);
  const Json document = Json::parse(sender_.messages.front().document);
  const auto sixth = function().events.back()["Records"][0]["dynamodb"]["SequenceNumber"].get<std::string>();
  EXPECT_EQ(document["requestContext"]["condition"], "RetryAttemptsExhausted");
  EXPECT_EQ(document["requestContext"]["approximateInvokeCount"], 4);
  EXPECT_EQ(document["responseContext"]["functionError"], nullptr);
  EXPECT_EQ(document["DDBStreamBatchInfo"]["batchSize"], 1);
  EXPECT_EQ(document["DDBStreamBatchInfo"]["startSequenceNumber"], sixth);
  EXPECT_EQ(document["DDBStreamBatchInfo"]["endSequenceNumber"], sixth);
}

TEST_F(DeadLetterOfficeTest, ADestinationThatRefusesCostsTheShardNothing) {
  const std::string uuid = create_mapping_with_queue();
  sender_.outcomes = {{"404 NotFound", false}};
  function().failures_left = 1;
  insert("a");
  const DrainReport report = drain();
  EXPECT_TRUE(report.drained);
  ASSERT_EQ(report.mappings.size(), 1U);
  EXPECT_EQ(report.mappings.front().statistics.destination_delivery_failures, 1U);
  const auto kept = letters();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept.front().handover, Handover::kFailed);
  EXPECT_EQ(kept.front().problem, "404 NotFound");
}

TEST_F(DeadLetterOfficeTest, WhatMayPassIsTriedAgain) {
  create_mapping_with_queue();
  sender_.outcomes = {{"503", true}};
  function().failures_left = 1;
  insert("a");
  EXPECT_TRUE(drain().drained);
  ASSERT_EQ(sender_.messages.size(), 2U);
  EXPECT_EQ(sender_.messages[0].object_key, sender_.messages[1].object_key);
  EXPECT_EQ(letters().front().handover, Handover::kDelivered);
}

TEST_F(DeadLetterOfficeTest, ADestinationThatNobodyStandsForIsNamedInTheLetter) {
  sender_.unreachable = "no server stands for SQS";
  create_mapping_with_queue();
  function().failures_left = 1;
  insert("a");
  EXPECT_TRUE(drain().drained);
  EXPECT_TRUE(sender_.messages.empty());
  EXPECT_EQ(letters().front().problem, "no server stands for SQS");
}

TEST_F(DeadLetterOfficeTest, TheNextProcessSendsWhatIsPending) {
  create_mapping_with_queue();
  function().failures_left = 1;
  sender_.outcomes.assign(3, {"503", true});
  insert("a");
  EXPECT_FALSE(drain(50ms).drained);  // between two attempts
  restart();
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(letters().front().handover, Handover::kDelivered);
}

TEST_F(DeadLetterOfficeTest, ARedriveDeliversOldestFirstAndRemovesWhatIsTaken) {
  const std::string uuid = create_mapping_with_queue({{"BatchSize", 1}});
  function().failures_left = 3;
  for (const std::string id : {"a", "b", "c"}) insert(id);
  EXPECT_TRUE(drain().drained);
  ASSERT_EQ(letters().size(), 3U);
  function().events.clear();
  function().failures_left = 1;
  const RedriveReport report = redrive(uuid);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(report.redriven.size(), 2U);
  ASSERT_EQ(report.failed.size(), 1U);
  EXPECT_EQ(report.failed.front().problem, "the function failed: boom");
  const auto kept = letters();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept.front().redrives, 1U);
  EXPECT_EQ(kept.front().redrive_problem, "the function failed: boom");
  EXPECT_TRUE(redrive(uuid).failed.empty());
  EXPECT_TRUE(letters().empty());
}

TEST_F(DeadLetterOfficeTest, ADrainWaitsForARedrive) {
  const std::string uuid = create_mapping_with_queue();
  function().failures_left = 1;
  insert("a");
  EXPECT_TRUE(drain().drained);
  function().hold = true;
  std::optional<RedriveReport> report;
  process_->live_mappings.redrive(uuid, {letters().front().id},
                                  [&](RedriveReport answer) { report = std::move(answer); });
  EXPECT_FALSE(drain(20ms).drained);
  EXPECT_FALSE(drain(20ms, uuid).drained);
  function().hold = false;
  function().answer();
  EXPECT_TRUE(drain().drained);
  work_until(report);
  EXPECT_EQ(report->redriven.size(), 1U);
}

TEST_F(DeadLetterOfficeTest, LettersOutliveTheirMappingButNobodyDeliversThemAgain) {
  const std::string uuid = create_mapping_with_queue();
  function().failures_left = 1;
  insert("a");
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(call("DELETE", kMappings + "/" + uuid).status, 202);
  ASSERT_EQ(letters().size(), 1U);
  const RedriveReport report = redrive(uuid);
  ASSERT_EQ(report.failed.size(), 1U);
  EXPECT_EQ(report.failed.front().problem, "its mapping does not exist any more");
  EXPECT_EQ(letters().size(), 1U);
}

}  // namespace
}  // namespace millrace::esm
