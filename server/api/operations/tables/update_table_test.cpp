#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;

class UpdateTableTest : public ::testing::Test {
 protected:
  UpdateTableTest() {
    api.call("CreateTable", R"({"TableName":"Grown",
      "ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5},
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
  }
  ApiFixture::Answer update(std::string_view rest) {
    return api.call("UpdateTable", std::string{R"({"TableName":"Grown",)"}.append(rest).append("}"));
  }
  Json table() { return api.call("DescribeTable", R"({"TableName":"Grown"})").json().at("Table"); }
  ApiFixture api;
};

constexpr std::string_view kCreateIndex = R"("AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"},
    {"AttributeName":"unused","AttributeType":"S"}],
  "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"ByG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
    "Projection":{"ProjectionType":"KEYS_ONLY"},
    "ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}}])";

TEST_F(UpdateTableTest, FillsANewIndexFromALargeTable) {
  constexpr int kItems = 2500;  // more than one portion of the backfill
  for (int n = 0; n < kItems; ++n) {
    Json item{{"p", {{"S", std::to_string(n)}}}};
    if (n % 5 != 0) item["g"] = {{"S", "same"}};
    if (n % 5 == 1) item["g"] = {{"N", "1"}};  // unfit: skipped
    api.call("PutItem", Json{{"TableName", "Grown"}, {"Item", item}}.dump());
  }
  const auto answer = update(kCreateIndex);
  ASSERT_EQ(answer.error(), "");
  const auto index = answer.json().at("TableDescription").at("GlobalSecondaryIndexes")[0];
  EXPECT_EQ(index.at("IndexStatus"), "CREATING");
  EXPECT_EQ(index.at("Backfilling"), true);
  api.run_jobs();
  EXPECT_EQ(table().at("GlobalSecondaryIndexes")[0].at("IndexStatus"), "ACTIVE");
  EXPECT_EQ(table().at("GlobalSecondaryIndexes")[0].at("ItemCount"), kItems * 3 / 5);
  EXPECT_FALSE(table().at("GlobalSecondaryIndexes")[0].contains("Backfilling"));
  EXPECT_EQ(table().at("AttributeDefinitions").size(), 2U);
}

TEST_F(UpdateTableTest, DropsAnIndexWithItsDefinition) {
  update(kCreateIndex);
  const auto answer = update(R"("GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"ByG"}}])").json();
  EXPECT_EQ(answer.at("TableDescription").at("GlobalSecondaryIndexes")[0].at("IndexStatus"), "DELETING");
  EXPECT_FALSE(table().contains("GlobalSecondaryIndexes"));
  EXPECT_EQ(table().at("AttributeDefinitions"), Json::parse(R"([{"AttributeName":"p","AttributeType":"S"}])"));
  EXPECT_EQ(api.call("Query", R"({"TableName":"Grown","IndexName":"ByG","KeyConditionExpression":"g = :g",
    "ExpressionAttributeValues":{":g":{"S":"x"}}})")
                .error(),
            "ValidationException: The table does not have the specified index: ByG");
}

TEST_F(UpdateTableTest, AStreamGoesThroughItsLife) {
  const auto on = R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"})";
  const auto off = R"("StreamSpecification":{"StreamEnabled":false})";
  EXPECT_EQ(update(off).error(), "ValidationException: Table has no stream to disable: TableName: Grown");
  const auto first = update(on).json().at("TableDescription").at("LatestStreamArn");
  EXPECT_EQ(update(on).error(), "ValidationException: Table already has an enabled stream: TableName: Grown");
  const auto disabled = update(off).json().at("TableDescription");
  EXPECT_FALSE(disabled.contains("StreamSpecification"));
  EXPECT_EQ(disabled.at("LatestStreamArn"), first);
  EXPECT_EQ(api.call("PutItem", R"({"TableName":"Grown","Item":{"p":{"S":"a"}}})").error(), "");
  const auto second = update(on).json().at("TableDescription").at("LatestStreamArn");
  EXPECT_NE(second, first);
  EXPECT_EQ(api.call("ListStreams", R"({"TableName":"Grown"})").json().at("Streams").size(), 2U);
  api.reload();
  EXPECT_EQ(api.call("DeleteTable", R"({"TableName":"Grown"})").error(), "");
  EXPECT_EQ(
      api.call("DescribeStream", Json{{"StreamArn", second}}.dump()).json().at("StreamDescription").at("StreamStatus"),
      "DISABLED");
}

TEST_F(UpdateTableTest, BillingModeSwitchesBothWays) {
  EXPECT_FALSE(table().contains("BillingModeSummary"));
  EXPECT_EQ(update(R"("BillingMode":"PAY_PER_REQUEST")").json().at("TableDescription").at("TableStatus"), "UPDATING");
  EXPECT_EQ(table().at("BillingModeSummary").at("BillingMode"), "PAY_PER_REQUEST");
  EXPECT_EQ(table().at("ProvisionedThroughput").at("ReadCapacityUnits"), 0);
  EXPECT_EQ(update(R"("BillingMode":"PROVISIONED")").error(),
            "ValidationException: One or more parameter values were invalid: ProvisionedThroughput must be specified "
            "when BillingMode is PROVISIONED");
  const auto back =
      R"("BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":2,"WriteCapacityUnits":3})";
  EXPECT_EQ(update(back).error(), "");
  EXPECT_EQ(table().at("BillingModeSummary").at("BillingMode"), "PROVISIONED");
  EXPECT_EQ(table().at("ProvisionedThroughput").at("WriteCapacityUnits"), 3);
}

TEST_F(UpdateTableTest, ARefusedRequestChangesNothing) {
  const auto before = table();
  EXPECT_NE(update(std::string{kCreateIndex}.append(
                       R"(,"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5})"))
                .error(),
            "");
  EXPECT_EQ(table(), before);
}

TEST_F(UpdateTableTest, DeletionProtectionHoldsUntilItIsTakenOff) {
  update(R"("DeletionProtectionEnabled":true)");
  EXPECT_EQ(api.call("DeleteTable", R"({"TableName":"Grown"})").error(),
            "ValidationException: Resource cannot be deleted as it is currently protected against deletion. Disable "
            "deletion protection first.");
  update(R"("DeletionProtectionEnabled":false)");
  EXPECT_EQ(api.call("DeleteTable", R"({"TableName":"Grown"})").error(), "");
}

TEST_F(UpdateTableTest, OnDemandCeilingsMergeAndGo) {
  update(R"("BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":{"MaxReadRequestUnits":7})");
  update(R"("OnDemandThroughput":{"MaxWriteRequestUnits":8})");
  EXPECT_EQ(table().at("OnDemandThroughput"), Json::parse(R"({"MaxReadRequestUnits":7,"MaxWriteRequestUnits":8})"));
  const auto removed = update(R"("OnDemandThroughput":{"MaxReadRequestUnits":-1})").json().at("TableDescription");
  EXPECT_EQ(removed.at("OnDemandThroughput").at("MaxReadRequestUnits"), -1);
  EXPECT_EQ(table().at("OnDemandThroughput"), Json::parse(R"({"MaxWriteRequestUnits":8})"));
}

}  // namespace
}  // namespace millrace::api
