#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

constexpr std::string_view kIndexed = R"({"TableName":"Music","BillingMode":"PAY_PER_REQUEST",
  "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"N"},
                          {"AttributeName":"l","AttributeType":"B"},{"AttributeName":"g","AttributeType":"S"}],
  "KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],
  "LocalSecondaryIndexes":[{"IndexName":"ByL","KeySchema":[{"AttributeName":"p","KeyType":"HASH"},
     {"AttributeName":"l","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],
  "GlobalSecondaryIndexes":[{"IndexName":"ByG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
     "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x"]}}],
  "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}})";

TEST(CreateTable, AnswersCreatingAndIsActiveAtOnce) {
  ApiFixture api;
  const auto created = api.call("CreateTable", kIndexed);
  ASSERT_EQ(created.error(), "");
  const auto table = created.json().at("TableDescription");
  EXPECT_EQ(table.at("TableStatus"), "CREATING");
  EXPECT_EQ(table.at("GlobalSecondaryIndexes")[0].at("IndexStatus"), "CREATING");
  EXPECT_FALSE(table.at("BillingModeSummary").contains("LastUpdateToPayPerRequestDateTime"));
  EXPECT_FALSE(table.contains("WarmThroughput"));

  const auto described = api.call("DescribeTable", R"({"TableName":"Music"})").json().at("Table");
  EXPECT_EQ(described.at("TableStatus"), "ACTIVE");
  EXPECT_EQ(described.at("GlobalSecondaryIndexes")[0].at("IndexStatus"), "ACTIVE");
  EXPECT_EQ(described.at("WarmThroughput").at("ReadUnitsPerSecond"), 12000);
  EXPECT_EQ(described.at("TableId"), table.at("TableId"));
  EXPECT_EQ(described.at("LatestStreamArn"), table.at("LatestStreamArn"));
}

TEST(CreateTable, SurvivesAReload) {
  ApiFixture api;
  api.call("CreateTable", kIndexed);
  const auto before = api.call("DescribeTable", R"({"TableName":"Music"})").body;
  api.reload();
  EXPECT_EQ(api.call("DescribeTable", R"({"TableName":"Music"})").body, before);
}

TEST(CreateTable, TakesAnArnAsName) {
  ApiFixture api;
  const auto answer = api.call("CreateTable", R"({"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/ByArn",
    "BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
    "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
  EXPECT_EQ(answer.json().at("TableDescription").at("TableName"), "ByArn");
}

TEST(CreateTable, TakesSeveralHashKeysInAGlobalIndexOnly) {
  ApiFixture api;
  const auto create = [&](std::string_view member) {
    return api.call("CreateTable", std::string{R"({"TableName":"Multi","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"S"},
                              {"AttributeName":"q","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],")"}
                                       .append(member)
                                       .append(R"(":[{"IndexName":"Idx","KeySchema":[
        {"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"q","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"ALL"}}]})"));
  };
  EXPECT_EQ(create("LocalSecondaryIndexes").error(),
            "ValidationException: Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  EXPECT_EQ(create("GlobalSecondaryIndexes").error(), "");
}

}  // namespace
}  // namespace millrace::api
