// What the conformance cases cannot ask: transactions beside others that are under way, and those that are lost.
#include <gtest/gtest.h>

#include <string>

#include "server/api/api_fixture.hpp"
#include "server/base/faults.hpp"

namespace millrace::api {
namespace {

constexpr std::string_view kConflict =
    "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons "
    "[None, TransactionConflict]";

class TransactWriteItemsTest : public ::testing::Test {
 protected:
  TransactWriteItemsTest() {
    api.call("CreateTable", R"({"TableName":"Table","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
      "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}})");
  }

  static std::string put(std::string_view key) {
    return std::string{R"({"Put":{"TableName":"Table","Item":{"p":{"S":")"}.append(key).append(R"("}}}})");
  }
  static std::string transaction(const std::string& first, const std::string& second, std::string_view token = {}) {
    std::string body = R"({"TransactItems":[)" + first + "," + second + "]";
    if (!token.empty()) body.append(R"(,"ClientRequestToken":")").append(token).append("\"");
    return body + "}";
  }
  static std::string key(std::string_view value) {
    return std::string{R"({"TableName":"Table","Key":{"p":{"S":")"}.append(value).append(R"("}}})");
  }
  bool has(std::string_view value) { return api.call("GetItem", key(value)).json().contains("Item"); }

  ApiFixture api;
};

TEST_F(TransactWriteItemsTest, AnItemOfATransactionUnderWayIsRefusedToEveryOtherWrite) {
  EXPECT_EQ(api.call_in_group("TransactWriteItems", transaction(put("a"), put("b"))).body, "{}");
  EXPECT_EQ(api.call_in_group("TransactWriteItems", transaction(put("c"), put("a"))).error(), kConflict);
  EXPECT_EQ(api.call_in_group("DeleteItem", key("b")).error(),
            "TransactionConflictException: Transaction is ongoing for the item");
  EXPECT_EQ(api.call_in_group("TransactGetItems",
                              R"({"TransactItems":[{"Get":)" + key("z") + R"(},{"Get":)" + key("a") + "}]}")
                .error(),
            kConflict);
  EXPECT_EQ(api.call_in_group("GetItem", key("a")).status, 200) << "plain reads never conflict";
  EXPECT_EQ(api.call_in_group("TransactWriteItems", transaction(put("d"), put("e"))).body, "{}");
  ASSERT_TRUE(api.commit());
  EXPECT_EQ(api.call("DeleteItem", key("b")).status, 200) << "it is over";
  EXPECT_TRUE(has("a"));
  EXPECT_FALSE(has("c"));
  EXPECT_TRUE(has("e"));
}

TEST_F(TransactWriteItemsTest, ABatchWaitsForATransaction) {
  EXPECT_EQ(api.call_in_group("TransactWriteItems", transaction(put("a"), put("b"))).body, "{}");
  EXPECT_EQ(
      api.call_in_group("BatchWriteItem", R"({"RequestItems":{"Table":[{"DeleteRequest":{"Key":{"p":{"S":"a"}}}}]}})")
          .body,
      R"({"UnprocessedItems":{}})");
  ASSERT_TRUE(api.commit());
  EXPECT_FALSE(has("a"));
}

TEST_F(TransactWriteItemsTest, AReplayInTheSameGroupIsOne) {
  const std::string body = transaction(put("a"), put("b"), "token");
  EXPECT_EQ(api.call_in_group("TransactWriteItems", body).body, "{}");
  EXPECT_EQ(api.call_in_group("TransactWriteItems", body).body, "{}");
  ASSERT_TRUE(api.commit());
}

TEST_F(TransactWriteItemsTest, ATransactionThatIsLostLeavesNoToken) {
  const std::string body = transaction(put("a"), put("b"), "token");
  EXPECT_EQ(api.call_in_group("TransactWriteItems", body).body, "{}");
  api.lose_group();
  EXPECT_FALSE(has("a"));
  EXPECT_EQ(api.call("TransactWriteItems", body).body, "{}");
  EXPECT_TRUE(has("a")) << "not taken for a replay";
}

TEST_F(TransactWriteItemsTest, ATokenOutlivesTheProcess) {
  const std::string update =
      R"({"Update":{"TableName":"Table","Key":{"p":{"S":"n"}},"UpdateExpression":"ADD n :one",
          "ExpressionAttributeValues":{":one":{"N":"1"}}}})";
  const std::string body = transaction(update, put("b"), "token");
  EXPECT_EQ(api.call("TransactWriteItems", body).body, "{}");
  api.reload();
  EXPECT_EQ(api.call("TransactWriteItems", body).body, "{}");
  EXPECT_EQ(api.call("GetItem", key("n")).json().at("Item").at("n").at("N"), "1");
}

TEST_F(TransactWriteItemsTest, FaultsStandForConflictsAndForTransactionsInProgress) {
  base::FaultPlan plan;
  plan.set(FaultPoint::kDynamodbConflict, {.times = 1});
  plan.set(FaultPoint::kDynamodbTransactionInProgress, {.times = 1});
  api.services().faults = Faults{plan};
  const std::string body = transaction(put("a"), put("b"), "token");
  EXPECT_EQ(api.call("TransactWriteItems", body).error(),
            "TransactionInProgressException: The transaction with the given request token is already in progress.");
  EXPECT_EQ(api.call("TransactWriteItems", body).error(),
            "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific "
            "reasons [TransactionConflict, None]");
  EXPECT_FALSE(has("a"));
  EXPECT_EQ(api.call("TransactWriteItems", body).body, "{}");
}

TEST_F(TransactWriteItemsTest, ManyMembersAreNoWorkForTheIoThread) {
  std::string body = R"({"TransactItems":[)";
  for (int number = 0; number < 30; ++number) body.append(number > 0 ? "," : "").append(put(std::to_string(number)));
  body.append("]}");
  EXPECT_TRUE(api.call("TransactWriteItems", body, Lane::kIo).wants_aside);
  EXPECT_FALSE(has("0")) << "nothing was done";
  EXPECT_EQ(api.call("TransactWriteItems", body).body, "{}");
}

TEST_F(TransactWriteItemsTest, AHundredThousandElementsTakeNoMoreMemoryThanTheirText) {
  std::string body = R"({"TransactItems":[)";
  for (int number = 0; number < 100'000; ++number) body.append(number > 0 ? ",{}" : "{}");
  body.append("]}");
  EXPECT_NE(api.call("TransactWriteItems", body).error().find("less than or equal to 100"), std::string::npos);
}

}  // namespace
}  // namespace millrace::api
