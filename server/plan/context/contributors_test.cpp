#include "server/plan/context/contributors.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/plan/plan_fixture.hpp"

namespace millrace::plan {
namespace {

using Rule = Contributors::Rule;

class ContributorsTest : public ::testing::Test {
 protected:
  ContributorsTest() {
    table_.id = "id";
    table_.key_schema = {{{"p", model::AttributeType::kS}}, {{"s", model::AttributeType::kN}}};
    table_.indexes.push_back({.name = "ByG",
                              .kind = model::IndexKind::kGlobal,
                              .key_schema = {{{"g", model::AttributeType::kS}}, {}},
                              .projection = {},
                              .throughput = {}});
    table_.settings.contributor_insights[""] = {.enabled = true};
  }

  static model::Item item(const std::string& partition, int sort) {
    return item_of({{"p", s(partition)}, {"s", n(std::to_string(sort))}, {"g", s("G")}});
  }
  [[nodiscard]] std::string top(Rule rule, std::string_view index = "", std::size_t limit = 10) const {
    std::string text;
    for (const auto& [json, count] : contributors_.top(table_, index, rule, limit)) {
      text.append(json).append("=").append(std::to_string(static_cast<int>(count))).append(" ");
    }
    return text;
  }

  model::TableDefinition table_;
  Contributors contributors_;
};

TEST_F(ContributorsTest, TheKeysWithMostUnitsComeFirst) {
  contributors_.consumed(table_, nullptr, item("a", 1), 2);
  contributors_.consumed(table_, nullptr, item("b", 1), 5);
  contributors_.consumed(table_, nullptr, item("a", 2), 4);
  EXPECT_EQ(top(Rule::kPartitionKeyConsumed), R"({"p":{"S":"a"}}=6 {"p":{"S":"b"}}=5 )");
  EXPECT_EQ(top(Rule::kSortKeyConsumed, "", 1), R"({"p":{"S":"b"},"s":{"N":"1"}}=5 )");
  EXPECT_EQ(top(Rule::kPartitionKeyThrottled), "");
}

TEST_F(ContributorsTest, APartitionKeyAloneIsNoKeyOfAnItem) {
  contributors_.consumed(table_, nullptr, item_of({{"p", s("a")}}), 2);
  EXPECT_EQ(top(Rule::kPartitionKeyConsumed), R"({"p":{"S":"a"}}=2 )");
  EXPECT_EQ(top(Rule::kSortKeyConsumed), "");
}

TEST_F(ContributorsTest, ThrottlesAreCountedByThemselves) {
  contributors_.throttled(table_, nullptr, item("a", 1));
  contributors_.throttled(table_, nullptr, item("a", 1));
  EXPECT_EQ(top(Rule::kPartitionKeyThrottled), R"({"p":{"S":"a"}}=2 )");
  EXPECT_EQ(top(Rule::kSortKeyThrottled), R"({"p":{"S":"a"},"s":{"N":"1"}}=2 )");
  EXPECT_EQ(top(Rule::kPartitionKeyConsumed), "");
}

TEST_F(ContributorsTest, NothingIsCountedThatIsNotAskedFor) {
  table_.settings.contributor_insights[""].mode = model::ContributorInsightsMode::kThrottledKeys;
  contributors_.consumed(table_, nullptr, item("a", 1), 2);
  EXPECT_EQ(top(Rule::kPartitionKeyConsumed), "");
  contributors_.consumed(table_, &table_.indexes[0], item("a", 1), 2);
  EXPECT_EQ(top(Rule::kPartitionKeyConsumed, "ByG"), "");
  table_.settings.contributor_insights["ByG"] = {.enabled = true};
  contributors_.consumed(table_, &table_.indexes[0], item("a", 1), 2);
  EXPECT_EQ(top(Rule::kPartitionKeyConsumed, "ByG"), R"({"g":{"S":"G"}}=2 )");
  table_.settings.contributor_insights["ByG"].enabled = false;
  contributors_.consumed(table_, &table_.indexes[0], item("a", 1), 2);
  EXPECT_EQ(top(Rule::kPartitionKeyConsumed, "ByG"), R"({"g":{"S":"G"}}=2 )");
}

TEST_F(ContributorsTest, TheFirstAreNeverMissingHoweverManyKeysThereAre) {
  for (int round = 0; round < 20; ++round) {
    for (int number = 0; number < 500; ++number) {
      contributors_.consumed(table_, nullptr, item("rare" + std::to_string(round * 500 + number), 1), 1);
    }
    for (int again = 0; again < 100; ++again) contributors_.consumed(table_, nullptr, item("often", 1), 1);
  }
  const auto keys = contributors_.top(table_, "", Rule::kPartitionKeyConsumed, Contributors::kMostKeys);
  ASSERT_EQ(keys.size(), Contributors::kMostKeys);
  EXPECT_EQ(keys[0].json, R"({"p":{"S":"often"}})");
  EXPECT_GE(keys[0].count, 2000);
  EXPECT_LE(keys[0].count, 2000 + 10'000 / static_cast<double>(Contributors::kMostKeys));
}

}  // namespace
}  // namespace millrace::plan
