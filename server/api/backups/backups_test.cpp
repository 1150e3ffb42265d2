// Backups and restores: what comes out is what there was, whatever has happened since; and what nobody can ask for any
// more is given up.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "server/api/api_fixture.hpp"
#include "server/backups/backup.hpp"
#include "server/model/table_reference.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;
using std::chrono::hours;
using std::chrono::seconds;

std::string text_of(const Json& value) { return value.get<std::string>(); }

class BackupsTest : public ::testing::Test {
 protected:
  BackupsTest() { create("Notes"); }

  void create(const std::string& name) {
    ok("CreateTable", {{"TableName", name},
                       {"BillingMode", "PAY_PER_REQUEST"},
                       {"AttributeDefinitions", Json::array({{{"AttributeName", "p"}, {"AttributeType", "S"}},
                                                             {{"AttributeName", "g"}, {"AttributeType", "S"}}})},
                       {"KeySchema", Json::array({{{"AttributeName", "p"}, {"KeyType", "HASH"}}})},
                       {"Tags", Json::array({{{"Key", "team"}, {"Value", "mill"}}})},
                       {"GlobalSecondaryIndexes",
                        Json::array({{{"IndexName", "by_g"},
                                      {"KeySchema", Json::array({{{"AttributeName", "g"}, {"KeyType", "HASH"}}})},
                                      {"Projection", {{"ProjectionType", "ALL"}}}}})}});
  }
  Json ok(const std::string& operation, const Json& body) {
    const auto answer = api.call(operation, body.dump());
    EXPECT_EQ(answer.error(), "") << operation;
    return answer.status == 200 && !answer.body.empty() ? answer.json() : Json{};
  }
  std::string error(const std::string& operation, const Json& body) { return api.call(operation, body.dump()).error(); }

  void put(const std::string& p, const std::string& text, const std::string& table = "Notes") {
    ok("PutItem",
       {{"TableName", table}, {"Item", {{"p", {{"S", p}}}, {"g", {{"S", "all"}}}, {"text", {{"S", text}}}}}});
  }
  void erase(const std::string& p) { ok("DeleteItem", {{"TableName", "Notes"}, {"Key", {{"p", {{"S", p}}}}}}); }
  std::map<std::string, std::string> items(const std::string& table, const char* operation = "Scan") {
    Json request{{"TableName", table}};
    if (std::string{operation} == "Query") {
      request.update({{"IndexName", "by_g"},
                      {"KeyConditionExpression", "g = :g"},
                      {"ExpressionAttributeValues", {{":g", {{"S", "all"}}}}}});
    }
    std::map<std::string, std::string> found;
    for (;;) {
      const Json answer = ok(operation, request);
      for (const Json& item : answer.at("Items"))
        found[text_of(item.at("p").at("S"))] = text_of(item.at("text").at("S"));
      if (!answer.contains("LastEvaluatedKey")) return found;
      request["ExclusiveStartKey"] = answer.at("LastEvaluatedKey");
    }
  }
  std::string back_up(const std::string& table = "Notes") {
    return text_of(
        ok("CreateBackup", {{"TableName", table}, {"BackupName", "before"}}).at("BackupDetails").at("BackupArn"));
  }
  void restore(const std::string& arn, const std::string& target) {
    ok("RestoreTableFromBackup", {{"TargetTableName", target}, {"BackupArn", arn}});
    api.run_jobs();
  }
  void keep(bool enabled = true) {
    ok("UpdateContinuousBackups",
       {{"TableName", "Notes"}, {"PointInTimeRecoverySpecification", {{"PointInTimeRecoveryEnabled", enabled}}}});
  }
  double now() { return std::chrono::duration<double>(api.time().now().time_since_epoch()).count(); }
  void pass(Duration time) {
    api.time().advance(time);
    api.begin_history_sweep();
    api.run_jobs();
  }
  model::KeyspaceId rows_of(const std::string& table) {
    return api.services().tables.of(api.caller).find(table)->definition.keyspace;
  }

  ApiFixture api;
};

TEST_F(BackupsTest, ARestoredTableIsWhatTheOtherWas) {
  put("a", "one");
  put("b", "two");
  const auto arn = back_up();
  put("a", "changed");
  erase("b");
  put("c", "new");
  restore(arn, "Restored");
  EXPECT_EQ(items("Restored"), (std::map<std::string, std::string>{{"a", "one"}, {"b", "two"}}));
  EXPECT_EQ(items("Restored", "Query"), items("Restored")) << "its index";
  EXPECT_EQ(items("Notes"), (std::map<std::string, std::string>{{"a", "changed"}, {"c", "new"}}));
  const Json table = ok("DescribeTable", {{"TableName", "Restored"}}).at("Table");
  EXPECT_EQ(table.at("TableStatus"), "ACTIVE");
  EXPECT_EQ(table.at("RestoreSummary").at("SourceBackupArn"), arn);
  EXPECT_EQ(table.at("RestoreSummary").at("RestoreInProgress"), false);
  EXPECT_EQ(ok("ListTagsOfResource", {{"ResourceArn", table.at("TableArn")}}).at("Tags"), Json::array());
  put("d", "written", "Restored");
  EXPECT_EQ(items("Restored", "Query").size(), 3U);
}

