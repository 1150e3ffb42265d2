#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;

class QueryTest : public ::testing::Test {
 protected:
  QueryTest() {
    api.call("CreateTable", R"({"TableName":"Sorted","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"S"},
        {"AttributeName":"l","AttributeType":"N"},{"AttributeName":"g","AttributeType":"S"},
        {"AttributeName":"h","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],
      "LocalSecondaryIndexes":[{"IndexName":"ByL","KeySchema":[{"AttributeName":"p","KeyType":"HASH"},
        {"AttributeName":"l","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],
      "GlobalSecondaryIndexes":[{"IndexName":"Multi","KeySchema":[{"AttributeName":"g","KeyType":"HASH"},
        {"AttributeName":"h","KeyType":"HASH"},{"AttributeName":"l","KeyType":"RANGE"},
        {"AttributeName":"s","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]})");
  }

  void put(const std::string& s, const std::string& more = {}) {
    const Json key{{"p", {{"S", "a"}}}, {"s", {{"S", s}}}};
    Json item = more.empty() ? Json::object() : Json::parse(more);
    item.update(key);
    ASSERT_EQ(api.call("PutItem", Json{{"TableName", "Sorted"}, {"Item", item}}.dump()).error(), "");
  }

  Json query(Json request) {
    request["TableName"] = "Sorted";
    const auto answer = api.call("Query", request.dump());
    EXPECT_EQ(answer.error(), "");
    return answer.json();
  }

  static std::vector<std::string> sort_keys(const Json& answer) {
    std::vector<std::string> keys;
    for (const auto& item : answer.at("Items")) keys.push_back(item.at("s").at("S").get<std::string>());
    return keys;
  }

  /// The sort keys of every page of `limit` items.
  std::vector<std::string> page_through(Json request, int limit) {
    std::vector<std::string> keys;
    request["Limit"] = limit;
    for (int page = 0; page < 100; ++page) {
      const auto answer = query(request);
      for (auto& key : sort_keys(answer)) keys.push_back(std::move(key));
      if (!answer.contains("LastEvaluatedKey")) return keys;
      request["ExclusiveStartKey"] = answer.at("LastEvaluatedKey");
    }
    ADD_FAILURE() << "the pages do not end";
    return keys;
  }

  static Json with_sort_condition(const std::string& condition, const std::string& low, const std::string& high = {}) {
    Json request{{"KeyConditionExpression", "p = :p AND " + condition},
                 {"ExpressionAttributeValues", {{":p", {{"S", "a"}}}, {":l", {{"S", low}}}}}};
    if (!high.empty()) request["ExpressionAttributeValues"][":h"] = {{"S", high}};
    return request;
  }

  ApiFixture api;
};

using Keys = std::vector<std::string>;

TEST_F(QueryTest, EveryOperatorCutsTheRightRange) {
  const std::string zero{"b\0", 2};
  for (const auto& s :
       {std::string{"a"}, std::string{"b"}, zero, std::string{"ba"}, std::string{"b\xc3\xbf"}, std::string{"c"}}) {
    put(s);
  }
  EXPECT_EQ(sort_keys(query(with_sort_condition("s = :l", "b"))), (Keys{"b"}));
  EXPECT_EQ(sort_keys(query(with_sort_condition("s < :l", "b"))), (Keys{"a"}));
  EXPECT_EQ(sort_keys(query(with_sort_condition("s <= :l", "b"))), (Keys{"a", "b"}));
  EXPECT_EQ(sort_keys(query(with_sort_condition("s > :l", "ba"))), (Keys{"b\xc3\xbf", "c"}));
  EXPECT_EQ(sort_keys(query(with_sort_condition("s >= :l", "ba"))), (Keys{"ba", "b\xc3\xbf", "c"}));
  EXPECT_EQ(sort_keys(query(with_sort_condition("s BETWEEN :l AND :h", "b", "ba"))), (Keys{"b", zero, "ba"}));
  EXPECT_EQ(sort_keys(query(with_sort_condition("begins_with(s, :l)", "b"))), (Keys{"b", zero, "ba", "b\xc3\xbf"}));
  EXPECT_EQ(sort_keys(query(with_sort_condition("begins_with(s, :l)", zero))), (Keys{zero}));
}

TEST_F(QueryTest, PagesJoinWithoutGapInBothDirections) {
  Keys all;
  for (int n = 10; n < 23; ++n) {
    all.push_back(std::to_string(n));
    put(all.back());
  }
  Json request{{"KeyConditionExpression", "p = :p"}, {"ExpressionAttributeValues", {{":p", {{"S", "a"}}}}}};
  for (const int limit : {1, 2, 5, 13, 100}) EXPECT_EQ(page_through(request, limit), all) << limit;
  request["ScanIndexForward"] = false;
  const Keys backwards(all.rbegin(), all.rend());
  for (const int limit : {1, 4, 13}) EXPECT_EQ(page_through(request, limit), backwards) << limit;
}

TEST_F(QueryTest, AFullPageHasAPositionThoughNothingFollows) {
  put("x");
  const auto answer = query(
      {{"KeyConditionExpression", "p = :p"}, {"ExpressionAttributeValues", {{":p", {{"S", "a"}}}}}, {"Limit", 1}});
  EXPECT_EQ(answer.at("LastEvaluatedKey"), Json::parse(R"({"p":{"S":"a"},"s":{"S":"x"}})"));
}

TEST_F(QueryTest, APageEndsWithTheItemThatCrossesOneMegabyte) {
  const std::string big = Json{{"x", {{"S", std::string(300'000, 'x')}}}}.dump();
  for (const auto* s : {"1", "2", "3", "4", "5"}) put(s, big);
  const auto answer = query({{"KeyConditionExpression", "p = :p"},
                             {"ExpressionAttributeValues", {{":p", {{"S", "a"}}}}},
                             {"ProjectionExpression", "s"},
                             {"ReturnConsumedCapacity", "TOTAL"}});
  EXPECT_EQ(sort_keys(answer), (Keys{"1", "2", "3", "4"}));
  EXPECT_EQ(answer.at("LastEvaluatedKey").at("s").at("S"), "4");
  EXPECT_EQ(answer.at("ConsumedCapacity").at("CapacityUnits"), 146.5);  // ceil(4 * 300005 / 4096) / 2
}

TEST_F(QueryTest, TheFilterCountsAgainstTheLimit) {
  for (const auto* s : {"1", "2", "3"}) put(s, std::string{R"({"x":{"N":")"} + s + R"("}})");
  const auto answer = query({{"KeyConditionExpression", "p = :p"},
                             {"FilterExpression", "x > :one"},
                             {"Limit", 2},
                             {"ExpressionAttributeValues", {{":p", {{"S", "a"}}}, {":one", {{"N", "1"}}}}}});
  EXPECT_EQ(answer.at("Count"), 1);
  EXPECT_EQ(answer.at("ScannedCount"), 2);
  EXPECT_EQ(answer.at("LastEvaluatedKey").at("s").at("S"), "2");
}

TEST_F(QueryTest, ALocalIndexFetchesWhatItDoesNotHave) {
  put("1", R"({"l":{"N":"20"},"x":{"S":"first"}})");
  put("2", R"({"l":{"N":"-3"},"x":{"S":"second"}})");
  put("3", R"({"x":{"S":"not in the index"}})");
  Json request{{"IndexName", "ByL"},
               {"KeyConditionExpression", "p = :p"},
               {"ExpressionAttributeValues", {{":p", {{"S", "a"}}}}},
               {"ReturnConsumedCapacity", "INDEXES"}};
  const auto projected = query(request);
  EXPECT_EQ(projected.at("Items"), Json::parse(R"([{"l":{"N":"-3"},"p":{"S":"a"},"s":{"S":"2"}},
                                                   {"l":{"N":"20"},"p":{"S":"a"},"s":{"S":"1"}}])"));
  EXPECT_EQ(projected.at("ConsumedCapacity").at("Table").at("CapacityUnits"), 0.0);
  request["Select"] = "ALL_ATTRIBUTES";
  const auto fetched = query(request);
  EXPECT_EQ(fetched.at("Items")[0].at("x").at("S"), "second");
  EXPECT_EQ(fetched.at("ConsumedCapacity").at("Table").at("CapacityUnits"), 1.0);
  EXPECT_EQ(fetched.at("ConsumedCapacity").at("LocalSecondaryIndexes").at("ByL").at("CapacityUnits"), 0.5);
  request.erase("Select");
  request["FilterExpression"] = "x = :x";
  request["ExpressionAttributeValues"][":x"] = {{"S", "first"}};
  EXPECT_EQ(sort_keys(query(request)), (Keys{"1"}));
}

TEST_F(QueryTest, SeveralKeyAttributesOfAGlobalIndex) {
  put("1", R"({"g":{"S":"x"},"h":{"S":"y"},"l":{"N":"2"}})");
  put("2", R"({"g":{"S":"x"},"h":{"S":"y"},"l":{"N":"2"}})");
  put("3", R"({"g":{"S":"x"},"h":{"S":"y"},"l":{"N":"1"}})");
  put("4", R"({"g":{"S":"x"},"h":{"S":"z"},"l":{"N":"2"}})");
  put("5", R"({"g":{"S":"x"},"l":{"N":"2"}})");
  Json request{{"IndexName", "Multi"},
               {"KeyConditionExpression", "g = :g AND h = :h"},
               {"ExpressionAttributeValues", {{":g", {{"S", "x"}}}, {":h", {{"S", "y"}}}}}};
  EXPECT_EQ(sort_keys(query(request)), (Keys{"3", "1", "2"}));
  EXPECT_EQ(page_through(request, 1), (Keys{"3", "1", "2"}));
  request["KeyConditionExpression"] = "g = :g AND h = :h AND l = :l AND s > :s";
  request["ExpressionAttributeValues"][":l"] = {{"N", "2"}};
  request["ExpressionAttributeValues"][":s"] = {{"S", "1"}};
  EXPECT_EQ(sort_keys(query(request)), (Keys{"2"}));
}

}  // namespace
}  // namespace millrace::api
