#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

class DeleteItemTest : public ::testing::Test {
 protected:
  DeleteItemTest() {
    api.call("CreateTable", R"({"TableName":"Local","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"S"},
                              {"AttributeName":"l","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],
      "LocalSecondaryIndexes":[{"IndexName":"ByL","KeySchema":[{"AttributeName":"p","KeyType":"HASH"},
        {"AttributeName":"l","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]})");
    api.call("PutItem", R"({"TableName":"Local","Item":{"p":{"S":"a"},"s":{"S":"b"},"l":{"S":"c"},"x":{"N":"1"}}})");
  }
  ApiFixture api;
};

TEST_F(DeleteItemTest, TakesIndexEntriesAlong) {
  EXPECT_EQ(api.call("DeleteItem", R"({"TableName":"Local","Key":{"p":{"S":"a"},"s":{"S":"b"}},"ReturnValues":"ALL_OLD",
    "ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE"})")
                .body,
            R"({"Attributes":{"l":{"S":"c"},"p":{"S":"a"},"s":{"S":"b"},"x":{"N":"1"}},)"
            R"("ConsumedCapacity":{"TableName":"Local","CapacityUnits":2.0,"Table":{"CapacityUnits":1.0},)"
            R"("LocalSecondaryIndexes":{"ByL":{"CapacityUnits":1.0}}},)"
            R"("ItemCollectionMetrics":{"ItemCollectionKey":{"p":{"S":"a"}},"SizeEstimateRangeGB":[0.0,1.0]}})");
  EXPECT_EQ(api.call("Scan", R"({"TableName":"Local","IndexName":"ByL","Select":"COUNT"})").body,
            R"({"Count":0,"ScannedCount":0})");
}

TEST_F(DeleteItemTest, AMissingItemIsNoErrorUnlessConditioned) {
  EXPECT_EQ(
      api.call("DeleteItem", R"({"TableName":"Local","Key":{"p":{"S":"z"},"s":{"S":"z"}},"ReturnValues":"ALL_OLD"})")
          .body,
      "{}");
  EXPECT_EQ(api.call("DeleteItem", R"j({"TableName":"Local","Key":{"p":{"S":"z"},"s":{"S":"z"}},
    "ConditionExpression":"attribute_exists(p)"})j")
                .error(),
            "ConditionalCheckFailedException: The conditional request failed");
}

TEST_F(DeleteItemTest, UnusedNamesAndValuesCarryTheEnvelope) {
  const auto with = [&](std::string_view member) {
    return api
        .call("DeleteItem", std::string{R"j({"TableName":"Local","Key":{"p":{"S":"a"},"s":{"S":"b"}},
      "ConditionExpression":"attribute_exists(p)",)j"}
                                .append(member)
                                .append("}"))
        .error();
  };
  EXPECT_EQ(with(R"("ExpressionAttributeNames":{"#a":"a"})"),
            "ValidationException: 1 validation error detected: Value provided in ExpressionAttributeNames unused in "
            "expressions: keys: {#a}");
  EXPECT_EQ(with(R"("ExpressionAttributeValues":{":a":{"S":"a"}})"),
            "ValidationException: 1 validation error detected: Value provided in ExpressionAttributeValues unused in "
            "expressions: keys: {:a}");
}

}  // namespace
}  // namespace millrace::api
