// Pages without a request: what is checked before, what is collected in the gate, what is left for afterwards.
#include "server/plan/page_read.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "server/plan/item_write.hpp"
#include "server/plan/plan_fixture.hpp"

namespace millrace::plan {
namespace {

using expression::ExpressionKind;
using model::AttributeType;

class PageReadTest : public PlanFixture {
 protected:
  PageReadTest() {
    const model::KeyAttribute p{"p", AttributeType::kS};
    const model::Projection keys_only{.type = model::ProjectionType::kKeysOnly, .non_key_attributes = {}};
    model::TableDefinition table;
    table.name = "Things";
    table.arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Things";
    table.key_schema = {{p}, {{"r", AttributeType::kN}}};
    table.keyspace = *storage_->create_keyspace();
    table.indexes = {index_of("ByX", model::IndexKind::kLocal, {{p}, {{"x", AttributeType::kN}}}, keys_only),
                     index_of("ByG", model::IndexKind::kGlobal, {{{"g", AttributeType::kS}}, {}}, keys_only)};
    table_ = *tables_.put(std::move(table));
    for (const auto* const row : {"1", "2", "3"}) put(row);
  }

  /// An item whose attribute x falls as its range key rises.
  void put(const std::string& r) {
    const auto x = std::to_string(10 - std::stoi(r));
    const auto write =
        ItemWrite::put(item_of({{"p", s("a")}, {"r", n(r)}, {"x", n(x)}, {"g", s("g")}, {"t", s("t" + r)}}));
    const auto prepared = prepare(reading(), table_, write);
    ASSERT_FALSE(prepared.has_error());
    ASSERT_FALSE(apply(writing(), *prepared).has_error());
  }

  ReadTarget target(std::optional<std::string_view> index = {}) {
    return *find_target(table_, index, Consistency::kEventual);
  }

  /// What the gate was needed for; the items are in items_.
  CollectedPage collect(const PageRead& read, ReadTarget from) {
    items_.clear();
    const auto prepared = prepare(reading(), std::move(from), {}, read);
    return *read_page(reading(), *prepared, items_);
  }
  Page finish(const PageRead& read, CollectedPage collected) {
    return finish_page(parser_, read, std::move(collected), items_);
  }

  catalog::TablePointer table_;
  std::string items_;
};

TEST_F(PageReadTest, RowsThatAreShownAsTheyAreLeaveNothingForAfterwards) {
  PageRead read;
  read.limit = 2;
  auto collected = collect(read, target());
  EXPECT_TRUE(collected.to_finish.text.empty());
  EXPECT_EQ(looks_of(read), 0U);
  const std::string rows = R"({"g":{"S":"g"},"p":{"S":"a"},"r":{"N":"1"},"t":{"S":"t1"},"x":{"N":"9"}},)"
                           R"({"g":{"S":"g"},"p":{"S":"a"},"r":{"N":"2"},"t":{"S":"t2"},"x":{"N":"8"}})";
  EXPECT_EQ(items_, "[" + rows);
  const auto page = finish(read, std::move(collected));
  EXPECT_EQ(items_, "[" + rows + "]");
  EXPECT_EQ(page.count, 2U);
  EXPECT_EQ(page.last_evaluated_key, R"({"p":{"S":"a"},"r":{"N":"2"}})");
}

TEST_F(PageReadTest, ThePageEndsBehindTheRowThatWasEvaluatedLast) {
  PageRead read;
  read.limit = 2;
  read.filter = condition_of("t <> r AND attribute_not_exists(nothing) AND begins_with(t, g)", ExpressionKind::kFilter);
  auto collected = collect(read, target());
  EXPECT_EQ(items_, "[");
  EXPECT_EQ(collected.to_finish.ends.size(), 2U);
  EXPECT_TRUE(collected.end_json.empty()) << "it is among the rows that are read for the filter";
  const auto page = finish(read, std::move(collected));
  EXPECT_EQ(items_, "[]");
  EXPECT_EQ(page.count, 0U);
  EXPECT_EQ(page.scanned_count, 2U);
  EXPECT_EQ(page.last_evaluated_key, R"({"p":{"S":"a"},"r":{"N":"2"}})");
}

TEST_F(PageReadTest, APageThatReachesTheEndHasNoPosition) {
  PageRead read;
  read.filter = condition_of("attribute_exists(t)", ExpressionKind::kFilter);
  const auto page = finish(read, collect(read, target()));
  EXPECT_EQ(page.count, 3U);
  EXPECT_EQ(page.last_evaluated_key, "");
}

TEST_F(PageReadTest, ALocalIndexReadsItemsForWhatItsEntriesLack) {
  PageRead read;
  read.whole_items = true;
  read.limit = 1;
  const auto page = finish(read, collect(read, target("ByX")));
  EXPECT_EQ(items_, R"([{"g":{"S":"g"},"p":{"S":"a"},"r":{"N":"3"},"t":{"S":"t3"},"x":{"N":"7"}}])");
  EXPECT_EQ(page.last_evaluated_key, R"({"p":{"S":"a"},"r":{"N":"3"},"x":{"N":"7"}})");
  EXPECT_EQ(page.capacity.table_units, 0.5);
}

TEST_F(PageReadTest, AGlobalIndexRefusesWhatItsEntriesLack) {
  PageRead read;
  read.filter = condition_of("attribute_exists(t)", ExpressionKind::kFilter);
  const auto prepared = prepare(reading(), target("ByG"), {}, read);
  ASSERT_TRUE(prepared.has_error());
  EXPECT_EQ(prepared.error().message,
            "One or more parameter values were invalid: Global secondary index ByG does not project [t]");
}

TEST_F(PageReadTest, WhatIsOnlyCountedIsNotWritten) {
  PageRead read;
  read.shows_items = false;
  read.limit = 3;
  const auto page = finish(read, collect(read, target()));
  EXPECT_EQ(items_, "");
  EXPECT_EQ(page.count, 3U);
  EXPECT_EQ(page.last_evaluated_key, R"({"p":{"S":"a"},"r":{"N":"3"}})");
}

}  // namespace
}  // namespace millrace::plan
