// Requests that take longer than others may wait for: what they ask for, where they want to be run, and that the answer
// is the same there.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "server/api/api_fixture.hpp"
#include "server/api/items/item_write.hpp"
#include "server/api/items/item_write_request.hpp"
#include "server/json/attribute_value_json.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;

class LongRequestsTest : public ::testing::Test {
 protected:
  LongRequestsTest() {
    EXPECT_EQ(api.call("CreateTable", R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"N"},
                              {"AttributeName":"g","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],
      "LocalSecondaryIndexes":[{"IndexName":"ByG","Projection":{"ProjectionType":"KEYS_ONLY"},
        "KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"g","KeyType":"RANGE"}]}]})")
                  .error(),
              "");
  }

  static Json key(int number) { return {{"p", {{"S", "p"}}}, {"s", {{"N", std::to_string(number)}}}}; }
  static Json item(int number, std::size_t letters) {
    Json all = key(number);
    all["g"] = {{"S", "g"}};
    all["t"] = {{"S", std::string(letters, 'a')}};
    return all;
  }
  void put(int number, std::size_t letters) {
    ASSERT_EQ(api.call("PutItem", Json{{"TableName", "Tab"}, {"Item", item(number, letters)}}.dump()).error(), "");
  }
  /// `contains(t,:v) OR …`, which holds when `holds`.
  static Json with_long_condition(Json request, const char* member, bool holds) {
    std::string text;
    for (int at = 0; at < 200; ++at) text.append(at > 0 ? " OR " : "").append("contains(t,:v)");
    request[member] = text;
    request["ExpressionAttributeValues"][":v"] = {{"S", holds ? "aaa" : "aab"}};
    return request;
  }
  /// The answer to a request that is none for an I/O thread.
  ApiFixture::Answer call_long(std::string_view operation, const Json& request) {
    EXPECT_TRUE(api.call(operation, request.dump(), Lane::kIo).wants_aside);
    return api.call(operation, request.dump());
  }

  ApiFixture api;
};

TEST_F(LongRequestsTest, APageWithACostlyFilterIsFilteredAside) {
  put(1, 300'000);
  put(2, 10);
  const Json scan{{"TableName", "Tab"}, {"Select", "COUNT"}};
  EXPECT_EQ(call_long("Scan", with_long_condition(scan, "FilterExpression", true)).json().at("Count"), 2);
  const Json none = call_long("Scan", with_long_condition(scan, "FilterExpression", false)).json();
  EXPECT_EQ(none.at("Count"), 0);
  EXPECT_EQ(none.at("ScannedCount"), 2);
  EXPECT_FALSE(api.call("Scan", scan.dump(), Lane::kIo).wants_aside);
}

TEST_F(LongRequestsTest, WhatWritesWaitsWhileWritesAreHeldAndWhatReadsDoesNot) {
  put(1, 10);
  api.services().gate.hold_writes(true);
  const std::string put_request = Json{{"TableName", "Tab"}, {"Item", item(2, 10)}}.dump();
  const std::string get_request = Json{{"TableName", "Tab"}, {"Key", key(2)}}.dump();
  EXPECT_TRUE(api.call("PutItem", put_request, Lane::kIo).waits_for_checkpoint);
  EXPECT_TRUE(api.call("DeleteTable", R"({"TableName":"Tab"})", Lane::kIo).waits_for_checkpoint);
  EXPECT_EQ(api.call("GetItem", get_request, Lane::kIo).body, "{}");
  api.services().gate.hold_writes(false);
  EXPECT_EQ(api.call("PutItem", put_request, Lane::kIo).body, "{}");
}

TEST_F(LongRequestsTest, ACostlyConditionIsJudgedAhead) {
  put(1, 300'000);
  const Json put_request{{"TableName", "Tab"}, {"Item", item(1, 300'000)}};
  EXPECT_EQ(call_long("PutItem", with_long_condition(put_request, "ConditionExpression", true)).error(), "");
  EXPECT_EQ(call_long("PutItem", with_long_condition(put_request, "ConditionExpression", false)).error(),
            "ConditionalCheckFailedException: The conditional request failed");
  Json request{{"TableName", "Tab"}, {"Key", key(1)}};
  EXPECT_EQ(call_long("DeleteItem", with_long_condition(request, "ConditionExpression", false)).error(),
            "ConditionalCheckFailedException: The conditional request failed");
  request["UpdateExpression"] = "SET n = :v";
  EXPECT_EQ(call_long("UpdateItem", with_long_condition(request, "ConditionExpression", true)).error(), "");
  request["Key"] = key(2);
  EXPECT_FALSE(
      api.call("UpdateItem", with_long_condition(request, "ConditionExpression", false).dump(), Lane::kIo).wants_aside)
      << "there is no such item";
}

TEST_F(LongRequestsTest, WhatWasJudgedAheadHoldsForThatRowOnly) {
  const std::string text =
      with_long_condition({{"TableName", "Tab"}, {"Item", key(1)}}, "ConditionExpression", true).dump();
  millrace::json::Parser parser;
  const auto body = parser.parse_copy(text);
  ASSERT_TRUE(body.has_value());
  expression::ExpressionCache expressions;
  const auto request = parse_item_write(plan::ItemWrite::Kind::kPut, expressions, *body);
  ASSERT_TRUE(request.has_value());
  put(1, 4);
  const auto row_json = item(1, 4).dump();
  millrace::json::Parser stored_parser;
  OperationContext context{.services = api.services(), .caller = {}, .stored_parser = stored_parser};
  const auto entry = api.gate().enter(storage::Access::kRead);
  context.judgements.push_back({row_json, millrace::json::read_stored_item(stored_parser, row_json), false});
  EXPECT_TRUE(prepare_item_write(context.preparing(), *request).has_error());
  context.judgements.front().row_json = "another row";
  EXPECT_TRUE(prepare_item_write(context.preparing(), *request).has_value());
}

TEST_F(LongRequestsTest, ALargeBatchIsReadAside) {
  Json keys = Json::array();
  for (int number = 0; number < 20; ++number) {
    put(number, 150'000);
    keys.push_back(key(number));
  }
  const Json request{{"RequestItems", {{"Tab", {{"Keys", keys}, {"ProjectionExpression", "s"}}}}}};
  const Json answer = call_long("BatchGetItem", request).json();
  ASSERT_EQ(answer.at("Responses").at("Tab").size(), 20U);
  EXPECT_EQ(answer.at("Responses").at("Tab")[7], (Json{{"s", {{"N", "7"}}}}));
  EXPECT_TRUE(answer.at("UnprocessedKeys").empty());
}

TEST_F(LongRequestsTest, ABatchOfManyRowsIsWrittenAsideInPortions) {
  Json writes = Json::array();
  for (int number = 0; number < 25; ++number) {
    writes.push_back({{"PutRequest", {{"Item", item(number, 150'000)}}}});
  }
  const Json request{{"RequestItems", {{"Tab", writes}}}, {"ReturnConsumedCapacity", "INDEXES"}};
  const Json answer = call_long("BatchWriteItem", request).json();
  EXPECT_EQ(answer.at("ConsumedCapacity")[0].at("Table").at("CapacityUnits"), 25 * 147);
  EXPECT_EQ(answer.at("ConsumedCapacity")[0].at("LocalSecondaryIndexes").at("ByG").at("CapacityUnits"), 25);
  const Json count{{"TableName", "Tab"}, {"IndexName", "ByG"}, {"Select", "COUNT"}};
  EXPECT_EQ(api.call("Scan", count.dump()).json().at("Count"), 25);
}

TEST_F(LongRequestsTest, ABatchOfSmallItemsLetsOthersInAfterSomeRows) {
  Json table{{"TableName", "Indexed"},
             {"BillingMode", "PAY_PER_REQUEST"},
             {"AttributeDefinitions", Json::array({{{"AttributeName", "p"}, {"AttributeType", "S"}}})},
             {"KeySchema", Json::array({{{"AttributeName", "p"}, {"KeyType", "HASH"}}})}};
  for (int number = 0; number < 20; ++number) {
    table["GlobalSecondaryIndexes"].push_back({{"IndexName", "Index" + std::to_string(number)},
                                               {"Projection", {{"ProjectionType", "KEYS_ONLY"}}},
                                               {"KeySchema", table["KeySchema"]}});
  }
  ASSERT_EQ(api.call("CreateTable", table.dump()).error(), "");
  Json writes = Json::array();
  for (int number = 0; number < 25; ++number) {
    writes.push_back({{"PutRequest", {{"Item", {{"p", {{"S", std::to_string(number)}}}}}}}});
  }
  const std::string text = Json{{"RequestItems", {{"Indexed", writes}}}}.dump();
  millrace::json::Parser parser;
  const auto body = parser.parse_copy(text);
  ASSERT_TRUE(body.has_value());

  // A gate whose groups are flushed whenever somebody leaves: its tickets count how often that was.
  storage::GroupCommit gate{api.storage(), [&gate] { EXPECT_TRUE(gate.flush().outcome.has_value()); }};
  const Services& all = api.services();
  Services services{.gate = gate,
                    .tables = all.tables,
                    .streams = all.streams,
                    .stream_writer = all.stream_writer,
                    .expressions = all.expressions,
                    .statements = all.statements,
                    .transactions = all.transactions,
                    .earliest_expiry = all.earliest_expiry,
                    .replicating = all.replicating,
                    .backups = all.backups,
                    .transfers = all.transfers,
                    .vectors = all.vectors,
                    .contributors = all.contributors,
                    .throughput_limits = nullptr,
                    .clock = all.clock,
                    .random = all.random,
                    .faults = {},
                    .options = all.options};
  millrace::json::Parser stored_parser;
  OperationContext context{.services = services, .caller = {}, .stored_parser = stored_parser};
  std::string answer;
  ASSERT_TRUE(find_operation("DynamoDB_20120810.BatchWriteItem")->run(context, *body, answer).has_value());
  EXPECT_EQ(answer, R"({"UnprocessedItems":{}})");
  EXPECT_GE(context.ticket, 6U) << "525 rows";
}

TEST_F(LongRequestsTest, APageEndsWhereTheItemsBehindItsEntriesAreTooLarge) {
  for (int number = 0; number < 30; ++number) put(number, 100'000);
  Json request{{"TableName", "Tab"},
               {"IndexName", "ByG"},
               {"Select", "ALL_ATTRIBUTES"},
               {"KeyConditionExpression", "p = :p"},
               {"ExpressionAttributeValues", {{":p", {{"S", "p"}}}}}};
  std::size_t found = 0;
  int pages = 0;
  for (;;) {
    const Json page = api.call("Query", request.dump()).json();
    ++pages;
    found += page.at("Items").size();
    EXPECT_LE(page.at("Items").size(), 11U);
    EXPECT_EQ(page.at("Count"), page.at("ScannedCount"));
    if (!page.contains("LastEvaluatedKey")) break;
    request["ExclusiveStartKey"] = page.at("LastEvaluatedKey");
  }
  EXPECT_EQ(found, 30U);
  EXPECT_EQ(pages, 3);
}

TEST_F(LongRequestsTest, AnUpdateThatMakesTheItemFarTooLargeStopsEarly) {
  put(1, 300'000);
  const Json request{{"TableName", "Tab"},
                     {"Key", key(1)},
                     {"UpdateExpression", "SET b = t, c = t, d = p + :n"},
                     {"ExpressionAttributeValues", {{":n", {{"N", "1"}}}}}};
  EXPECT_EQ(api.call("UpdateItem", request.dump()).error(),
            "ValidationException: Item size to update has exceeded the maximum allowed size");
}

}  // namespace
}  // namespace millrace::api
