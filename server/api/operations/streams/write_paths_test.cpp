// Whatever writes an item makes the record of that change, or none when nothing changes, in a stream of any view type:
// every way to write that there is, against what a PutItem, UpdateItem or DeleteItem would have made (reference, 1.10).
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

using WrittenJson = nlohmann::json;

constexpr const char* kOne = R"({"n":{"N":"1"},"p":{"S":"a"}})";
constexpr const char* kTwo = R"({"n":{"N":"2"},"p":{"S":"a"}})";

/// A request that writes the item with the key "a" of the table Tab, and what the item is before and after it.
struct WritePath {
  const char* name;
  const char* target;
  const char* body;
  const char* before;  ///< empty: there is no item
  const char* after;
};

const std::vector<WritePath> kWritePaths{
    // --- INSERT ---
    {"PutItem", "PutItem", R"({"TableName":"Tab","Item":{"p":{"S":"a"},"n":{"N":"1"}}})", "", kOne},
    {"UpdateItem", "UpdateItem",
     R"({"TableName":"Tab","Key":{"p":{"S":"a"}},"UpdateExpression":"SET n = :n","ExpressionAttributeValues":{":n":{"N":"1"}}})",
     "", kOne},
    {"UpdateItem with attribute updates", "UpdateItem",
     R"({"TableName":"Tab","Key":{"p":{"S":"a"}},"AttributeUpdates":{"n":{"Action":"ADD","Value":{"N":"1"}}}})", "",
     kOne},
    {"UpdateItem of the key alone", "UpdateItem", R"({"TableName":"Tab","Key":{"p":{"S":"a"}}})", "",
     R"({"p":{"S":"a"}})"},
    {"BatchWriteItem", "BatchWriteItem",
     R"({"RequestItems":{"Tab":[{"PutRequest":{"Item":{"p":{"S":"a"},"n":{"N":"1"}}}}]}})", "", kOne},
    {"TransactWriteItems Put", "TransactWriteItems",
     R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"p":{"S":"a"},"n":{"N":"1"}}}}]})", "", kOne},
    {"TransactWriteItems Update", "TransactWriteItems",
     R"({"TransactItems":[{"Update":{"TableName":"Tab","Key":{"p":{"S":"a"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"1"}}}}]})",
     "", kOne},
    {"INSERT", "ExecuteStatement", R"({"Statement":"INSERT INTO Tab VALUE {'p':'a','n':1}"})", "", kOne},
    {"INSERT in a batch", "BatchExecuteStatement",
     R"({"Statements":[{"Statement":"INSERT INTO Tab VALUE {'p':'a','n':1}"}]})", "", kOne},
    {"INSERT in a transaction", "ExecuteTransaction",
     R"({"TransactStatements":[{"Statement":"INSERT INTO Tab VALUE {'p':'a','n':1}"}]})", "", kOne},
    // --- MODIFY ---
    {"PutItem over an item", "PutItem", R"({"TableName":"Tab","Item":{"p":{"S":"a"},"n":{"N":"2"}}})", kOne, kTwo},
    {"UpdateItem SET", "UpdateItem",
     R"({"TableName":"Tab","Key":{"p":{"S":"a"}},"UpdateExpression":"SET n = n + :n","ExpressionAttributeValues":{":n":{"N":"1"}}})",
     kOne, kTwo},
    {"UpdateItem REMOVE", "UpdateItem", R"({"TableName":"Tab","Key":{"p":{"S":"a"}},"UpdateExpression":"REMOVE n"})",
     kOne, R"({"p":{"S":"a"}})"},
    {"BatchWriteItem over an item", "BatchWriteItem",
     R"({"RequestItems":{"Tab":[{"PutRequest":{"Item":{"p":{"S":"a"},"n":{"N":"2"}}}}]}})", kOne, kTwo},
    {"TransactWriteItems Put over an item", "TransactWriteItems",
     R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"p":{"S":"a"},"n":{"N":"2"}}}}]})", kOne, kTwo},
    {"TransactWriteItems Update of an item", "TransactWriteItems",
     R"({"TransactItems":[{"Update":{"TableName":"Tab","Key":{"p":{"S":"a"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"1"}}}}]})",
     kOne, kTwo},
    {"UPDATE", "ExecuteStatement", R"({"Statement":"UPDATE Tab SET n = 2 WHERE p = 'a'"})", kOne, kTwo},
    {"UPDATE in a batch", "BatchExecuteStatement",
     R"({"Statements":[{"Statement":"UPDATE Tab SET n = 2 WHERE p = 'a'"}]})", kOne, kTwo},
    {"UPDATE in a transaction", "ExecuteTransaction",
     R"({"TransactStatements":[{"Statement":"UPDATE Tab SET n = 2 WHERE p = 'a'"}]})", kOne, kTwo},
    // --- REMOVE ---
    {"DeleteItem", "DeleteItem", R"({"TableName":"Tab","Key":{"p":{"S":"a"}}})", kOne, ""},
    {"BatchWriteItem of a deletion", "BatchWriteItem",
     R"({"RequestItems":{"Tab":[{"DeleteRequest":{"Key":{"p":{"S":"a"}}}}]}})", kOne, ""},
    {"TransactWriteItems Delete", "TransactWriteItems",
     R"({"TransactItems":[{"Delete":{"TableName":"Tab","Key":{"p":{"S":"a"}}}}]})", kOne, ""},
    {"DELETE", "ExecuteStatement", R"({"Statement":"DELETE FROM Tab WHERE p = 'a'"})", kOne, ""},
    {"DELETE in a batch", "BatchExecuteStatement", R"({"Statements":[{"Statement":"DELETE FROM Tab WHERE p = 'a'"}]})",
     kOne, ""},
    {"DELETE in a transaction", "ExecuteTransaction",
     R"({"TransactStatements":[{"Statement":"DELETE FROM Tab WHERE p = 'a'"}]})", kOne, ""},
    // --- Nothing changes ---
    {"PutItem of the same", "PutItem", R"({"TableName":"Tab","Item":{"n":{"N":"1.0"},"p":{"S":"a"}}})", kOne, kOne},
    {"UpdateItem to the same value", "UpdateItem",
     R"({"TableName":"Tab","Key":{"p":{"S":"a"}},"UpdateExpression":"SET n = :n","ExpressionAttributeValues":{":n":{"N":"1"}}})",
     kOne, kOne},
    {"UpdateItem of nothing", "UpdateItem", R"({"TableName":"Tab","Key":{"p":{"S":"a"}}})", kOne, kOne},
    {"UpdateItem ADD 0", "UpdateItem",
     R"({"TableName":"Tab","Key":{"p":{"S":"a"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"0"}}})",
     kOne, kOne},
    {"UpdateItem REMOVE of what is not there", "UpdateItem",
     R"({"TableName":"Tab","Key":{"p":{"S":"a"}},"UpdateExpression":"REMOVE q"})", kOne, kOne},
    {"UpdateItem REMOVE of an item that is not there", "UpdateItem",
     R"({"TableName":"Tab","Key":{"p":{"S":"a"}},"UpdateExpression":"REMOVE q"})", "", ""},
    {"DeleteItem of what is not there", "DeleteItem", R"({"TableName":"Tab","Key":{"p":{"S":"a"}}})", "", ""},
    {"BatchWriteItem of the same", "BatchWriteItem",
     R"({"RequestItems":{"Tab":[{"PutRequest":{"Item":{"p":{"S":"a"},"n":{"N":"1"}}}}]}})", kOne, kOne},
    {"BatchWriteItem of a deletion of nothing", "BatchWriteItem",
     R"({"RequestItems":{"Tab":[{"DeleteRequest":{"Key":{"p":{"S":"a"}}}}]}})", "", ""},
    {"TransactWriteItems of the same", "TransactWriteItems",
     R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"p":{"S":"a"},"n":{"N":"1"}}}}]})", kOne, kOne},
    {"TransactWriteItems ConditionCheck", "TransactWriteItems",
     R"json({"TransactItems":[{"ConditionCheck":{"TableName":"Tab","Key":{"p":{"S":"a"}},"ConditionExpression":"attribute_exists(p)"}}]})json",
     kOne, kOne},
    {"UPDATE to the same value", "ExecuteStatement", R"({"Statement":"UPDATE Tab SET n = 1 WHERE p = 'a'"})", kOne,
     kOne},
    {"UPDATE in a transaction to the same value", "ExecuteTransaction",
     R"({"TransactStatements":[{"Statement":"UPDATE Tab SET n = 1 WHERE p = 'a'"}]})", kOne, kOne},
    {"DELETE of what is not there", "ExecuteStatement", R"({"Statement":"DELETE FROM Tab WHERE p = 'a'"})", "", ""},
};

