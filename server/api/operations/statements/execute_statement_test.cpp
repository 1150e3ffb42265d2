// What the conformance cases cannot ask: statements beside others, what is long, tokens that nobody made, and indexes
// that are being filled.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "server/api/api_fixture.hpp"
#include "server/base/faults.hpp"
#include "server/model/base64.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;

class StatementsTest : public ::testing::Test {
 protected:
  StatementsTest() {
    EXPECT_EQ(api.call("CreateTable", R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"N"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}]})")
                  .error(),
              "");
  }

  static std::string body(const std::string& statement, Json more = Json::object()) {
    more["Statement"] = statement;
    return more.dump();
  }
  static std::string insertion(int number, std::size_t letters = 0) {
    return "INSERT INTO Tab VALUE {'p': 'p', 's': " + std::to_string(number) + ", 't': '" + std::string(letters, 'a') +
           "'}";
  }
  /// For items whose text is longer than a statement may be.
  void put(int number, std::size_t letters) {
    const Json item{
        {"p", {{"S", "p"}}}, {"s", {{"N", std::to_string(number)}}}, {"t", {{"S", std::string(letters, 'a')}}}};
    ASSERT_EQ(api.call("PutItem", Json{{"TableName", "Tab"}, {"Item", item}}.dump()).error(), "");
  }
  ApiFixture::Answer execute(const std::string& statement, const Json& more = Json::object(),
                             Lane lane = Lane::kAside) {
    return api.call("ExecuteStatement", body(statement, more), lane);
  }
  static std::string listed(std::string_view member, const std::vector<std::string>& statements) {
    Json list = Json::array();
    for (const auto& statement : statements) list.push_back({{"Statement", statement}});
    return Json{{member, list}}.dump();
  }
  /// A condition that looks at `t` as often as a statement can say.
  static std::string long_condition() {
    std::string text = "(contains(t, 'b')";
    for (int at = 0; at < 300; ++at) text.append(" OR contains(t, 'b')");
    return text + ")";
  }

  ApiFixture api;
};

TEST_F(StatementsTest, WaitForNoTransactionThatIsUnderWay) {
  EXPECT_EQ(api.call_in_group("ExecuteTransaction", listed("TransactStatements", {insertion(1), insertion(2)})).error(),
            "");
  EXPECT_EQ(api.call_in_group("ExecuteStatement", body("DELETE FROM Tab WHERE p = 'p' AND s = 1")).error(),
            "TransactionConflictException: Transaction is ongoing for the item");
  EXPECT_EQ(api.call_in_group("ExecuteStatement", body("SELECT * FROM Tab WHERE p = 'p' AND s = 1")).error(), "");
  const auto batch =
      api.call_in_group("BatchExecuteStatement", listed("Statements", {insertion(2), insertion(3)})).json();
  EXPECT_EQ(batch.at("Responses").at(0).at("Error").at("Code"), "TransactionConflict");
  EXPECT_FALSE(batch.at("Responses").at(1).contains("Error"));
  EXPECT_NE(api.call_in_group("ExecuteTransaction", listed("TransactStatements", {insertion(4), insertion(1)}))
                .error()
                .find("[None, TransactionConflict]"),
            std::string::npos);
  ASSERT_TRUE(api.commit());
  EXPECT_EQ(execute("DELETE FROM Tab WHERE p = 'p' AND s = 1").error(), "");
}

TEST_F(StatementsTest, FaultsStandForConflicts) {
  base::FaultPlan plan;
  plan.set(FaultPoint::kDynamodbConflict, {.times = 3});
  api.services().faults = Faults{plan};
  EXPECT_EQ(execute("SELECT * FROM Tab").error(), "") << "reads never conflict";
  EXPECT_EQ(execute(insertion(1)).error(), "TransactionConflictException: Transaction is ongoing for the item");
  EXPECT_EQ(api.call("BatchExecuteStatement", listed("Statements", {insertion(1)}))
                .json()
                .at("Responses")
                .at(0)
                .at("Error")
                .at("Code"),
            "TransactionConflict");
  EXPECT_NE(api.call("ExecuteTransaction", listed("TransactStatements", {insertion(1)}))
                .error()
                .find("[TransactionConflict]"),
            std::string::npos);
  EXPECT_EQ(execute(insertion(1)).error(), "");
}

