// What operations answer when a member that names a table says something else: over all that have such a member.
#include "server/model/table_reference.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

const std::string kTable = "arn:aws:dynamodb:us-east-1:000000000000:table/Tab";

class TableReferences : public ::testing::Test {
 protected:
  TableReferences() {
    api.call("CreateTable", R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
      "GlobalSecondaryIndexes":[{"IndexName":"idx","KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"ALL"}}],
      "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}})");
    api.call("PutItem", R"({"TableName":"Tab","Item":{"p":{"S":"a"}}})");
  }

  /// A request of each operation that names a table, as it calls it `table`.
  static std::map<std::string, std::string> requests(const std::string& table) {
    const std::string named = R"({"TableName":")" + table + "\"";
    const std::string key = R"("Key":{"p":{"S":"a"}})";
    return {
        {"GetItem", named + "," + key + "}"},
        {"PutItem", named + R"(,"Item":{"p":{"S":"b"}}})"},
        {"UpdateItem", named + "," + key + "}"},
        {"DeleteItem", named + "," + key + "}"},
        {"Query", named + R"(,"KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"a"}}})"},
        {"Scan", named + "}"},
        {"BatchGetItem", R"({"RequestItems":{")" + table + R"(":{"Keys":[{"p":{"S":"a"}}]}}})"},
        {"BatchWriteItem", R"({"RequestItems":{")" + table + R"(":[{"PutRequest":{"Item":{"p":{"S":"b"}}}}]}})"},
        {"DescribeTable", named + "}"},
        {"UpdateTable", named + R"(,"DeletionProtectionEnabled":true})"},
        {"DeleteTable", named + "}"},
    };
  }

  ApiFixture api;
};

TEST_F(TableReferences, AnArnOfSomethingElseIsNoTable) {
  const std::string stream = api.services().tables.of(api.caller).find("Tab")->definition.latest_stream_arn;
  for (const auto& arn : std::vector<std::string>{kTable + "/index/idx", stream, "arn:aws:s3:::bucket"}) {
    for (const auto& [operation, request] : requests(arn)) {
      EXPECT_EQ(api.call(operation, request).error(),
                "ResourceNotFoundException: Requested resource not found: " + arn + " is not the ARN of a table")
          << operation;
    }
  }
  EXPECT_EQ(api.services().tables.of(api.caller).find("Tab")->definition.deletion_protection, false);
}

TEST_F(TableReferences, AnArnIsNoNameWhereOnlyANameMayStand) {
  for (const auto& arn : std::vector<std::string>{kTable + "/index/idx", kTable}) {
    EXPECT_EQ(api.call("ListTables", R"({"ExclusiveStartTableName":")" + arn + R"("})").error(),
              "ValidationException: 1 validation error detected: Value '" + arn +
                  "' at 'exclusiveStartTableName' failed to satisfy constraint: Member must satisfy regular expression "
                  "pattern: [a-zA-Z0-9_.-]+");
    for (const auto* operation : {"Query", "Scan"}) {
      const auto error = api.call(operation, R"({"TableName":"Tab","IndexName":")" + arn +
                                                 R"(","KeyConditions":{"p":{"ComparisonOperator":"EQ",)"
                                                 R"("AttributeValueList":[{"S":"a"}]}}})")
                             .error();
      EXPECT_NE(error.find("at 'indexName' failed to satisfy constraint"), std::string::npos) << error;
    }
  }
}

TEST_F(TableReferences, StreamOperationsTellOfStreamsFromElsewhere) {
  const std::string streams = "DynamoDBStreams_20120810.";
  const std::string arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/Tab/stream/2015-01-21T19:03:11.123";
  const std::string not_found = "ResourceNotFoundException: Requested resource not found: Stream: " + arn +
                                " not found (it is of region eu-west-1, this request of region us-east-1)";
  const std::string named = R"({"StreamArn":")" + arn + "\"";
  EXPECT_EQ(api.call(streams + "DescribeStream", named + "}").error(), not_found);
  EXPECT_EQ(api.call(streams + "GetShardIterator",
                     named + R"(,"ShardIteratorType":"LATEST","ShardId":"shardId-00000000000000000000-00000000"})")
                .error(),
            not_found);
  EXPECT_EQ(api.call(streams + "DescribeStream", R"({"StreamArn":")" + kTable + R"("})").error(),
            "ValidationException: Invalid StreamArn: " + kTable);
  // A start need not exist, and a table elsewhere has no streams here.
  EXPECT_EQ(api.call(streams + "ListStreams", R"({"ExclusiveStartStreamArn":")" + arn + R"("})").error(), "");
  EXPECT_EQ(
      api.call(streams + "ListStreams", R"({"TableName":"arn:aws:dynamodb:eu-west-1:000000000000:table/Tab"})").body,
      R"({"Streams":[]})");
}

TEST_F(TableReferences, ABatchMayNameATableOnce) {
  const std::string twice = "ValidationException: Provided list of table names contains duplicates";
  const std::string keys = R"({"Keys":[{"p":{"S":"a"}}]})";
  const std::string writes = R"([{"PutRequest":{"Item":{"p":{"S":"b"}}}}])";
  const auto both = [](const std::string& first, const std::string& second, const std::string& value) {
    return R"({"RequestItems":{")" + first + "\":" + value + ",\"" + second + "\":" + value + "}}";
  };
  EXPECT_EQ(api.call("BatchGetItem", both("Tab", kTable, keys)).error(), twice);
  EXPECT_EQ(api.call("BatchGetItem", both(kTable, "Tab", keys)).error(), twice);
  EXPECT_EQ(api.call("BatchWriteItem", both("Tab", kTable, writes)).error(), twice);
  EXPECT_EQ(api.call("BatchWriteItem", both(kTable, "Tab", writes)).error(), twice);
  EXPECT_EQ(api.call("Scan", R"({"TableName":"Tab","Select":"COUNT"})").body, R"({"Count":1,"ScannedCount":1})");
  // Of another region it is another table, and that is what is wrong with it.
  const auto elsewhere =
      api.call("BatchGetItem", both("Tab", "arn:aws:dynamodb:eu-west-1:000000000000:table/Tab", keys));
  EXPECT_EQ(elsewhere.error().substr(0, 26), "ResourceNotFoundException:");
}

}  // namespace
}  // namespace millrace::api