std::size_t size_of_json(const std::string& item) {
  const WrittenJson parsed = WrittenJson::parse(item);
  return 2U + (parsed.contains("n") ? 3U : 0U);  // p and "a"; n and a number of two bytes
}

class WritePaths : public ::testing::TestWithParam<const char*> {
 protected:
  WrittenJson ok(const std::string& operation, const WrittenJson& body) {
    const auto answer = api_->call(operation, body.dump());
    EXPECT_EQ(answer.error(), "") << operation;
    return answer.status == 200 && !answer.body.empty() ? answer.json() : WrittenJson{};
  }
  static WrittenJson table_of(const std::string& name) {
    return WrittenJson{{"TableName", name},
                       {"BillingMode", "PAY_PER_REQUEST"},
                       {"AttributeDefinitions", WrittenJson::array({{{"AttributeName", "p"}, {"AttributeType", "S"}}})},
                       {"KeySchema", WrittenJson::array({{{"AttributeName", "p"}, {"KeyType", "HASH"}}})}};
  }
  /// A server with the empty table Tab, whose stream has the view type of this test.
  void start_anew() {
    api_ = std::make_unique<ApiFixture>();
    WrittenJson table = table_of("Tab");
    table["StreamSpecification"] = {{"StreamEnabled", true}, {"StreamViewType", GetParam()}};
    stream_ = ok("CreateTable", table).at("TableDescription").at("LatestStreamArn").get<std::string>();
  }
  WrittenJson records() {
    WrittenJson all = WrittenJson::array();
    const auto described = ok("DescribeStream", {{"StreamArn", stream_}});
    for (const auto& shard : described.at("StreamDescription").at("Shards")) {
      const auto iterator =
          ok("GetShardIterator",
             {{"StreamArn", stream_}, {"ShardId", shard.at("ShardId")}, {"ShardIteratorType", "TRIM_HORIZON"}});
      const auto page = ok("GetRecords", {{"ShardIterator", iterator.at("ShardIterator")}});
      for (const auto& record : page.at("Records")) all.push_back(record);
    }
    return all;
  }
  void put(const std::string& item) { ok("PutItem", {{"TableName", "Tab"}, {"Item", WrittenJson::parse(item)}}); }

