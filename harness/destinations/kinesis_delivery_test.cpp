#include "harness/destinations/kinesis_delivery.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace millrace::destinations {
namespace {

using Json = nlohmann::json;

PutOutcome outcome(unsigned status, std::string body, std::size_t sent = 2) {
  return read_outcome({.status = status, .fields = {}, .body = std::move(body)}, sent);
}

TEST(KinesisDelivery, APageIsAPutRecords) {
  streams::DeliveryPage page;
  page.records = {{.sequence = 1, .keys_json = R"({"k":{"S":"a"}})", .data_json = R"({"eventName":"INSERT"})"},
                  {.sequence = 2, .keys_json = R"({"k":{"S":"a"}})", .data_json = R"({"eventName":"MODIFY"})"},
                  {.sequence = 3, .keys_json = R"({"k":{"S":"b"}})", .data_json = "{}"}};
  const auto request = put_records("arn:aws:kinesis:us-east-1:000000000000:stream/changes", page);
  EXPECT_EQ(request.fields.at(1).second, "Kinesis_20131202.PutRecords");
  const auto body = Json::parse(request.body);
  EXPECT_EQ(body.at("StreamName"), "changes");
  const auto& records = body.at("Records");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records.at(0).at("Data"), "eyJldmVudE5hbWUiOiJJTlNFUlQifQ==");
  EXPECT_EQ(records.at(0).at("PartitionKey"), records.at(1).at("PartitionKey")) << "one item, one shard";
  EXPECT_NE(records.at(0).at("PartitionKey"), records.at(2).at("PartitionKey"));
}

TEST(KinesisDelivery, AllHaveArrived) {
  const auto all = outcome(200, R"({"FailedRecordCount":0,"Records":[{"SequenceNumber":"1","ShardId":"s"},{}]})");
  EXPECT_EQ(all.delivered, 2U);
  EXPECT_EQ(all.problem, "");
}

TEST(KinesisDelivery, WhatComesBehindAFailureIsSentAgainToo) {
  const auto some = outcome(200, R"({"FailedRecordCount":1,"Records":[{"SequenceNumber":"1"},
      {"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"Rate exceeded"},{"SequenceNumber":"2"}]})",
                            3);
  EXPECT_EQ(some.delivered, 1U);
  EXPECT_EQ(some.problem, "ProvisionedThroughputExceededException: Rate exceeded");
}

TEST(KinesisDelivery, WhatIsNoSuccess) {
  const auto refused = outcome(400, R"({"__type":"ResourceNotFoundException","message":"Stream changes not found"})");
  EXPECT_EQ(refused.delivered, 0U);
  EXPECT_EQ(refused.problem, "400 ResourceNotFoundException: Stream changes not found");
  EXPECT_EQ(outcome(503, "busy").problem, "503");
  for (const std::string body : {"", "[]", "{}", R"({"Records":{}})", R"({"Records":[{}]})", R"({"Records":[1,2]})"}) {
    EXPECT_EQ(outcome(200, body).problem, "200, but no answer of PutRecords") << body;
  }
}

}  // namespace
}  // namespace millrace::destinations
