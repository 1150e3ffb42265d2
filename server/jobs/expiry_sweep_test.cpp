// Items that expire: found by the time that they say, whichever write has said it, and deleted as the service does it.
#include "server/jobs/expiry_sweep.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

#include "server/api/api_fixture.hpp"

namespace millrace::jobs {
namespace {

using api::ApiFixture;
using Json = nlohmann::json;
using std::chrono::seconds;

class ExpirySweepTest : public ::testing::Test {
 protected:
  ExpirySweepTest() {
    EXPECT_EQ(api.call("CreateTable", R"({"TableName":"Short","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
      "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"OLD_IMAGE"}})")
                  .error(),
              "");
  }

  void enable(bool enabled = true) {
    const Json request{{"TableName", "Short"},
                       {"TimeToLiveSpecification", {{"Enabled", enabled}, {"AttributeName", "gone"}}}};
    ASSERT_EQ(api.call("UpdateTimeToLive", request.dump()).error(), "");
  }
  /// An item that says `gone`, as JSON of an attribute value.
  void put(const std::string& p, const Json& gone) {
    Json item{{"p", {{"S", p}}}};
    if (!gone.is_null()) item["gone"] = gone;
    ASSERT_EQ(api.call("PutItem", Json{{"TableName", "Short"}, {"Item", item}}.dump()).error(), "");
  }
  /// A number of seconds from now on.
  Json in(std::int64_t offset) {
    const auto now = std::chrono::floor<seconds>(api.time().now().time_since_epoch()).count();
    return {{"N", std::to_string(now + offset)}};
  }
  void pass(std::int64_t count) {
    api.time().advance(seconds{count});
    api.run_jobs();
  }
  std::string keys() {
    std::set<std::string> found;
    const Json answer = api.call("Scan", R"({"TableName":"Short"})").json();
    for (const Json& item : answer.at("Items")) found.insert(item.at("p").at("S").get<std::string>());
    std::string text;
    for (const auto& key : found) text.append(key).push_back(' ');
    return text;
  }

