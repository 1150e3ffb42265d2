// --delay-transient-statuses: what is told while a change takes its time, and what is refused then.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

const std::string kNotFound = "ResourceNotFoundException: Requested resource not found";

class TransitionsTest : public ::testing::Test {
 protected:
  Json call(std::string_view target, std::string_view body) {
    const auto answer = api.call(target, body);
    EXPECT_EQ(answer.error(), "") << target;
    return answer.status == 200 ? answer.json() : Json{};
  }
  std::string error(std::string_view target, std::string_view body) { return api.call(target, body).error(); }
  void create() {
    call("CreateTable", R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"k","KeyType":"HASH"}]})");
  }
  void settle() {
    api.time().advance(seconds{5});
    api.run_jobs();
  }
  Json table() { return call("DescribeTable", R"({"TableName":"Tab"})").at("Table"); }
  std::string status() { return table().at("TableStatus").get<std::string>(); }
  std::string put() { return error("PutItem", R"({"TableName":"Tab","Item":{"k":{"S":"a"}}})"); }
  void add_index() {
    call("UpdateTable", R"({"TableName":"Tab","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],
        "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"ByG","Projection":{"ProjectionType":"ALL"},
          "KeySchema":[{"AttributeName":"g","KeyType":"HASH"}]}}]})");
  }
  std::string query_index() {
    return error("Query", R"({"TableName":"Tab","IndexName":"ByG","KeyConditionExpression":"g = :g",
                              "ExpressionAttributeValues":{":g":{"S":"a"}}})");
  }

  ApiFixture api{[] {
    ServiceOptions options;
    options.transient_statuses = seconds{5};
    return options;
  }()};
};

TEST_F(TransitionsTest, ATableIsCreatingForAWhile) {
  create();
  EXPECT_EQ(status(), "CREATING");
  EXPECT_EQ(put(), kNotFound);
  EXPECT_EQ(error("UpdateTable", R"({"TableName":"Tab","DeletionProtectionEnabled":true})"),
            "ResourceInUseException: Attempt to change a resource which is still in use: Table is being created: Tab");
  EXPECT_EQ(error("DeleteTable", R"({"TableName":"Tab"})"),
            "ResourceInUseException: Attempt to change a resource which is still in use: Table is being created: Tab");
  EXPECT_EQ(call("ListTables", "{}").at("TableNames"), Json::array({"Tab"}));
  api.time().advance(seconds{4});
  api.run_jobs();
  EXPECT_EQ(status(), "CREATING");
  api.time().advance(seconds{1});
  api.run_jobs();
  EXPECT_EQ(status(), "ACTIVE");
  EXPECT_EQ(put(), "");
}

TEST_F(TransitionsTest, AStreamIsEnabledAndDisabledAsLongAsItsTableChanges) {
  create();
  settle();
  const auto change = [&](std::string_view stream) {
    return call("UpdateTable", R"({"TableName":"Tab","StreamSpecification":)" + std::string{stream} + "}")
        .at("TableDescription")
        .at("LatestStreamArn");
  };
  const auto stream_status = [&](const Json& arn) {
    return call("DescribeStream", Json{{"StreamArn", arn}}.dump()).at("StreamDescription").at("StreamStatus");
  };
  const Json arn = change(R"({"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"})");
  EXPECT_EQ(stream_status(arn), "ENABLING");
  settle();
  EXPECT_EQ(stream_status(arn), "ENABLED");
  EXPECT_EQ(change(R"({"StreamEnabled":false})"), arn);
  EXPECT_EQ(stream_status(arn), "DISABLING");
  settle();
  EXPECT_EQ(stream_status(arn), "DISABLED");
}

TEST_F(TransitionsTest, ATableThatIsUpdatedIsServed) {
  create();
  settle();
  call("UpdateTable", R"({"TableName":"Tab","DeletionProtectionEnabled":true})");
  EXPECT_EQ(status(), "UPDATING");
  EXPECT_EQ(put(), "");
  EXPECT_EQ(error("UpdateTable", R"({"TableName":"Tab","DeletionProtectionEnabled":false})"),
            "ResourceInUseException: Attempt to change a resource which is still in use: Table is being updated: Tab");
  EXPECT_EQ(error("CreateBackup", R"({"TableName":"Tab","BackupName":"now"})").substr(0, 19), "TableInUseException");
  settle();
  EXPECT_EQ(status(), "ACTIVE");
}

