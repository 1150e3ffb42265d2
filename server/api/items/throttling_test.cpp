// --throttling at the level of requests: what is refused, what comes back unprocessed, and what is charged.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

const std::string kExceeded =
    "ProvisionedThroughputExceededException: The level of configured provisioned throughput for the table was "
    "exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API.";
const std::string kIndexExceeded =
    "ProvisionedThroughputExceededException: The level of configured provisioned throughput for one or more global "
    "secondary indexes of the table was exceeded. Consider increasing your provisioning level for the "
    "under-provisioned "
    "global secondary indexes with the UpdateTable API.";

class ThrottlingTest : public ::testing::Test {
 protected:
  ThrottlingTest() {
    call("CreateTable", R"({"TableName":"Tab","ProvisionedThroughput":{"ReadCapacityUnits":4,"WriteCapacityUnits":4},
        "AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],
        "GlobalSecondaryIndexes":[{"IndexName":"ByG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
          "Projection":{"ProjectionType":"ALL"},
          "ProvisionedThroughput":{"ReadCapacityUnits":2,"WriteCapacityUnits":1}}]})");
    call("CreateTable",
         R"({"TableName":"Wide","ProvisionedThroughput":{"ReadCapacityUnits":4000,"WriteCapacityUnits":4000},
        "AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"k","KeyType":"HASH"}]})");
  }

  Json call(std::string_view target, std::string_view body) {
    const auto answer = api.call(target, body);
    EXPECT_EQ(answer.error(), "") << target;
    return answer.json();
  }
  std::string error(std::string_view target, std::string_view body) { return api.call(target, body).error(); }
  std::string put(const std::string& key) {
    return error("PutItem", R"({"TableName":"Tab","Item":{"k":{"S":")" + key + R"("}}})");
  }
  std::string get() { return error("GetItem", R"({"TableName":"Tab","Key":{"k":{"S":"a"}},"ConsistentRead":true})"); }
  void use_up_writes() {
    while (put("x").empty()) continue;
  }
  void use_up_reads() {
    while (get().empty()) continue;
  }

  ApiFixture api{[] {
    ServiceOptions options;
    options.throttling = true;
    return options;
  }()};
};

TEST_F(ThrottlingTest, EachRequestTakesWhatItCosts) {
  for (int number = 0; number < 4; ++number) EXPECT_EQ(put("a"), "");
  EXPECT_EQ(put("a"), kExceeded);
  EXPECT_EQ(get(), "") << "reads have units of their own";
  api.time().advance(seconds{1});
  for (int number = 0; number < 4; ++number) EXPECT_EQ(put("a"), "");
  EXPECT_EQ(put("a"), kExceeded);
}

TEST_F(ThrottlingTest, TheAnswerSaysWhatWasExceeded) {
  use_up_writes();
  const auto refused = api.call("PutItem", R"({"TableName":"Tab","Item":{"k":{"S":"a"}}})").json();
  EXPECT_EQ(refused.at("ThrottlingReasons"), Json::parse(R"([{"reason":"TableWriteProvisionedThroughputExceeded",
                             "resource":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab"}])"));
}

TEST_F(ThrottlingTest, EveryOperationThatReadsIsRefused) {
  use_up_reads();
  EXPECT_EQ(error("GetItem", R"({"TableName":"Tab","Key":{"k":{"S":"a"}}})"), kExceeded);
  EXPECT_EQ(error("Scan", R"({"TableName":"Tab"})"), kExceeded);
  EXPECT_EQ(error("Query", R"({"TableName":"Tab","KeyConditionExpression":"k = :k",
                               "ExpressionAttributeValues":{":k":{"S":"a"}}})"),
            kExceeded);
  EXPECT_EQ(error("ExecuteStatement", R"({"Statement":"SELECT * FROM Tab WHERE k = 'a'"})"), kExceeded);
  EXPECT_EQ(error("BatchGetItem", R"({"RequestItems":{"Tab":{"Keys":[{"k":{"S":"a"}}]}}})"), kExceeded);
  const auto transaction =
      api.call("TransactGetItems", R"({"TransactItems":[{"Get":{"TableName":"Tab","Key":{"k":{"S":"a"}}}}]})").json();
  EXPECT_EQ(transaction.at("CancellationReasons").at(0).at("Code"), "ProvisionedThroughputExceeded");
  const auto batch =
      call("BatchExecuteStatement", R"({"Statements":[{"Statement":"SELECT * FROM Tab WHERE k = 'a'"}]})");
  EXPECT_EQ(batch.at("Responses").at(0).at("Error").at("Code"), "ProvisionedThroughputExceeded");
  EXPECT_FALSE(batch.at("Responses").at(0).at("Error").contains("ThrottlingReasons"));
}

