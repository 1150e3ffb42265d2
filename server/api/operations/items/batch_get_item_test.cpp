#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;

class BatchGetItemTest : public ::testing::Test {
 protected:
  BatchGetItemTest() {
    api.call("CreateTable", R"({"TableName":"Big","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"N"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
  }
  ApiFixture api;
};

TEST_F(BatchGetItemTest, LeavesOutWhatIsMissing) {
  api.call("PutItem", R"({"TableName":"Big","Item":{"p":{"N":"1"},"x":{"S":"a"}}})");
  EXPECT_EQ(api.call("BatchGetItem", R"({"RequestItems":{"Big":{"Keys":[{"p":{"N":"1"}},{"p":{"N":"2"}}],
    "ProjectionExpression":"#x","ExpressionAttributeNames":{"#x":"x"},"ConsistentRead":true}},
    "ReturnConsumedCapacity":"TOTAL"})")
                .body,
            R"({"Responses":{"Big":[{"x":{"S":"a"}}]},"UnprocessedKeys":{},)"
            R"("ConsumedCapacity":[{"TableName":"Big","CapacityUnits":2.0}]})");
}

TEST_F(BatchGetItemTest, GivesBackTheKeysThatDoNotFit) {
  constexpr int kItems = 50;  // 50 items of about 390 KB are more than 16 MB
  Json keys = Json::array();
  for (int n = 0; n < kItems; ++n) {
    const Json key{{"p", {{"N", std::to_string(n)}}}};
    Json item = key;
    item["x"] = {{"S", std::string(390'000, 'x')}};
    api.call("PutItem", Json{{"TableName", "Big"}, {"Item", item}}.dump());
    keys.push_back(key);
  }
  const auto answer =
      api.call("BatchGetItem",
               Json{{"RequestItems", {{"Big", {{"Keys", keys}, {"AttributesToGet", {"p"}}, {"ConsistentRead", true}}}}}}
                   .dump())
          .json();
  const auto& rest = answer.at("UnprocessedKeys").at("Big");
  EXPECT_EQ(answer.at("Responses").at("Big").size(), 43U);
  EXPECT_EQ(rest.at("Keys").size(), 7U);
  EXPECT_EQ(rest.at("Keys")[0], keys[43]);
  EXPECT_EQ(rest.at("AttributesToGet"), Json{"p"});
  EXPECT_EQ(rest.at("ConsistentRead"), true);
}

}  // namespace
}  // namespace millrace::api