  static bool shows_new() { return std::string_view{GetParam()}.starts_with("NEW"); }
  static bool shows_old() { return std::string_view{GetParam()}.find("OLD") != std::string_view::npos; }

  /// What the record of a change from `before` to `after` has to say, besides ids and times.
  static WrittenJson expected(const std::string& before, const std::string& after, bool by_the_service = false) {
    WrittenJson change{{"Keys", {{"p", {{"S", "a"}}}}}, {"StreamViewType", GetParam()}};
    std::size_t size = 2;
    if (shows_new() && !after.empty()) {
      change["NewImage"] = WrittenJson::parse(after);
      size += size_of_json(after);
    }
    if (shows_old() && !before.empty()) {
      change["OldImage"] = WrittenJson::parse(before);
      size += size_of_json(before);
    }
    change["SizeBytes"] = size;
    WrittenJson record{{"eventName", before.empty()  ? "INSERT"
                                     : after.empty() ? "REMOVE"
                                                     : "MODIFY"},
                       {"eventVersion", "1.1"},
                       {"eventSource", "aws:dynamodb"},
                       {"awsRegion", "us-east-1"},
                       {"dynamodb", change}};
    if (by_the_service) record["userIdentity"] = {{"PrincipalId", "dynamodb.amazonaws.com"}, {"Type", "Service"}};
    return record;
  }
  static WrittenJson without_ids(WrittenJson record) {
    EXPECT_EQ(record.at("eventID").get<std::string>().size(), 32U);
    EXPECT_GE(record.at("dynamodb").at("SequenceNumber").get<std::string>().size(), 21U);
    EXPECT_TRUE(record.at("dynamodb").at("ApproximateCreationDateTime").is_number());
    record.erase("eventID");
    record.at("dynamodb").erase("SequenceNumber");
    record.at("dynamodb").erase("ApproximateCreationDateTime");
    return record;
  }

  std::unique_ptr<ApiFixture> api_;
  std::string stream_;
};

TEST_P(WritePaths, EachMakesTheRecordOfItsChangeOrNone) {
  for (const WritePath& path : kWritePaths) {
    SCOPED_TRACE(path.name);
    start_anew();
    const std::string before = path.before;
    const std::string after = path.after;
    if (!before.empty()) put(before);
    const std::size_t written_before = before.empty() ? 0 : 1;
    ASSERT_EQ(records().size(), written_before);
    const auto answer = api_->call(path.target, path.body);
    ASSERT_EQ(answer.error(), "");
    ASSERT_EQ(answer.body.find("\"Error\""), std::string::npos) << answer.body;
    const auto written = records();
    if (before == after) {
      EXPECT_EQ(written.size(), written_before) << written;
      continue;
    }
    ASSERT_EQ(written.size(), written_before + 1) << written;
    EXPECT_EQ(without_ids(written.back()), expected(before, after));
  }
}