  ApiFixture api;
};

TEST_F(ExpirySweepTest, AnItemGoesWhenItsTimeHasCome) {
  enable();
  put("soon", in(10));
  put("later", in(100));
  put("never", nullptr);
  pass(9);
  EXPECT_EQ(keys(), "later never soon ");
  pass(1);
  EXPECT_EQ(keys(), "later never ");
  pass(1000);
  EXPECT_EQ(keys(), "never ");
}

TEST_F(ExpirySweepTest, TheStreamTellsThatTheServiceHasDeletedIt) {
  enable();
  put("soon", in(1));
  pass(5);
  const auto arn = api.call("DescribeTable", R"({"TableName":"Short"})").json().at("Table").at("LatestStreamArn");
  const auto shard = api.call("DescribeStream", Json{{"StreamArn", arn}}.dump())
                         .json()
                         .at("StreamDescription")
                         .at("Shards")[0]
                         .at("ShardId");
  const auto iterator =
      api.call("GetShardIterator",
               Json{{"StreamArn", arn}, {"ShardId", shard}, {"ShardIteratorType", "TRIM_HORIZON"}}.dump())
          .json()
          .at("ShardIterator");
  const Json records = api.call("GetRecords", Json{{"ShardIterator", iterator}}.dump()).json().at("Records");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_FALSE(records[0].contains("userIdentity"));
  EXPECT_EQ(records[1].at("eventName"), "REMOVE");
  EXPECT_EQ(records[1].at("userIdentity"), Json::parse(R"({"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"})"));
  EXPECT_EQ(records[1].at("dynamodb").at("OldImage").at("p").at("S"), "soon");
}

TEST_F(ExpirySweepTest, WhatIsNoTimeOrLongPastStays) {
  enable();
  put("a text", Json{{"S", "1000"}});
  put("a fraction", Json{{"N", "1000.5"}});
  put("too old", in(-6LL * 365 * 24 * 3600));
  put("old", in(-4LL * 365 * 24 * 3600));
  put("of the far future", Json{{"N", "1E+30"}});
  put("negative", Json{{"N", "-5"}});
  pass(1);
  EXPECT_EQ(keys(), "a fraction a text negative of the far future too old ");
}

TEST_F(ExpirySweepTest, EachWriteMovesTheTime) {
  enable();
  put("a", in(10));
  put("a", in(100));
  EXPECT_EQ(api.call("UpdateItem", Json{{"TableName", "Short"},
                                        {"Key", {{"p", {{"S", "b"}}}}},
                                        {"UpdateExpression", "SET gone = :t"},
                                        {"ExpressionAttributeValues", {{":t", in(10)}}}}
                                       .dump())
                .error(),
            "");
  put("c", in(10));
  EXPECT_EQ(api.call("DeleteItem", R"({"TableName":"Short","Key":{"p":{"S":"c"}}})").error(), "");
  put("c", nullptr);
  pass(11);
  EXPECT_EQ(keys(), "a c ");
  pass(100);
  EXPECT_EQ(keys(), "c ");
}

TEST_F(ExpirySweepTest, ItemsThatWereThereBeforeExpireToo) {
  for (int number = 0; number < 700; ++number) put(std::to_string(number), in(number < 600 ? 5 : 50));
  pass(1);
  enable();
  ASSERT_TRUE(api.run_job_step());
  put("between two portions", in(5));
  api.run_jobs();
  pass(10);
  EXPECT_EQ(api.call("Scan", R"({"TableName":"Short","Select":"COUNT"})").json().at("Count"), 100);
  pass(50);
  EXPECT_EQ(keys(), "");
}

TEST_F(ExpirySweepTest, ManyAreDeletedInPortions) {
  enable();
  for (int number = 0; number < 100; ++number) put(std::to_string(number), in(5));
  api.time().advance(seconds{5});
  int steps = 0;
  while (api.run_job_step()) ++steps;
  EXPECT_GT(steps, 2);
  EXPECT_EQ(keys(), "");
}

TEST_F(ExpirySweepTest, IsOffWhenItIsDisabled) {
  enable();
  put("a", in(5));
  enable(false);
  pass(10);
  EXPECT_EQ(keys(), "a ");
  enable();
  api.run_jobs();
  EXPECT_EQ(keys(), "") << "enabled again it finds what has expired";
}

TEST_F(ExpirySweepTest, GoesOnAfterARestart) {
  enable();
  put("a", in(5));
  api.run_jobs();
  api.reload();
  pass(5);
  EXPECT_EQ(keys(), "");
}

TEST_F(ExpirySweepTest, DeletionsThatWereLostAreMadeAgain) {
  enable();
  put("a", in(5));
  api.run_jobs();
  api.time().advance(seconds{5});
  EXPECT_THROW(
      {
        const auto entry = api.gate().enter(storage::Access::kWrite);
        throw std::runtime_error("whoever shares the group is broken off");
      },
      std::runtime_error);
  EXPECT_TRUE(api.run_job_step()) << "the commit is lost, and the deletion with it";
  EXPECT_EQ(keys(), "a ");
  api.run_jobs();
  EXPECT_EQ(keys(), "");
}

TEST_F(ExpirySweepTest, ATimeAtTheEndOfTheClockNeverComes) {
  ExpirySweep late{
      {api.storage(), api.services().tables, api.services().stream_writer, api.time(), api.services().earliest_expiry,
       api.services().backups.time_marks, api.services().vectors, api.services().replicating},
      std::chrono::hours{24 * 365}};
  enable();
  api.run_jobs();
  put("a", Json{{"N", "9223372036853"}});
  EXPECT_FALSE(late.is_pending()) << "nor does it wrap around";
  EXPECT_EQ(late.due(), std::nullopt);
}

TEST_F(ExpirySweepTest, ATransactionMovesTheTime) {
  enable();
  EXPECT_EQ(api.call("TransactWriteItems",
                     Json{{"TransactItems",
                           {{{"Put", {{"TableName", "Short"}, {"Item", {{"p", {{"S", "a"}}}, {"gone", in(5)}}}}}}}}}
                         .dump())
                .error(),
            "");
  pass(5);
  EXPECT_EQ(keys(), "");
}

TEST_F(ExpirySweepTest, ADroppedTableLeavesNothingBehind) {
  enable();
  put("a", in(5));
  EXPECT_EQ(api.call("DeleteTable", R"({"TableName":"Short"})").error(), "");
  pass(10);
  EXPECT_FALSE(api.run_job_step());
}

}  // namespace
}  // namespace millrace::jobs
