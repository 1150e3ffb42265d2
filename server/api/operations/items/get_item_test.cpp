#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

class GetItemTest : public ::testing::Test {
 protected:
  GetItemTest() {
    api.call("CreateTable", R"({"TableName":"T12","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"N"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
    api.call("PutItem", R"({"TableName":"T12","Item":{"p":{"N":"1"},"a":{"M":{"b":{"L":[{"S":"x"},{"S":"y"}]}}}}})");
  }
  ApiFixture api;
};

TEST_F(GetItemTest, FindsANumberKeyHoweverItIsSpelled) {
  EXPECT_EQ(api.call("GetItem", R"({"TableName":"T12","Key":{"p":{"N":"1.0"}}})").body,
            R"({"Item":{"a":{"M":{"b":{"L":[{"S":"x"},{"S":"y"}]}}},"p":{"N":"1"}}})");
}

TEST_F(GetItemTest, AMissingItemHasNoMember) {
  EXPECT_EQ(api.call("GetItem", R"({"TableName":"T12","Key":{"p":{"N":"2"}},"ReturnConsumedCapacity":"INDEXES"})").body,
            R"({"ConsumedCapacity":{"TableName":"T12","CapacityUnits":0.5,"Table":{"CapacityUnits":0.5}}})");
}

TEST_F(GetItemTest, ProjectsAndKeepsAnEmptyItem) {
  EXPECT_EQ(api.call("GetItem", R"({"TableName":"T12","Key":{"p":{"N":"1"}},"ProjectionExpression":"a.#b[1]",
                                    "ExpressionAttributeNames":{"#b":"b"}})")
                .body,
            R"({"Item":{"a":{"M":{"b":{"L":[{"S":"y"}]}}}}})");
  EXPECT_EQ(api.call("GetItem", R"({"TableName":"T12","Key":{"p":{"N":"1"}},"ProjectionExpression":"z"})").body,
            R"({"Item":{}})");
  EXPECT_EQ(api.call("GetItem", R"({"TableName":"T12","Key":{"p":{"N":"1"}},"AttributesToGet":["p","a.b"]})").body,
            R"({"Item":{"p":{"N":"1"}}})");
}

TEST_F(GetItemTest, TheKeyMustMatchTheSchema) {
  for (const auto* key : {R"({})", R"({"p":{"S":"1"}})", R"({"p":{"N":"1"},"q":{"N":"1"}})", R"({"q":{"N":"1"}})"}) {
    EXPECT_EQ(api.call("GetItem", std::string{R"({"TableName":"T12","Key":)"} + key + "}").error(),
              "ValidationException: The provided key element does not match the schema");
  }
}

}  // namespace
}  // namespace millrace::api