TEST_F(BackupsTest, ABackupOutlivesItsTable) {
  put("a", "one");
  const auto arn = back_up();
  ok("DeleteTable", {{"TableName", "Notes"}});
  api.run_jobs();
  create("Notes");
  put("a", "another table");
  api.reload();
  restore(arn, "Restored");
  EXPECT_EQ(items("Restored"), (std::map<std::string, std::string>{{"a", "one"}}));
}

TEST_F(BackupsTest, AlsoALargeTableIsRestoredInPortionsAndNotReadBefore) {
  for (int number = 0; number < 1500; ++number) put(std::to_string(number), "old");
  const auto arn = back_up();
  for (int number = 0; number < 1500; number += 2) put(std::to_string(number), "new");
  ok("RestoreTableFromBackup", {{"TargetTableName", "Restored"}, {"BackupArn", arn}});
  const auto status = [&] { return ok("DescribeTable", {{"TableName", "Restored"}}).at("Table").at("TableStatus"); };
  EXPECT_EQ(status(), "CREATING");
  EXPECT_EQ(error("GetItem", {{"TableName", "Restored"}, {"Key", {{"p", {{"S", "1"}}}}}}),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(
      error("DeleteTable", {{"TableName", "Restored"}}),
      "ResourceInUseException: Attempt to change a resource which is still in use: Table is being created: Restored");
  EXPECT_EQ(error("CreateBackup", {{"TableName", "Restored"}, {"BackupName", "too early"}}).substr(0, 33),
            "ValidationException: 1 validation")
      << "a blank is none of a name's characters";
  EXPECT_EQ(error("CreateBackup", {{"TableName", "Restored"}, {"BackupName", "early"}}),
            "TableInUseException: Table is being created: Restored");
  // The source and the backup may go meanwhile; a restart goes on where it was.
  ok("DeleteBackup", {{"BackupArn", arn}});
  ok("DeleteTable", {{"TableName", "Notes"}});
  ASSERT_TRUE(api.run_job_step());
  api.reload();
  api.run_jobs();
  EXPECT_EQ(status(), "ACTIVE");
  const auto restored = items("Restored");
  EXPECT_EQ(restored.size(), 1500U);
  for (const auto& [key, text] : restored) EXPECT_EQ(text, "old") << key;
  EXPECT_EQ(items("Restored", "Query").size(), 1500U);
}

TEST_F(BackupsTest, WhatNobodyNeedsIsGivenUp) {
  put("a", "one");
  const auto rows = rows_of("Notes");
  EXPECT_EQ(api.storage().history_begin(rows), std::nullopt) << "without a backup nothing is kept";
  const auto first = back_up();
  const auto second = back_up();
  put("a", "two");
  const auto begin = api.storage().history_begin(rows);
  ASSERT_TRUE(begin.has_value());
  ok("DeleteBackup", {{"BackupArn", first}});
  EXPECT_GT(api.storage().history_begin(rows), begin) << "only the second needs it";
  ok("DeleteBackup", {{"BackupArn", second}});
  EXPECT_EQ(api.storage().history_begin(rows), std::nullopt);
  EXPECT_EQ(error("DescribeBackup", {{"BackupArn", second}}), "BackupNotFoundException: Backup not found: " + second);
  EXPECT_EQ(items("Notes"), (std::map<std::string, std::string>{{"a", "two"}}));
  // Rows whose table has gone before their last backup.
  const auto third = back_up();
  ok("DeleteTable", {{"TableName", "Notes"}});
  api.run_jobs();
  EXPECT_TRUE(api.storage().measure_keyspace(rows).has_value());
  ok("DeleteBackup", {{"BackupArn", third}});
  EXPECT_TRUE(api.storage().has_reclaimable());
  api.run_jobs();
  EXPECT_FALSE(api.storage().has_reclaimable());
}

TEST_F(BackupsTest, OfAPointInTimeEverySecondCanBeAskedFor) {
  keep();
  const double begin = now();
  put("a", "one");
  pass(seconds{10});
  const double middle = now();
  put("a", "two");
  put("a", "three");
  pass(seconds{10});
  put("a", "four");
  const auto at = [&](double time, const std::string& target) {
    ok("RestoreTableToPointInTime",
       {{"SourceTableName", "Notes"}, {"TargetTableName", target}, {"RestoreDateTime", time}});
    api.run_jobs();
    return items(target)["a"];
  };
  EXPECT_EQ(at(begin, "AtFirst"), "one");
  EXPECT_EQ(at(middle - 1, "Before"), "one");
  EXPECT_EQ(at(middle, "AtTwo"), "three") << "the end of its second";
  EXPECT_EQ(at(now() - 1, "JustNow"), "three");
  EXPECT_EQ(at(now(), "Now"), "four");
  ok("RestoreTableToPointInTime",
     {{"SourceTableName", "Notes"}, {"TargetTableName", "Latest"}, {"UseLatestRestorableTime", true}});
  EXPECT_EQ(items("Latest")["a"], "four");
  EXPECT_EQ(error("RestoreTableToPointInTime",
                  {{"SourceTableName", "Notes"}, {"TargetTableName", "Late"}, {"RestoreDateTime", now() + 5}}),
            "InvalidRestoreTimeException: An invalid restore time was specified. RestoreDateTime must be between "
            "EarliestRestorableDateTime and LatestRestorableDateTime.");
}

TEST_F(BackupsTest, WhatExpiredLaterIsThereAtAnEarlierTime) {
  keep();
  ok("UpdateTimeToLive",
     {{"TableName", "Notes"}, {"TimeToLiveSpecification", {{"Enabled", true}, {"AttributeName", "gone"}}}});
  ok("PutItem", {{"TableName", "Notes"},
                 {"Item",
                  {{"p", {{"S", "a"}}},
                   {"text", {{"S", "one"}}},
                   {"gone", {{"N", std::to_string(static_cast<std::int64_t>(now()) + 5)}}}}}});
  const double before = now();
  pass(seconds{10});
  EXPECT_EQ(items("Notes"), (std::map<std::string, std::string>{}));
  ok("RestoreTableToPointInTime",
     {{"SourceTableName", "Notes"}, {"TargetTableName", "Earlier"}, {"RestoreDateTime", before}});
  EXPECT_EQ(items("Earlier")["a"], "one");
}

TEST_F(BackupsTest, ARecoveryPeriodEndsInDays) {
  keep();
  ok("UpdateContinuousBackups",
     {{"TableName", "Notes"},
      {"PointInTimeRecoverySpecification", {{"PointInTimeRecoveryEnabled", true}, {"RecoveryPeriodInDays", 2}}}});
  put("a", "one");
  const double early = now();
  pass(hours{24});
  put("a", "two");
  pass(hours{30});
  EXPECT_EQ(error("RestoreTableToPointInTime",
                  {{"SourceTableName", "Notes"}, {"TargetTableName", "Old"}, {"RestoreDateTime", early}})
                .substr(0, 27),
            "InvalidRestoreTimeException");
  ok("RestoreTableToPointInTime",
     {{"SourceTableName", "Notes"}, {"TargetTableName", "Kept"}, {"RestoreDateTime", early + 60 * 60 * 24}});
  EXPECT_EQ(items("Kept")["a"], "two");
  keep(false);
  EXPECT_EQ(api.storage().history_begin(rows_of("Notes")), std::nullopt);
}

TEST_F(BackupsTest, ADeletedTableWithRecoveryIsKeptForAMonth) {
  keep();
  put("a", "one");
  ok("DeleteTable", {{"TableName", "Notes"}});
  const Json all = ok("ListBackups", {{"BackupType", "SYSTEM"}}).at("BackupSummaries");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].at("BackupName"), "Notes$DeletedTableBackup");
  restore(text_of(all[0].at("BackupArn")), "Back");
  EXPECT_EQ(items("Back")["a"], "one");
  pass(hours{24 * 36});
  EXPECT_EQ(ok("ListBackups", {{"BackupType", "ALL"}}).at("BackupSummaries"), Json::array());
}

