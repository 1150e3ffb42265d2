#include "server/catalog/table_catalog.hpp"

#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

class TableCatalogTest : public ::testing::Test {
 protected:
  void create(const std::string& name) {
    ASSERT_EQ(api.call("CreateTable", R"({"TableName":")" + name + R"(","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
      "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}})")
                  .error(),
              "");
  }
  catalog::WorldTables tables() { return api.services().tables.of(api.caller); }
  ApiFixture api;
};

TEST_F(TableCatalogTest, SnapshotsOutliveTheirTable) {
  create("First");
  const auto snapshot = tables().find("First");
  api.call("DeleteTable", R"({"TableName":"First"})");
  EXPECT_EQ(tables().find("First"), nullptr);
  EXPECT_EQ(snapshot->definition.name, "First");
}

TEST_F(TableCatalogTest, LoadRestoresTablesWithTheirStreams) {
  create("First");
  const auto before = tables().find("First");
  api.reload();
  const auto after = tables().find("First");
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(after->definition, before->definition);
  ASSERT_NE(after->stream, nullptr);
  EXPECT_EQ(after->stream->arn, after->definition.latest_stream_arn);
}

TEST_F(TableCatalogTest, PagesNamesByBytes) {
  for (const auto* name : {"b-table", "A-table", "a-table"}) create(name);
  const auto tables = this->tables();
  EXPECT_EQ(tables.names_after("", 2), (std::vector<std::string>{"A-table", "a-table"}));
  EXPECT_EQ(tables.names_after("a-table", 5), (std::vector<std::string>{"b-table"}));
  EXPECT_EQ(tables.names_after("aa", 0), (std::vector<std::string>{}));
  EXPECT_EQ(api.call("ListTables", R"({"Limit":2,"ExclusiveStartTableName":"A-tabld"})").body,
            R"({"TableNames":["A-table","a-table"],"LastEvaluatedTableName":"a-table"})");
}

TEST_F(TableCatalogTest, EveryAccountHasTablesOfItsOwnInEveryRegion) {
  const model::Caller home = api.caller;
  const model::Caller other_region{.account = {"eu-west-1", home.account.id}};
  const model::Caller other_account{.account = {home.account.region, "123456789012"}};
  create("First");
  create("Second");
  api.caller = other_region;
  create("First");
  const auto& all = api.services().tables;
  for (int loads = 0; loads < 2; ++loads) {
    EXPECT_EQ(all.of(other_region).names_after("", 9), std::vector<std::string>{"First"});
    EXPECT_EQ(all.of(home).names_after("", 9), (std::vector<std::string>{"First", "Second"}));
    EXPECT_TRUE(all.of(other_account).names_after("", 9).empty());
    EXPECT_EQ(all.of(other_account).find("First"), nullptr);
    EXPECT_EQ(all.of(other_region).find("First")->definition.arn,
              "arn:aws:dynamodb:eu-west-1:000000000000:table/First");
    EXPECT_NE(all.of(home).find("First")->definition.keyspace, all.of(other_region).find("First")->definition.keyspace);
    EXPECT_EQ(all.count_elsewhere(home), 1U);
    api.reload();
  }
  api.call("DeleteTable", R"({"TableName":"First"})");
  EXPECT_EQ(all.of(other_region).find("First"), nullptr);
  EXPECT_NE(all.of(home).find("First"), nullptr);
  api.reload();
  EXPECT_EQ(all.of(other_region).find("First"), nullptr);
  EXPECT_NE(all.of(home).find("First"), nullptr);
}

TEST_F(TableCatalogTest, ErrorsAreThoseOfItemsAndOfTables) {
  const auto tables = this->tables();
  EXPECT_EQ(tables.require(model::TableReference{"None"}).error(), base::resource_not_found());
  EXPECT_EQ(tables.require_named(model::TableReference{"None"}).error(), base::table_not_found("None"));
}

}  // namespace
}  // namespace millrace::api
