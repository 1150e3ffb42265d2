// What reaches a Kinesis destination, through the operations.
#include "server/api/settings/kinesis_destination.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/api/api_fixture.hpp"
#include "server/streams/delivery_log.hpp"

namespace millrace::api {
namespace {

constexpr std::string_view kDestination =
    R"({"TableName":"Some","StreamArn":"arn:aws:kinesis:us-east-1:000000000000:stream/changes"})";

class KinesisDestination : public testing::Test {
 protected:
  KinesisDestination() { create_table(); }

  void create_table() {
    ASSERT_EQ(api_.call("CreateTable", R"({"TableName":"Some","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})")
                  .error(),
              "");
  }
  void call(std::string_view operation) { ASSERT_EQ(api_.call(operation, kDestination).error(), ""); }
  void put(std::string_view key, std::string_view value = "") {
    ASSERT_EQ(api_.call("PutItem", std::string{R"({"TableName":"Some","Item":{"p":{"S":")"}
                                       .append(key)
                                       .append(R"("},"v":{"S":")")
                                       .append(value)
                                       .append(R"("}}})"))
                  .error(),
              "");
  }
  nlohmann::json records() {
    const auto entry = api_.gate().enter(storage::Access::kRead);
    const auto page = streams::read_deliveries(api_.storage(), api_.services().streams, {.destination = "changes"});
    return nlohmann::json::parse(page->to_json());
  }
  std::vector<std::string> told() {
    std::vector<std::string> told;
    for (const auto& record : records()) {
      const auto& data = record.at("data");
      told.push_back(data.at("eventName").get<std::string>() + " " +
                     data.at("dynamodb").at("Keys").at("p").at("S").get<std::string>());
    }
    return told;
  }

  ApiFixture api_;
};

TEST_F(KinesisDestination, GetsWhatChangesWhileItIsActive) {
  put("before");
  call("EnableKinesisStreamingDestination");
  put("a");
  put("a", "more");
  put("a", "more");  // changes nothing
  api_.call("DeleteItem", R"({"TableName":"Some","Key":{"p":{"S":"before"}}})");
  call("DisableKinesisStreamingDestination");
  put("after");
  EXPECT_THAT(told(), testing::ElementsAre("INSERT a", "MODIFY a", "REMOVE before"));
  const auto modified = records()[1].at("data").at("dynamodb");
  EXPECT_EQ(modified.at("OldImage").at("v").at("S"), "");
  EXPECT_EQ(modified.at("NewImage").at("v").at("S"), "more");
  EXPECT_EQ(modified.at("ApproximateCreationDateTimePrecision"), "MILLISECOND");
  EXPECT_EQ(api_.call("DynamoDBStreams_20120810.ListStreams", "{}").body, R"({"Streams":[]})");
}

TEST_F(KinesisDestination, GoesOnAfterAReloadAndBesideAStream) {
  call("EnableKinesisStreamingDestination");
  api_.call("UpdateTable",
            R"({"TableName":"Some","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}})");
  api_.reload();
  put("a");
  EXPECT_THAT(told(), testing::ElementsAre("INSERT a"));
}

TEST_F(KinesisDestination, ItsPrecisionHoldsForWhatComesAfterwards) {
  call("EnableKinesisStreamingDestination");
  put("a");
  ASSERT_EQ(
      api_.call("UpdateKinesisStreamingDestination",
                std::string{kDestination.substr(0, kDestination.size() - 1)} +
                    R"(,"UpdateKinesisStreamingConfiguration":{"ApproximateCreationDateTimePrecision":"MICROSECOND"}})")
          .error(),
      "");
  put("b");
  const auto all = records();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at("data").at("dynamodb").at("ApproximateCreationDateTimePrecision"), "MILLISECOND");
  EXPECT_EQ(all[1].at("data").at("dynamodb").at("ApproximateCreationDateTimePrecision"), "MICROSECOND");
}

TEST_F(KinesisDestination, WhatWasDeliveredOutlivesTheTable) {
  call("EnableKinesisStreamingDestination");
  put("a");
  api_.call("DeleteTable", R"({"TableName":"Some"})");
  create_table();
  put("b");
  EXPECT_THAT(told(), testing::ElementsAre("INSERT a"));
}

TEST_F(KinesisDestination, TellsWhoDeletedWhatExpired) {
  api_.call("UpdateTimeToLive",
            R"({"TableName":"Some","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"gone"}})");
  api_.call("PutItem", R"({"TableName":"Some","Item":{"p":{"S":"a"},"gone":{"N":"1710000100"}}})");
  call("EnableKinesisStreamingDestination");
  api_.run_jobs();
  api_.time().advance(std::chrono::hours{1});
  api_.run_jobs();
  const auto all = records();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].at("data").at("eventName"), "REMOVE");
  EXPECT_EQ(all[0].at("data").at("userIdentity"),
            (nlohmann::json{{"type", "Service"}, {"principalId", "dynamodb.amazonaws.com"}}));
}

}  // namespace
}  // namespace millrace::api