TEST_F(StatementsTest, LongWorkIsNoneForTheIoThread) {
  put(1, 300'000);
  const std::string select = "SELECT s FROM Tab WHERE p = 'p' AND " + long_condition();
  EXPECT_TRUE(execute(select, {}, Lane::kIo).wants_aside);
  EXPECT_EQ(execute(select).json().at("Items"), Json::array());
  const std::string update = "UPDATE Tab SET n = 1 WHERE p = 'p' AND s = 1 AND " + long_condition();
  EXPECT_TRUE(execute(update, {}, Lane::kIo).wants_aside);
  EXPECT_EQ(execute(update).error(), "ConditionalCheckFailedException: The conditional request failed");
  std::vector<std::string> many;
  for (int number = 100; number < 120; ++number) many.push_back(insertion(number));
  for (const auto& [operation, member] :
       {std::pair{"BatchExecuteStatement", "Statements"}, std::pair{"ExecuteTransaction", "TransactStatements"}}) {
    EXPECT_TRUE(api.call(operation, listed(member, many), Lane::kIo).wants_aside) << operation;
  }
  EXPECT_EQ(execute("SELECT s FROM Tab WHERE p = 'p' AND s >= 100").json().at("Items").size(), 0U)
      << "nothing was done";
  EXPECT_EQ(api.call("ExecuteTransaction", listed("TransactStatements", many)).error(), "");
}

TEST_F(StatementsTest, AConditionThatWasJudgedAheadIsJudgedAgainWhenTheItemHasChanged) {
  put(1, 300'000);
  const std::string update =
      "UPDATE Tab SET n = 1 WHERE p = 'p' AND s = 1 AND NOT " + long_condition() + " RETURNING MODIFIED NEW *";
  EXPECT_EQ(execute(update).json().at("Items"), Json::parse(R"([{"n":{"N":"1"}}])"));
}

TEST_F(StatementsTest, AMegabyteEndsAPage) {
  for (int number = 0; number < 5; ++number) put(number, 300'000);
  const auto first = execute("SELECT s FROM Tab WHERE p = 'p'").json();
  EXPECT_EQ(first.at("Items").size(), 4U);
  const auto rest = execute("SELECT s FROM Tab WHERE p = 'p'", {{"NextToken", first.at("NextToken")}}).json();
  EXPECT_EQ(rest.at("Items"), Json::parse(R"([{"s":{"N":"4"}}])"));
  EXPECT_FALSE(rest.contains("NextToken"));
}

TEST_F(StatementsTest, APageGoesOnBehindWhatIsGone) {
  for (int number = 0; number < 4; ++number) execute(insertion(number));
  const auto first = execute("SELECT s FROM Tab WHERE p = 'p' ORDER BY s DESC", {{"Limit", 2}}).json();
  execute("DELETE FROM Tab WHERE p = 'p' AND s = 2");
  const auto rest =
      execute("SELECT s FROM Tab WHERE p = 'p' ORDER BY s DESC", {{"NextToken", first.at("NextToken")}}).json();
  EXPECT_EQ(rest.at("Items"), Json::parse(R"([{"s":{"N":"1"}},{"s":{"N":"0"}}])"));
}

TEST_F(StatementsTest, TokensThatNobodyMadeAreRefused) {
  execute(insertion(1));
  execute(insertion(2));
  const std::string statement = "SELECT s FROM Tab WHERE p = 'p'";
  const auto made = execute(statement, {{"Limit", 1}}).json().at("NextToken").get<std::string>();
  const std::string content = *model::decode_base64(made);
  const auto with_position = [&](std::string_view position) {
    return model::encode_base64(content.substr(0, content.rfind('|') + 1).append(position));
  };
  const auto error = [&](const std::string& token) { return execute(statement, {{"NextToken", token}}).error(); };
  EXPECT_EQ(error(made), "");
  for (const std::string_view position :
       {"", "x", "{}", "[]", R"({"p":{"S":"p"}})", R"({"p":{"S":"p"},"s":{"S":"1"}})",
        R"({"p":{"S":"p"},"s":{"N":"x"}})", R"({"p":{"S":"p"},"s":{"N":"1"},"x":{"N":"1"}})", "{}}"}) {
    EXPECT_EQ(error(with_position(position)), "ValidationException: Invalid NextToken") << position;
  }
  EXPECT_EQ(error(with_position(R"({"p":{"S":"q"},"s":{"N":"1"}})")),
            "ValidationException: NextToken does not match request");
  EXPECT_EQ(error(model::encode_base64("2|" + content.substr(2))), "ValidationException: Invalid NextToken");
  EXPECT_EQ(execute(insertion(3), {{"NextToken", made}}).error(),
            "ValidationException: NextToken does not match request");
}

TEST_F(StatementsTest, AHundredThousandParametersAreNotRead) {
  std::string text = R"({"Statement":"SELECT * FROM Tab","Parameters":[{"S":""})";
  for (int number = 0; number < 100'000; ++number) text.append(R"(,{"S":""})");
  EXPECT_EQ(api.call("ExecuteStatement", text + "]}").error(),
            "ValidationException: Number of parameters in request and statement don't match.");
}

TEST_F(StatementsTest, AnIndexThatIsBeingFilledIsNotRead) {
  for (int number = 0; number < 3; ++number) put(number, 300'000);
  ASSERT_EQ(
      api.call("UpdateTable", R"({"TableName":"Tab","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],
      "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"byG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"ALL"}}}]})")
          .error(),
      "");
  EXPECT_EQ(execute("SELECT * FROM Tab.byG").error(),
            "ValidationException: Cannot read from backfilling global secondary index: byG");
  api.run_jobs();
  EXPECT_EQ(execute("SELECT * FROM Tab.byG").error(), "");
}

}  // namespace
}  // namespace millrace::api
