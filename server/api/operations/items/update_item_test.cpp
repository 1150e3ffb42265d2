#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

class UpdateItemTest : public ::testing::Test {
 protected:
  UpdateItemTest() {
    api.call("CreateTable", R"({"TableName":"Things","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
      "GlobalSecondaryIndexes":[{"IndexName":"ByG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"ALL"}}],
      "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}})");
  }

  ApiFixture::Answer update(std::string_view rest) {
    return api.call("UpdateItem",
                    std::string{R"({"TableName":"Things","Key":{"p":{"S":"a"}},)"}.append(rest).append("}"));
  }
  std::string stored() { return api.call("GetItem", R"({"TableName":"Things","Key":{"p":{"S":"a"}}})").body; }

  std::size_t record_count() {
    const auto arn = api.services().tables.of(api.caller).find("Things")->definition.latest_stream_arn;
    const auto& shard = api.services().streams.find(arn)->shards.front();
    std::size_t count = 0;
    EXPECT_TRUE(api.storage()
                    .read_records(shard.log, 0,
                                  [&](const storage::RecordView&) {
                                    ++count;
                                    return storage::Visit::kContinue;
                                  })
                    .has_value());
    return count;
  }

  ApiFixture api;
};

TEST_F(UpdateItemTest, WithoutAnUpdateItMakesTheItemOfItsKey) {
  EXPECT_EQ(update(R"("ReturnValues":"ALL_NEW")").body, R"({"Attributes":{"p":{"S":"a"}}})");
  EXPECT_EQ(record_count(), 1U);
  EXPECT_EQ(update(R"("ReturnValues":"ALL_NEW")").body, R"({"Attributes":{"p":{"S":"a"}}})");
  EXPECT_EQ(record_count(), 1U);
}

TEST_F(UpdateItemTest, RemovalsAloneMakeNothing) {
  EXPECT_EQ(update(R"("UpdateExpression":"REMOVE x","ReturnValues":"ALL_NEW")").body, "{}");
  EXPECT_EQ(update(R"("AttributeUpdates":{"x":{"Action":"DELETE"}},"ReturnValues":"ALL_NEW")").body, "{}");
  EXPECT_EQ(stored(), "{}");
  EXPECT_EQ(record_count(), 0U);
}

TEST_F(UpdateItemTest, ReturnsWhatWasTouched) {
  update(R"("UpdateExpression":"SET m = :m, n = :n",
            "ExpressionAttributeValues":{":m":{"M":{"x":{"S":"1"},"y":{"S":"2"}}},":n":{"N":"1"}})");
  EXPECT_EQ(update(R"("UpdateExpression":"SET m.x = :v ADD n :one","ReturnValues":"UPDATED_OLD",
                      "ExpressionAttributeValues":{":v":{"S":"9"},":one":{"N":"1"}})")
                .body,
            R"({"Attributes":{"m":{"M":{"x":{"S":"1"}}},"n":{"N":"1"}}})");
  EXPECT_EQ(update(R"("UpdateExpression":"SET m.x = :v ADD n :one","ReturnValues":"UPDATED_NEW",
                      "ExpressionAttributeValues":{":v":{"S":"9"},":one":{"N":"1"}})")
                .body,
            R"({"Attributes":{"m":{"M":{"x":{"S":"9"}}},"n":{"N":"3"}}})");
  EXPECT_EQ(update(R"("UpdateExpression":"REMOVE n","ReturnValues":"UPDATED_NEW")").body, "{}");
}

TEST_F(UpdateItemTest, AnUpdateThatChangesNothingIsNoChange) {
  update(R"("UpdateExpression":"SET n = :n","ExpressionAttributeValues":{":n":{"N":"1"}})");
  EXPECT_EQ(record_count(), 1U);
  const auto again = update(R"("UpdateExpression":"SET n = :n","ExpressionAttributeValues":{":n":{"N":"1.0"}},
                               "ReturnConsumedCapacity":"INDEXES")");
  EXPECT_EQ(again.body,
            R"({"ConsumedCapacity":{"TableName":"Things","CapacityUnits":1.0,"Table":{"CapacityUnits":1.0}}})");
  EXPECT_EQ(record_count(), 1U);
}

TEST_F(UpdateItemTest, MovesTheIndexEntry) {
  const auto set = [&](std::string_view g) {
    return update(std::string{R"("UpdateExpression":"SET g = :g","ReturnConsumedCapacity":"INDEXES",
                                 "ExpressionAttributeValues":{":g":{"S":")"}
                      .append(g)
                      .append(R"("}})"))
        .json()
        .at("ConsumedCapacity")
        .at("GlobalSecondaryIndexes")
        .at("ByG")
        .at("CapacityUnits");
  };
  EXPECT_EQ(set("one"), 1.0);
  EXPECT_EQ(set("two"), 2.0);  // one entry goes, one comes
  EXPECT_EQ(api.call("Scan", R"({"TableName":"Things","IndexName":"ByG"})").json().at("Items"),
            nlohmann::json::parse(R"([{"g":{"S":"two"},"p":{"S":"a"}}])"));
}

TEST_F(UpdateItemTest, ARefusedUpdateLeavesNoTrace) {
  update(R"("UpdateExpression":"SET g = :g","ExpressionAttributeValues":{":g":{"S":"x"}})");
  const auto before = stored();
  EXPECT_EQ(update(R"("UpdateExpression":"SET n = :one, g = g + :one","ExpressionAttributeValues":{":one":{"N":"1"}})")
                .error(),
            "ValidationException: An operand in the update expression has an incorrect data type");
  EXPECT_EQ(update(R"("UpdateExpression":"SET p = :v","ExpressionAttributeValues":{":v":{"S":"1"}})").error(),
            "ValidationException: One or more parameter values were invalid: Cannot update attribute p. This attribute "
            "is part of the key");
  EXPECT_EQ(update(R"("UpdateExpression":"SET g = :v","ExpressionAttributeValues":{":v":{"N":"1"}})").error(),
            "ValidationException: One or more parameter values were invalid: Type mismatch for Index Key g Expected: S "
            "Actual: N IndexName: ByG");
  EXPECT_EQ(stored(), before);
  EXPECT_EQ(record_count(), 1U);
}

}  // namespace
}  // namespace millrace::api