TEST_F(BackupsTest, ACommitThatIsLostTakesTheBackupWithIt) {
  put("a", "one");
  const auto answer = api.call_in_group("CreateBackup", R"({"TableName":"Notes","BackupName":"lost"})");
  ASSERT_EQ(answer.error(), "");
  api.lose_group();
  EXPECT_EQ(ok("ListBackups", Json::object()).at("BackupSummaries"), Json::array());
  EXPECT_EQ(api.storage().history_begin(rows_of("Notes")), std::nullopt);
}

TEST_F(BackupsTest, ListsPageByTableAndTime) {
  create("Others");
  std::vector<std::string> made;
  for (const auto* table : {"Notes", "Others", "Notes"}) {
    made.push_back(back_up(table));
    pass(seconds{60});
  }
  const Json first = ok("ListBackups", {{"Limit", 2}});
  EXPECT_EQ(first.at("BackupSummaries")[0].at("BackupArn"), made[0]);
  EXPECT_EQ(first.at("BackupSummaries")[1].at("BackupArn"), made[2]);
  EXPECT_EQ(first.at("LastEvaluatedBackupArn"), made[2]);
  const Json second = ok("ListBackups", {{"ExclusiveStartBackupArn", made[2]}});
  EXPECT_EQ(second.at("BackupSummaries").size(), 1U);
  EXPECT_FALSE(second.contains("LastEvaluatedBackupArn"));
  EXPECT_EQ(ok("ListBackups", {{"TableName", "Others"}}).at("BackupSummaries").size(), 1U);
  EXPECT_EQ(ok("ListBackups", {{"TimeRangeLowerBound", now() - 120}}).at("BackupSummaries").size(), 2U);
  EXPECT_EQ(ok("ListBackups", {{"TimeRangeUpperBound", now() - 120}}).at("BackupSummaries").size(), 1U);
  api.caller.account.region = "eu-west-1";
  EXPECT_EQ(ok("ListBackups", Json::object()).at("BackupSummaries"), Json::array()) << "another world";
}

}  // namespace
}  // namespace millrace::api
