#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

class PutItemTest : public ::testing::Test {
 protected:
  PutItemTest() {
    api.call("CreateTable", R"({"TableName":"Plain","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
  }
  ApiFixture api;
};

TEST_F(PutItemTest, ReplacesTheWholeItem) {
  EXPECT_EQ(api.call("PutItem", R"({"TableName":"Plain","Item":{"p":{"S":"a"},"x":{"N":"1.50"}}})").body, "{}");
  const auto replaced =
      api.call("PutItem", R"({"TableName":"Plain","Item":{"p":{"S":"a"},"y":{"BOOL":true}},"ReturnValues":"ALL_OLD",
                              "ReturnConsumedCapacity":"TOTAL"})");
  EXPECT_EQ(
      replaced.body,
      R"({"Attributes":{"p":{"S":"a"},"x":{"N":"1.5"}},"ConsumedCapacity":{"TableName":"Plain","CapacityUnits":1.0}})");
  EXPECT_EQ(api.call("GetItem", R"({"TableName":"Plain","Key":{"p":{"S":"a"}}})").body,
            R"({"Item":{"p":{"S":"a"},"y":{"BOOL":true}}})");
}

TEST_F(PutItemTest, AFailedConditionShowsTheItemWhenAsked) {
  api.call("PutItem", R"({"TableName":"Plain","Item":{"p":{"S":"a"}}})");
  const auto failed = api.call("PutItem", R"j({"TableName":"Plain","Item":{"p":{"S":"a"}},
    "ConditionExpression":"attribute_not_exists(p)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"})j");
  EXPECT_EQ(failed.status, 400);
  EXPECT_EQ(failed.body, R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",)"
                         R"("message":"The conditional request failed","Item":{"p":{"S":"a"}}})");
}

TEST_F(PutItemTest, ErrorsThatNeedNoTableComeBeforeTheTable) {
  EXPECT_EQ(
      api.call("PutItem", R"j({"TableName":"None","Item":{"p":{"S":"a"}},"ConditionExpression":"size(p)"})j").error(),
      "ValidationException: 1 validation error detected: Invalid ConditionExpression: The function is not allowed "
      "to be used this way in an expression; function: size");
  EXPECT_EQ(api.call("PutItem", R"({"TableName":"None","Item":{}})").error(),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(api.call("PutItem", R"({"TableName":"Plain","Item":{}})").error(),
            "ValidationException: One or more parameter values were invalid: Missing the key p in the item");
}

TEST_F(PutItemTest, ExpectedIsAConditionToo) {
  constexpr std::string_view kPut = R"({"TableName":"Plain","Item":{"p":{"S":"a"}},"Expected":{"p":{"Exists":false}}})";
  EXPECT_EQ(api.call("PutItem", kPut).error(), "");
  EXPECT_EQ(api.call("PutItem", kPut).error(), "ConditionalCheckFailedException: The conditional request failed");
}

TEST_F(PutItemTest, BadEnumerationsAreListedInOneAnswer) {
  EXPECT_EQ(api.call("PutItem", R"({"TableName":"Plain","Item":{"p":{"S":"a"}},"ReturnConsumedCapacity":"INVALID",
                                    "ReturnValues":"INVALID","ReturnItemCollectionMetrics":"INVALID"})")
                .error(),
            "ValidationException: 3 validation errors detected: Value 'INVALID' at 'returnConsumedCapacity' failed to "
            "satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Failed to satisfy "
            "constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]; Value "
            "'INVALID' at 'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum value "
            "set: [SIZE, NONE]");
}

}  // namespace
}  // namespace millrace::api
