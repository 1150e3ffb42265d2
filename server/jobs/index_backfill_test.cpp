// A new index over a large table is filled in portions while the table is used.
#include "server/jobs/index_backfill.hpp"

#include <gtest/gtest.h>

#include <set>

#include "server/api/api_fixture.hpp"

namespace millrace::jobs {
namespace {

using api::ApiFixture;
using Json = nlohmann::json;

class IndexBackfillTest : public ::testing::Test {
 protected:
  void create(int items) {
    ASSERT_EQ(api.call("CreateTable", R"({"TableName":"Large","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})")
                  .error(),
              "");
    for (int item = 0; item < items; ++item) put(name(item), "old");
  }
  static std::string name(int item) { return "item-" + std::to_string(item); }
  void put(const std::string& p, const std::string& g) {
    const Json request{{"TableName", "Large"}, {"Item", {{"p", {{"S", p}}}, {"g", {{"S", g}}}}}};
    ASSERT_EQ(api.call("PutItem", request.dump()).error(), "");
  }
  void erase(const std::string& p) {
    const Json request{{"TableName", "Large"}, {"Key", {{"p", {{"S", p}}}}}};
    ASSERT_EQ(api.call("DeleteItem", request.dump()).error(), "");
  }
  ApiFixture::Answer add_index(const std::string& index = "ByG") {
    return api.call("UpdateTable", R"({"TableName":"Large",
      "AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],
      "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":")" +
                                       index + R"(","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"ALL"}}}]})");
  }
  Json index() {
    return api.call("DescribeTable", R"({"TableName":"Large"})").json().at("Table").at("GlobalSecondaryIndexes")[0];
  }
  ApiFixture::Answer query(const std::string& g) {
    const Json request{{"TableName", "Large"},
                       {"IndexName", "ByG"},
                       {"KeyConditionExpression", "g = :g"},
                       {"ExpressionAttributeValues", {{":g", {{"S", g}}}}}};
    return api.call("Query", request.dump());
  }
  /// The names of the items with `g` in the index.
  std::set<std::string> names_with(const std::string& g) {
    std::set<std::string> names;
    const Json answer = query(g).json();
    for (const auto& item : answer.at("Items")) names.insert(item.at("p").at("S").get<std::string>());
    return names;
  }
  ApiFixture api;
};

TEST_F(IndexBackfillTest, ASmallTableHasItsIndexAtOnce) {
  create(500);
  EXPECT_EQ(add_index().error(), "");
  EXPECT_EQ(index().at("IndexStatus"), "ACTIVE");
  EXPECT_EQ(names_with("old").size(), 500U);
}

TEST_F(IndexBackfillTest, ALargeOneIsFilledInPortionsAndTellsSo) {
  create(501);
  const auto answer = add_index();
  ASSERT_EQ(answer.error(), "");
  EXPECT_EQ(answer.json().at("TableDescription").at("GlobalSecondaryIndexes")[0].at("Backfilling"), true);
  EXPECT_EQ(index().at("IndexStatus"), "CREATING");
  EXPECT_EQ(index().at("Backfilling"), true);
  EXPECT_EQ(query("old").error(), "ValidationException: Cannot read from backfilling global secondary index: ByG");
  EXPECT_EQ(add_index("Another").error(),
            "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table");
  int steps = 0;
  while (index().at("IndexStatus") != "ACTIVE") {
    ASSERT_TRUE(api.run_job_step());
    if (++steps == 2) api.reload();  // as after a restart
  }
  EXPECT_GE(steps, 4);
  EXPECT_FALSE(index().contains("Backfilling"));
  EXPECT_EQ(index().at("ItemCount"), 501);
  EXPECT_EQ(names_with("old").size(), 501U);
}

TEST_F(IndexBackfillTest, AStepFillsAsManyEntriesOfALargeTableAsOfASmallerOne) {
  for (const int items : {1500, 6000}) {
    SCOPED_TRACE(items);
    create(items);
    ASSERT_EQ(add_index().error(), "");
    EXPECT_EQ(index().at("ItemCount"), 0) << "nothing within the request";
    while (index().at("ItemCount") == 0) ASSERT_TRUE(api.run_job_step());
    EXPECT_EQ(index().at("ItemCount"), 128);
    EXPECT_EQ(api.call("DeleteTable", R"({"TableName":"Large"})").error(), "");
    api.run_jobs();
  }
}

TEST_F(IndexBackfillTest, WritesInTheMiddleAreRightOnBothSidesOfTheMark) {
  constexpr int kItems = 1200;
  create(kItems);
  ASSERT_EQ(add_index().error(), "");
  // Keys are hashed, so changes fall before and behind the mark.
  int changed = 0;
  while (api.run_job_step()) {
    for (int round = 0; round < 15; ++round, ++changed) {
      put(name(3 * changed), "new");
      erase(name(3 * changed + 1));
      put("late-" + std::to_string(changed), "old");
    }
  }
  ASSERT_GE(changed, 100);
  std::set<std::string> old_names;
  std::set<std::string> new_names;
  for (int item = 0; item < kItems; ++item) {
    if (item >= 3 * changed || item % 3 == 2) old_names.insert(name(item));
  }
  for (int change = 0; change < changed; ++change) {
    old_names.insert("late-" + std::to_string(change));
    new_names.insert(name(3 * change));
  }
  EXPECT_EQ(names_with("old"), old_names);
  EXPECT_EQ(names_with("new"), new_names);
  EXPECT_EQ(index().at("ItemCount"), old_names.size() + new_names.size());
}

TEST_F(IndexBackfillTest, DeletingTheIndexOrTheTableEndsIt) {
  create(1001);
  ASSERT_EQ(add_index().error(), "");
  ASSERT_TRUE(api.run_job_step());
  const auto* const drop = R"({"TableName":"Large","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"ByG"}}]})";
  EXPECT_EQ(api.call("UpdateTable", drop).error(), "");
  api.run_jobs();
  ASSERT_EQ(add_index().error(), "");
  ASSERT_TRUE(api.run_job_step());
  EXPECT_EQ(api.call("DeleteTable", R"({"TableName":"Large"})").error(), "");
  api.run_jobs();
  EXPECT_FALSE(api.storage().has_reclaimable());
  EXPECT_EQ(api.services().tables.find_backfilling(), nullptr);
}

}  // namespace
}  // namespace millrace::jobs
