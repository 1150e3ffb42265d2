#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;

// The four stream operations together, as a consumer uses them.
class StreamOperationsTest : public ::testing::Test {
 protected:
  StreamOperationsTest() {
    const auto created = api.call("CreateTable", R"({"TableName":"Watched","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
      "GlobalSecondaryIndexes":[{"IndexName":"ByG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"ALL"}}],
      "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}})");
    arn = created.json().at("TableDescription").at("LatestStreamArn").get<std::string>();
  }

  Json read_all() {
    const auto shards =
        api.call("DescribeStream", Json{{"StreamArn", arn}}.dump()).json().at("StreamDescription").at("Shards");
    const auto iterator =
        api.call("GetShardIterator",
                 Json{{"StreamArn", arn}, {"ShardId", shards[0].at("ShardId")}, {"ShardIteratorType", "TRIM_HORIZON"}}
                     .dump())
            .json()
            .at("ShardIterator");
    return api.call("GetRecords", Json{{"ShardIterator", iterator}}.dump()).json();
  }

  ApiFixture api;
  std::string arn;
};

TEST_F(StreamOperationsTest, EveryChangeIsOneRecordInOrder) {
  api.call("PutItem", R"({"TableName":"Watched","Item":{"p":{"S":"a"},"g":{"S":"x"}}})");
  api.call("PutItem", R"({"TableName":"Watched","Item":{"g":{"S":"x"},"p":{"S":"a"}}})");  // the same item
  api.call("UpdateItem", R"({"TableName":"Watched","Key":{"p":{"S":"a"}},"UpdateExpression":"SET n = :n",
    "ExpressionAttributeValues":{":n":{"N":"1"}}})");
  api.call("BatchWriteItem", R"({"RequestItems":{"Watched":[{"DeleteRequest":{"Key":{"p":{"S":"a"}}}},
    {"DeleteRequest":{"Key":{"p":{"S":"missing"}}}}]}})");
  const auto page = read_all();
  const auto& records = page.at("Records");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].at("eventName"), "INSERT");
  EXPECT_EQ(records[1].at("eventName"), "MODIFY");
  EXPECT_EQ(records[1].at("dynamodb").at("NewImage"), Json::parse(R"({"g":{"S":"x"},"n":{"N":"1"},"p":{"S":"a"}})"));
  EXPECT_EQ(records[1].at("dynamodb").at("OldImage"), Json::parse(R"({"g":{"S":"x"},"p":{"S":"a"}})"));
  EXPECT_EQ(records[2].at("eventName"), "REMOVE");
  EXPECT_EQ(records[2].at("dynamodb").at("Keys"), Json::parse(R"({"p":{"S":"a"}})"));
  EXPECT_TRUE(page.contains("NextShardIterator"));
}

TEST_F(StreamOperationsTest, AClosedShardEndsWithoutAnIterator) {
  api.call("PutItem", R"({"TableName":"Watched","Item":{"p":{"S":"a"}}})");
  api.call("DeleteTable", R"({"TableName":"Watched"})");
  const auto page = read_all();
  EXPECT_EQ(page.at("Records").size(), 1U);
  EXPECT_FALSE(page.contains("NextShardIterator"));
}

TEST_F(StreamOperationsTest, AnIteratorExpires) {
  const auto next = read_all().at("NextShardIterator");
  api.time().advance(std::chrono::minutes{16});
  EXPECT_EQ(api.call("GetRecords", Json{{"ShardIterator", next}}.dump()).json().at("__type"),
            "com.amazonaws.dynamodb.v20120810#ExpiredIteratorException");
}

}  // namespace
}  // namespace millrace::api