TEST_F(TransitionsTest, ATableIsDeletingForAWhile) {
  create();
  settle();
  EXPECT_EQ(put(), "");
  call("DeleteTable", R"({"TableName":"Tab"})");
  EXPECT_EQ(status(), "DELETING");
  EXPECT_EQ(put(), kNotFound);
  EXPECT_EQ(error("CreateTable", R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST",
                "AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],
                "KeySchema":[{"AttributeName":"k","KeyType":"HASH"}]})"),
            "ResourceInUseException: Attempt to change a resource which is still in use: Table is being deleted: Tab");
  settle();
  EXPECT_EQ(error("DescribeTable", R"({"TableName":"Tab"})"), kNotFound + ": Table: Tab not found");
  create();
  settle();
  EXPECT_EQ(table().at("ItemCount"), 0);
}

TEST_F(TransitionsTest, AnIndexIsCreatingAndDeletingForAWhile) {
  create();
  settle();
  add_index();
  const Json made = table().at("GlobalSecondaryIndexes").at(0);
  EXPECT_EQ(made.at("IndexStatus"), "CREATING");
  EXPECT_EQ(made.at("Backfilling"), true);
  EXPECT_EQ(query_index(), "ValidationException: Cannot read from backfilling global secondary index: ByG");
  settle();
  EXPECT_EQ(table().at("GlobalSecondaryIndexes").at(0).at("IndexStatus"), "ACTIVE");
  EXPECT_EQ(query_index(), "");
  call("UpdateTable", R"({"TableName":"Tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"ByG"}}]})");
  EXPECT_EQ(table().at("GlobalSecondaryIndexes").at(0).at("IndexStatus"), "DELETING");
  EXPECT_EQ(query_index(), "ValidationException: The table does not have the specified index: ByG");
  settle();
  EXPECT_FALSE(table().contains("GlobalSecondaryIndexes"));
}

TEST_F(TransitionsTest, ABackupIsCreatingForAWhile) {
  create();
  settle();
  const auto arn = call("CreateBackup", R"({"TableName":"Tab","BackupName":"now"})")
                       .at("BackupDetails")
                       .at("BackupArn")
                       .get<std::string>();
  const std::string named = R"({"BackupArn":")" + arn + R"("})";
  const auto told = [&] {
    return call("DescribeBackup", named).at("BackupDescription").at("BackupDetails").at("BackupStatus");
  };
  EXPECT_EQ(told(), "CREATING");
  EXPECT_EQ(call("ListBackups", "{}").at("BackupSummaries").at(0).at("BackupStatus"), "CREATING");
  EXPECT_EQ(error("DeleteBackup", named).substr(0, 20), "BackupInUseException");
  settle();
  EXPECT_EQ(told(), "AVAILABLE");
  call("DeleteBackup", named);
}

TEST_F(TransitionsTest, OutliveARestart) {
  create();
  settle();
  add_index();
  api.reload();
  EXPECT_EQ(status(), "UPDATING");
  EXPECT_EQ(table().at("GlobalSecondaryIndexes").at(0).at("IndexStatus"), "CREATING");
  settle();
  call("UpdateTable", R"({"TableName":"Tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"ByG"}}]})");
  api.reload();
  EXPECT_EQ(table().at("GlobalSecondaryIndexes").at(0).at("IndexStatus"), "DELETING");
  settle();
  call("DeleteTable", R"({"TableName":"Tab"})");
  api.reload();
  EXPECT_EQ(status(), "DELETING");
  settle();
  EXPECT_EQ(call("ListTables", "{}").at("TableNames"), Json::array());
}

TEST_F(TransitionsTest, ALostChangeLeavesNothing) {
  create();
  settle();
  EXPECT_EQ(api.call_in_group("DeleteTable", R"({"TableName":"Tab"})").error(), "");
  api.lose_group();
  EXPECT_EQ(status(), "ACTIVE");
  settle();
  EXPECT_EQ(put(), "");
}

}  // namespace
}  // namespace millrace::api
