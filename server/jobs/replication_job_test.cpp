// Replicas of global tables: what each region holds after writes in all of them, whatever is lost and begun anew.
#include "server/jobs/replication_job.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "server/api/api_fixture.hpp"
#include "server/streams/retention.hpp"

namespace millrace::jobs {
namespace {

using Json = nlohmann::json;

constexpr std::array<const char*, 3> kRegions{"us-east-1", "eu-west-1", "ap-south-1"};

class ReplicationJobTest : public ::testing::Test {
 protected:
  Json call(const std::string& region, const char* target, const Json& body) {
    api.caller.account.region = region;
    const auto answer = api.call(target, body.dump());
    EXPECT_EQ(answer.error(), "") << target << " in " << region << ": " << body.dump();
    return answer.status == 200 ? answer.json() : Json::object();
  }
  std::string error(const std::string& region, const char* target, const Json& body) {
    api.caller.account.region = region;
    return api.call(target, body.dump()).error();
  }

  void create_table(const Json& more = Json::object()) {
    Json body{{"TableName", "Tab"},
              {"BillingMode", "PAY_PER_REQUEST"},
              {"AttributeDefinitions", Json::array({{{"AttributeName", "p"}, {"AttributeType", "S"}}})},
              {"KeySchema", Json::array({{{"AttributeName", "p"}, {"KeyType", "HASH"}}})}};
    body.update(more);
    call(kRegions[0], "CreateTable", body);
  }
  void add_replica(const std::string& region, const std::string& from = kRegions[0]) {
    call(from, "UpdateTable",
         {{"TableName", "Tab"}, {"ReplicaUpdates", Json::array({{{"Create", {{"RegionName", region}}}}})}});
  }
  Json describe(const std::string& region) {
    return call(region, "DescribeTable", {{"TableName", "Tab"}}).value("Table", Json::object());
  }

  static Json item(const std::string& key, const std::string& value) {
    return {{"p", {{"S", key}}}, {"v", {{"S", value}}}};
  }
  void put(const std::string& region, const std::string& key, const std::string& value) {
    call(region, "PutItem", {{"TableName", "Tab"}, {"Item", item(key, value)}});
  }
  void erase(const std::string& region, const std::string& key) {
    call(region, "DeleteItem", {{"TableName", "Tab"}, {"Key", {{"p", {{"S", key}}}}}});
  }
  std::map<std::string, Json> contents(const std::string& region) {
    std::map<std::string, Json> found;
    const auto page = call(region, "Scan", {{"TableName", "Tab"}, {"ConsistentRead", true}});
    for (const auto& one : page.value("Items", Json::array())) {
      found.emplace(one.at("p").at("S").get<std::string>(), one);
    }
    return found;
  }
  /// The records of the table's stream in a region, `INSERT a`.
  std::string records(const std::string& region) {
    const auto stream = describe(region).at("LatestStreamArn");
    const auto shards = call(region, "DynamoDBStreams_20120810.DescribeStream", {{"StreamArn", stream}});
    const auto shard = shards.at("StreamDescription").at("Shards").at(0).at("ShardId");
    const auto iterator = call(region, "DynamoDBStreams_20120810.GetShardIterator",
                               {{"StreamArn", stream}, {"ShardId", shard}, {"ShardIteratorType", "TRIM_HORIZON"}});
    const auto page =
        call(region, "DynamoDBStreams_20120810.GetRecords", {{"ShardIterator", iterator.at("ShardIterator")}});
    std::string all;
    for (const auto& record : page.at("Records")) {
      all += record.at("eventName").get<std::string>() + " " +
             record.at("dynamodb").at("Keys").at("p").at("S").get<std::string>();
      if (record.contains("userIdentity")) all += " by the service";
      all += ", ";
    }
    return all;
  }

