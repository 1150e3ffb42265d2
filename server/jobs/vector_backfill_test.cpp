// A new vector index over a large table: allocated, then filled in portions while the table is used.
#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"
#include "server/jobs/index_backfill.hpp"

namespace millrace::jobs {
namespace {

using api::ApiFixture;
using Json = nlohmann::json;

class VectorBackfillTest : public ::testing::Test {
 protected:
  void create(int items) {
    ASSERT_EQ(api.call("CreateTable", R"({"TableName":"Large","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})")
                  .error(),
              "");
    for (int item = 0; item < items; ++item) put("item-" + std::to_string(item), 1);
    api.run_jobs();  // what a new database reclaims is done
  }
  void put(const std::string& p, int value) {
    const Json request{{"TableName", "Large"},
                       {"Item", {{"p", {{"S", p}}}, {"v", {{"L", {{{"N", std::to_string(value)}}}}}}}}};
    ASSERT_EQ(api.call("PutItem", request.dump()).error(), "");
  }
  void erase(const std::string& p) {
    const Json request{{"TableName", "Large"}, {"Key", {{"p", {{"S", p}}}}}};
    ASSERT_EQ(api.call("DeleteItem", request.dump()).error(), "");
  }
  std::string update(const Json& action) {
    const Json request{{"TableName", "Large"}, {"VectorIndexUpdates", Json::array({action})}};
    return api.call("UpdateTable", request.dump()).error();
  }
  std::string add(const std::string& name = "near") {
    return update({{"Create",
                    {{"IndexName", name},
                     {"VectorAttribute", {{"AttributeName", "v"}}},
                     {"Dimensions", 1},
                     {"DistanceFunction", "EUCLIDEAN"},
                     {"Projection", {{"ProjectionType", "ALL"}}}}}});
  }
  std::string drop() { return update({{"Delete", {{"IndexName", "near"}}}}); }
  Json table() { return api.call("DescribeTable", R"({"TableName":"Large"})").json().at("Table"); }
  Json index() { return table().at("VectorIndexes")[0]; }
  ApiFixture::Answer search() {
    return api.call("SearchVectors",
                    R"({"TableName":"Large","IndexName":"near","SearchVector":[{"N":"1"}],"TopK":100})");
  }
  ApiFixture api;
};

TEST_F(VectorBackfillTest, PassesThroughItsStates) {
  create(600);
  ASSERT_EQ(add(), "");
  EXPECT_EQ(table().at("TableStatus"), "UPDATING");
  EXPECT_EQ(index().at("IndexStatus"), "CREATING");
  EXPECT_EQ(index().at("Backfilling"), false);
  EXPECT_EQ(search().error(), "ValidationException: Cannot search backfilling vector index: near");
  EXPECT_EQ(add(),
            "ResourceInUseException: Attempt to change a resource which is still in use: Index is being created.  "
            "Table: Large Index: near");
  EXPECT_EQ(add("another"),
            "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table");
  EXPECT_EQ(drop(),
            "ResourceInUseException: Attempt to change a resource which is still in use: Index creation is in resource "
            "allocation phase. Retry deletion during backfilling phase or when the index is active. Table: Large "
            "Index: near");

  ASSERT_TRUE(api.run_job_step());
  EXPECT_EQ(table().at("TableStatus"), "ACTIVE");
  EXPECT_EQ(index().at("IndexStatus"), "CREATING");
  EXPECT_EQ(index().at("Backfilling"), true);
  EXPECT_EQ(add(),
            "ResourceInUseException: Attempt to change a resource which is still in use: Index is being created.  "
            "Table: Large Index: near");
  int steps = 0;
  while (index().at("IndexStatus") != "ACTIVE") {
    ASSERT_TRUE(api.run_job_step());
    if (++steps == 2) api.reload();  // as after a restart
  }
  EXPECT_GE(steps, 4);
  EXPECT_FALSE(index().contains("Backfilling"));
  EXPECT_EQ(index().at("ItemCount"), 600);
  EXPECT_EQ(search().json().at("SearchResults").size(), 100U);
}

TEST_F(VectorBackfillTest, MayBeDeletedWhileItIsFilled) {
  create(600);
  ASSERT_EQ(add(), "");
  ASSERT_TRUE(api.run_job_step());
  ASSERT_TRUE(api.run_job_step());
  EXPECT_EQ(drop(), "");
  EXPECT_FALSE(table().contains("VectorIndexes"));
  api.run_jobs();
  EXPECT_FALSE(api.storage().has_reclaimable());
  EXPECT_EQ(api.services().tables.find_backfilling(), nullptr);
}

TEST_F(VectorBackfillTest, WritesInTheMiddleAreRightOnBothSidesOfTheMark) {
  constexpr int kItems = 1000;
  create(kItems);
  ASSERT_EQ(add(), "");
  // Keys are hashed, so changes fall before and behind the mark.
  int changed = 0;
  while (api.run_job_step()) {
    for (int round = 0; round < 15; ++round, ++changed) {
      put("item-" + std::to_string(3 * changed), 7);
      erase("item-" + std::to_string(3 * changed + 1));
      put("late-" + std::to_string(changed), 1);
    }
  }
  ASSERT_GE(changed, 90);
  EXPECT_EQ(index().at("ItemCount"), kItems);
  const Json far =
      api.call("SearchVectors", R"({"TableName":"Large","IndexName":"near","SearchVector":[{"N":"7"}],"TopK":100})")
          .json()
          .at("SearchResults");
  int moved = 0;
  for (const auto& result : far) moved += result.at("Score") == 0.0 ? 1 : 0;
  EXPECT_EQ(moved, std::min(changed, 100));
}

}  // namespace
}  // namespace millrace::jobs