TEST_P(WritePaths, WhatExpiresIsRemovedByTheService) {
  start_anew();
  ok("UpdateTimeToLive",
     {{"TableName", "Tab"}, {"TimeToLiveSpecification", {{"Enabled", true}, {"AttributeName", "n"}}}});
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(api_->time().now().time_since_epoch()).count();
  const std::string expiry = std::to_string(now + 60);
  put(R"({"p":{"S":"a"},"n":{"N":")" + expiry + R"("}})");
  api_->time().advance(std::chrono::minutes{2});
  api_->run_jobs();
  const auto written = records();
  ASSERT_EQ(written.size(), 2U);
  auto removal = without_ids(written.back());
  auto wanted = expected(kOne, "", true);
  if (shows_old()) wanted["dynamodb"]["OldImage"]["n"]["N"] = expiry;
  removal["dynamodb"].erase("SizeBytes");
  wanted["dynamodb"].erase("SizeBytes");
  EXPECT_EQ(removal, wanted);
}

TEST_P(WritePaths, ABulkPutWritesAsPutItemDoes) {
  start_anew();
  put(kOne);
  transfers::BucketsInMemory buckets;
  buckets.buckets["in"] = {{"items.json", std::string{R"({"Item":)"} + kTwo + "}\n" + R"({"Item":)" + kTwo + "}\n"}};
  ok("StartBulkPutItems",
     {{"TableName", "Tab"},
      {"InputS3Configuration", {{"S3Bucket", "in"}, {"InputFormat", "DYNAMODB_JSON"}}},
      {"OutputS3Configuration", {{"S3Bucket", "out"}, {"OutputType", WrittenJson::array({"ERROR"})}}}});
  api_->run_transfers(buckets);
  const auto written = records();
  ASSERT_EQ(written.size(), 2U) << "the second put of the same changes nothing";
  EXPECT_EQ(without_ids(written.back()), expected(kOne, kTwo));
}

TEST_P(WritePaths, AReplicaHasARecordInItsOwnStream) {
  start_anew();
  if (std::string{GetParam()} != "NEW_AND_OLD_IMAGES") return;  // the one that a global table may have
  ok("UpdateTable",
     {{"TableName", "Tab"}, {"ReplicaUpdates", WrittenJson::array({{{"Create", {{"RegionName", "eu-west-1"}}}}})}});
  api_->run_jobs();
  put(kOne);
  put(kTwo);
  ok("DeleteItem", {{"TableName", "Tab"}, {"Key", {{"p", {{"S", "a"}}}}}});
  api_->run_jobs();
  api_->caller.account.region = "eu-west-1";
  stream_ = ok("DescribeTable", {{"TableName", "Tab"}}).at("Table").at("LatestStreamArn").get<std::string>();
  const auto written = records();
  ASSERT_GE(written.size(), 1U);
  for (const auto& record : written) {
    EXPECT_EQ(record.at("awsRegion"), "eu-west-1");
    EXPECT_FALSE(record.contains("userIdentity"));
  }
}

TEST_P(WritePaths, WhatIsLoadedIntoANewTableMakesNoRecord) {
  start_anew();
  put(kOne);
  const auto backup =
      ok("CreateBackup", {{"TableName", "Tab"}, {"BackupName", "before"}}).at("BackupDetails").at("BackupArn");
  ok("RestoreTableFromBackup", {{"TargetTableName", "Restored"}, {"BackupArn", backup}});
  transfers::BucketsInMemory buckets;
  buckets.buckets["in"] = {{"items.json", std::string{R"({"Item":)"} + kTwo + "}\n"}};
  ok("ImportTable", {{"S3BucketSource", {{"S3Bucket", "in"}}},
                     {"InputFormat", "DYNAMODB_JSON"},
                     {"TableCreationParameters", table_of("Imported")}});
  api_->run_jobs();
  api_->run_transfers(buckets);
  EXPECT_EQ(records().size(), 1U) << "the table that was backed up hears nothing";
  for (const char* const table : {"Restored", "Imported"}) {
    EXPECT_EQ(ok("Scan", {{"TableName", table}}).at("Count"), 1) << table;
    EXPECT_FALSE(ok("DescribeTable", {{"TableName", table}}).at("Table").contains("LatestStreamArn")) << table;
    EXPECT_EQ(ok("ListStreams", {{"TableName", table}}).at("Streams").size(), 0U) << table;
  }
}

INSTANTIATE_TEST_SUITE_P(Streams, WritePaths,
                         ::testing::Values("NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY"),
                         [](const auto& view) { return std::string{view.param}; });

}  // namespace
}  // namespace millrace::api