TEST_F(ThrottlingTest, EveryOperationThatWritesIsRefused) {
  use_up_writes();
  const std::string key = R"("TableName":"Tab","Key":{"k":{"S":"a"}})";
  EXPECT_EQ(error("DeleteItem", "{" + key + "}"), kExceeded);
  EXPECT_EQ(error("UpdateItem", "{" + key + "}"), kExceeded);
  EXPECT_EQ(error("ExecuteStatement", R"({"Statement":"INSERT INTO Tab VALUE {'k':'n'}"})"), kExceeded);
  EXPECT_EQ(error("BatchWriteItem", R"({"RequestItems":{"Tab":[{"PutRequest":{"Item":{"k":{"S":"a"}}}}]}})"),
            kExceeded);
  const auto transaction = api.call("TransactWriteItems", R"({"TransactItems":[{"Delete":{)" + key + "}}]}").json();
  EXPECT_EQ(transaction.at("CancellationReasons").at(0).at("Code"), "ProvisionedThroughputExceeded");
}

TEST_F(ThrottlingTest, ABatchLeavesWhatItCannotWrite) {
  const auto answer = call("BatchWriteItem", R"({"RequestItems":{
      "Wide":[{"PutRequest":{"Item":{"k":{"S":"w"}}}}],
      "Tab":[{"PutRequest":{"Item":{"k":{"S":"1"}}}},{"PutRequest":{"Item":{"k":{"S":"2"}}}},
             {"PutRequest":{"Item":{"k":{"S":"3"}}}},{"PutRequest":{"Item":{"k":{"S":"4"}}}},
             {"PutRequest":{"Item":{"k":{"S":"5"},"n":{"N":"1.0"}}}},{"DeleteRequest":{"Key":{"k":{"S":"6"}}}}]}})");
  EXPECT_EQ(answer.at("UnprocessedItems"), Json::parse(R"({"Tab":[{"PutRequest":{"Item":{"k":{"S":"5"},"n":{"N":"1"}}}},
                                   {"DeleteRequest":{"Key":{"k":{"S":"6"}}}}]})"));
  EXPECT_EQ(call("Scan", R"({"TableName":"Tab"})").at("Count"), 4);
}

TEST_F(ThrottlingTest, ABatchLeavesWhatItCannotRead) {
  const auto answer = call("BatchGetItem", R"({"RequestItems":{"Wide":{"Keys":[{"k":{"S":"w"}}]},"Tab":{
      "ConsistentRead":true,"Keys":[{"k":{"S":"1"}},{"k":{"S":"2"}},{"k":{"S":"3"}},{"k":{"S":"4"}},{"k":{"S":"5"}}]}}})");
  EXPECT_EQ(answer.at("UnprocessedKeys"), Json::parse(R"({"Tab":{"ConsistentRead":true,"Keys":[{"k":{"S":"5"}}]}})"));
  EXPECT_EQ(get(), kExceeded) << "the batch was charged";
}

TEST_F(ThrottlingTest, TransactionsCostTwice) {
  call("TransactWriteItems", R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"k":{"S":"a"}}}},
                                                  {"Put":{"TableName":"Tab","Item":{"k":{"S":"b"}}}}]})");
  EXPECT_EQ(put("c"), kExceeded);
  call("TransactGetItems", R"({"TransactItems":[{"Get":{"TableName":"Tab","Key":{"k":{"S":"a"}}}},
                                                {"Get":{"TableName":"Tab","Key":{"k":{"S":"b"}}}}]})");
  EXPECT_EQ(get(), kExceeded);
}

TEST_F(ThrottlingTest, AConditionThatFailsIsCharged) {
  const std::string refused =
      R"json({"TableName":"Tab","Item":{"k":{"S":"a"}},"ConditionExpression":"attribute_exists(k)"})json";
  for (int number = 0; number < 4; ++number) {
    EXPECT_EQ(error("PutItem", refused), "ConditionalCheckFailedException: The conditional request failed");
  }
  EXPECT_EQ(error("PutItem", refused), kExceeded);
}

TEST_F(ThrottlingTest, AnIndexHoldsBackTheWritesThatTouchIt) {
  const auto put_in_index = [&](const std::string& key, const std::string& group) {
    return error("PutItem", R"({"TableName":"Tab","Item":{"k":{"S":")" + key + R"("},"g":{"S":")" + group + R"("}}})");
  };
  EXPECT_EQ(put_in_index("a", "1"), "");
  EXPECT_EQ(put_in_index("b", "1"), kIndexExceeded);
  EXPECT_EQ(put_in_index("a", "1"), "") << "its entry does not change";
  EXPECT_EQ(put("c"), "") << "it has no entry";
}

TEST_F(ThrottlingTest, AnIndexIsReadWithItsOwnUnits) {
  const std::string query = R"({"TableName":"Tab","IndexName":"ByG","KeyConditionExpression":"g = :g",
                                "ExpressionAttributeValues":{":g":{"S":"a"}}})";
  for (int number = 0; number < 4; ++number) EXPECT_EQ(error("Query", query), "");  // half a unit each
  EXPECT_EQ(error("Query", query), kIndexExceeded);
  EXPECT_EQ(get(), "");
}

TEST_F(ThrottlingTest, MoreUnitsHelpAtOnce) {
  use_up_writes();
  call("UpdateTable",
       R"({"TableName":"Tab","ProvisionedThroughput":{"ReadCapacityUnits":4,"WriteCapacityUnits":100}})");
  api.time().advance(std::chrono::milliseconds{100});
  for (int number = 0; number < 10; ++number) EXPECT_EQ(put("a"), "");
}

}  // namespace
}  // namespace millrace::api