  api::ApiFixture api;
};

TEST_F(ReplicationJobTest, AWriteInAnyRegionArrivesInTheOthersOnce) {
  create_table();
  add_replica(kRegions[1]);
  add_replica(kRegions[2], kRegions[1]);
  put(kRegions[0], "a", "1");
  EXPECT_TRUE(contents(kRegions[1]).empty()) << "not before the job has run";
  api.run_jobs();
  for (const auto* region : kRegions) EXPECT_EQ(contents(region).at("a"), item("a", "1")) << region;
  put(kRegions[2], "a", "2");
  erase(kRegions[1], "nothing");
  api.run_jobs();
  for (const auto* region : kRegions) {
    EXPECT_EQ(contents(region).at("a"), item("a", "2")) << region;
    EXPECT_EQ(records(region), "INSERT a, MODIFY a, ") << region << ": a loop would show here";
  }
  erase(kRegions[1], "a");
  api.run_jobs();
  for (const auto* region : kRegions) {
    EXPECT_TRUE(contents(region).empty()) << region;
    EXPECT_EQ(records(region), "INSERT a, MODIFY a, REMOVE a, ") << region;
  }
  EXPECT_FALSE(api.run_job_step()) << "nothing is left to do";
}

TEST_F(ReplicationJobTest, TheLastWriterWinsWhereverItWrote) {
  create_table();
  add_replica(kRegions[1]);
  add_replica(kRegions[2]);
  put(kRegions[1], "a", "first");
  put(kRegions[0], "a", "second");
  put(kRegions[0], "b", "kept");
  api.run_jobs();
  put(kRegions[2], "b", "older");
  erase(kRegions[1], "b");
  api.run_jobs();
  for (const auto* region : kRegions) {
    EXPECT_EQ(contents(region).at("a"), item("a", "second")) << region;
    EXPECT_FALSE(contents(region).contains("b")) << region << ": a deletion is a write, too";
  }
}

TEST_F(ReplicationJobTest, ALargeTableIsCopiedWhileItIsWritten) {
  create_table();
  for (int number = 0; number < 900; ++number) put(kRegions[0], std::to_string(number), "old");
  add_replica(kRegions[1]);
  EXPECT_EQ(describe(kRegions[0]).at("Replicas").at(0).at("ReplicaStatus"), "CREATING");
  EXPECT_EQ(describe(kRegions[1]).at("TableStatus"), "CREATING");
  EXPECT_EQ(error(kRegions[1], "PutItem", {{"TableName", "Tab"}, {"Item", item("x", "1")}}),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(error(kRegions[0], "UpdateTable", {{"TableName", "Tab"}, {"DeletionProtectionEnabled", true}}),
            "ResourceInUseException: The resource which you are attempting to change is in use.");
  for (int number = 0; number < 900; number += 7) put(kRegions[0], std::to_string(number), "new");
  for (int number = 3; number < 900; number += 50) erase(kRegions[0], std::to_string(number));
  ASSERT_TRUE(api.run_job_step());
  api.reload();
  api.run_jobs();
  EXPECT_EQ(describe(kRegions[0]).at("Replicas").at(0).at("ReplicaStatus"), "ACTIVE");
  EXPECT_EQ(describe(kRegions[1]).at("TableStatus"), "ACTIVE");
  EXPECT_EQ(contents(kRegions[1]), contents(kRegions[0]));
  EXPECT_EQ(records(kRegions[1]), "") << "what was copied is told nobody";
}

TEST_F(ReplicationJobTest, IndexesTimeToLiveAndUnitsAreTheSameEverywhere) {
  create_table();
  add_replica(kRegions[1]);
  call(kRegions[1], "UpdateTable",
       {{"TableName", "Tab"},
        {"AttributeDefinitions", Json::array({{{"AttributeName", "v"}, {"AttributeType", "S"}}})},
        {"GlobalSecondaryIndexUpdates",
         Json::array({{{"Create",
                        {{"IndexName", "ByV"},
                         {"KeySchema", Json::array({{{"AttributeName", "v"}, {"KeyType", "HASH"}}})},
                         {"Projection", {{"ProjectionType", "ALL"}}}}}}})}});
  put(kRegions[1], "a", "1");
  api.run_jobs();
  const Json query{{"TableName", "Tab"},
                   {"IndexName", "ByV"},
                   {"KeyConditionExpression", "v = :v"},
                   {"ExpressionAttributeValues", {{":v", {{"S", "1"}}}}}};
  EXPECT_EQ(call(kRegions[0], "Query", query).at("Count"), 1);
  call(kRegions[1], "UpdateTimeToLive",
       {{"TableName", "Tab"}, {"TimeToLiveSpecification", {{"Enabled", true}, {"AttributeName", "until"}}}});
  EXPECT_EQ(call(kRegions[0], "DescribeTimeToLive", {{"TableName", "Tab"}})
                .at("TimeToLiveDescription")
                .at("TimeToLiveStatus"),
            "ENABLED");
  call(kRegions[0], "UpdateTable",
       {{"TableName", "Tab"}, {"GlobalSecondaryIndexUpdates", Json::array({{{"Delete", {{"IndexName", "ByV"}}}}})}});
  EXPECT_FALSE(describe(kRegions[1]).contains("GlobalSecondaryIndexes"));
}

TEST_F(ReplicationJobTest, WhatExpiresIsDeletedByTheServiceInOneRegionOnly) {
  create_table();
  add_replica(kRegions[1]);
  call(kRegions[0], "UpdateTimeToLive",
       {{"TableName", "Tab"}, {"TimeToLiveSpecification", {{"Enabled", true}, {"AttributeName", "until"}}}});
  api.run_jobs();
  auto expiring = item("a", "1");
  expiring["until"] = {{"N", "1"}};
  expiring["until"]["N"] = std::to_string(1'710'000'010);
  call(kRegions[0], "PutItem", {{"TableName", "Tab"}, {"Item", expiring}});
  api.run_jobs();
  api.time().advance(std::chrono::minutes{1});
  api.run_jobs();
  EXPECT_EQ(records(kRegions[1]), "INSERT a, REMOVE a by the service, ") << "the first in the order of ARNs";
  EXPECT_EQ(records(kRegions[0]), "INSERT a, REMOVE a, ");
}

TEST_F(ReplicationJobTest, WhatIsCopiedExpiresToo) {
  create_table();
  call(kRegions[0], "UpdateTimeToLive",
       {{"TableName", "Tab"}, {"TimeToLiveSpecification", {{"Enabled", true}, {"AttributeName", "until"}}}});
  for (int number = 0; number < 700; ++number) {
    auto expiring = item(std::to_string(number), "1");
    expiring["until"] = {{"N", std::to_string(1'710'000'010 + number % 3 * 1000)}};
    call(kRegions[0], "PutItem", {{"TableName", "Tab"}, {"Item", expiring}});
  }
  add_replica(kRegions[1]);
  api.run_jobs();
  call(kRegions[0], "UpdateTable",
       {{"TableName", "Tab"}, {"ReplicaUpdates", Json::array({{{"Delete", {{"RegionName", kRegions[1]}}}}})}});
  add_replica(kRegions[1]);
  api.run_jobs();
  api.time().advance(std::chrono::minutes{1});
  api.run_jobs();
  EXPECT_EQ(contents(kRegions[1]).size(), 466U);
  EXPECT_EQ(contents(kRegions[1]), contents(kRegions[0]));
}

TEST_F(ReplicationJobTest, AReplicaThatGoesSendsWhatItHasFirst) {
  create_table();
  add_replica(kRegions[1]);
  add_replica(kRegions[2]);
  for (int number = 0; number < 100; ++number) put(kRegions[1], std::to_string(number), "kept");
  call(kRegions[0], "UpdateTable",
       {{"TableName", "Tab"}, {"ReplicaUpdates", Json::array({{{"Delete", {{"RegionName", kRegions[1]}}}}})}});
  EXPECT_EQ(contents(kRegions[0]).size(), 100U);
  EXPECT_EQ(contents(kRegions[2]).size(), 100U);
  for (int number = 0; number < 2000; ++number) put(kRegions[2], std::to_string(number), "much");
  EXPECT_EQ(error(kRegions[2], "DeleteTable", {{"TableName", "Tab"}}),
            "ResourceInUseException: The resource which you are attempting to change is in use.")
      << "it would take long";
  api.run_jobs();
  EXPECT_EQ(contents(kRegions[0]).size(), 2000U);
  EXPECT_EQ(error(kRegions[2], "DeleteTable", {{"TableName", "Tab"}}), "");
}

TEST_F(ReplicationJobTest, UnsentChangesAreKeptLongerThanRecordsOfStreams) {
  create_table();
  add_replica(kRegions[1]);
  put(kRegions[0], "a", "1");
  api.time().advance(std::chrono::hours{30});
  {
    const auto entry = api.gate().enter(storage::Access::kWrite);
    EXPECT_FALSE(streams::trim_expired(api.storage(), api.services().streams, api.time().now()).has_error());
  }
  ASSERT_TRUE(api.commit());
  api.run_jobs();
  EXPECT_EQ(contents(kRegions[1]).at("a"), item("a", "1"));
}

TEST_F(ReplicationJobTest, AllReplicasAreAlikeInTheEndWhateverIsLost) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    api::ApiFixture fresh{{}, seed};
    std::mt19937 random{seed};
    const auto below = [&random](unsigned end) { return static_cast<int>(random() % end); };
    const auto call_at = [&](const std::string& region, const char* target, const Json& body) {
      fresh.caller.account.region = region;
      const auto answer = fresh.call_in_group(target, body.dump());
      EXPECT_EQ(answer.error(), "") << target;
    };
    call_at(kRegions[0], "CreateTable",
            {{"TableName", "Tab"},
             {"BillingMode", "PAY_PER_REQUEST"},
             {"AttributeDefinitions", Json::array({{{"AttributeName", "p"}, {"AttributeType", "S"}}})},
             {"KeySchema", Json::array({{{"AttributeName", "p"}, {"KeyType", "HASH"}}})}});
    std::map<std::string, std::string> last;      // committed
    std::map<std::string, std::string> expected;  // with what may still be lost
    const auto write = [&](const std::string& region) {
      const std::string key = "k" + std::to_string(below(12));
      if (below(4) == 0) {
        // A deletion of what there is not is no write, there as here: it is known only where the item is.
        fresh.caller.account.region = region;
        const auto there = fresh.call_in_group(
            "DeleteItem",
            Json{{"TableName", "Tab"}, {"Key", {{"p", {{"S", key}}}}}, {"ReturnValues", "ALL_OLD"}}.dump());
        if (there.json().contains("Attributes")) expected.erase(key);
        return;
      }
      const std::string value = std::to_string(random());
      call_at(region, "PutItem", {{"TableName", "Tab"}, {"Item", item(key, value)}});
      expected[key] = value;
    };
    for (int number = 0; number < 600; ++number) write(kRegions[0]);
    ASSERT_TRUE(fresh.commit());
    last = expected;
    for (std::size_t region = 1; region < kRegions.size(); ++region) {
      fresh.caller.account.region = kRegions[0];
      ASSERT_EQ(fresh
                    .call("UpdateTable",
                          Json{{"TableName", "Tab"},
                               {"ReplicaUpdates", Json::array({{{"Create", {{"RegionName", kRegions[region]}}}}})}}
                              .dump())
                    .error(),
                "");
    }
    for (int step = 0; step < 500; ++step) {
      switch (below(10)) {
        case 0: fresh.run_job_step_in_group(); break;
        case 1:
          ASSERT_TRUE(fresh.commit());
          last = expected;
          break;
        case 2:
          if (below(3) == 0) {
            fresh.lose_group();
            expected = last;
          }
          break;
        case 3:
          if (below(5) == 0) {
            ASSERT_TRUE(fresh.commit());
            last = expected;
            fresh.reload();
          }
          break;
        default: write(kRegions[static_cast<std::size_t>(below(3))]);
      }
    }
    ASSERT_TRUE(fresh.commit());
    fresh.run_jobs();
    std::map<std::string, std::string> first;
    for (const auto* region : kRegions) {
      fresh.caller.account.region = region;
      std::map<std::string, std::string> found;
      const auto page = fresh.call("Scan", R"({"TableName":"Tab"})").json();
      for (const auto& one : page.at("Items")) {
        found.emplace(one.at("p").at("S").get<std::string>(), one.at("v").at("S").get<std::string>());
      }
      EXPECT_EQ(found, expected) << region;
    }
    EXPECT_FALSE(fresh.run_job_step());
  }
}

}  // namespace
}  // namespace millrace::jobs
