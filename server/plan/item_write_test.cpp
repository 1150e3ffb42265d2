// The two halves of a write, without a request: what prepare() refuses has changed nothing, what it lets through is
// applied as it was prepared.
#include "server/plan/item_write.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/expression/syntax/parser.hpp"
#include "server/plan/plan_fixture.hpp"

namespace millrace::plan {
namespace {

using Kind = ItemWrite::Kind;
using model::AttributeType;

// The rules that the types keep.
static_assert(!std::is_copy_constructible_v<PreparedWrite> && std::is_nothrow_move_constructible_v<PreparedWrite>);
static_assert(!std::is_default_constructible_v<PreparedWrite>, "only prepare() makes one");
static_assert(!std::is_convertible_v<storage::StorageReader&, storage::Storage&>, "who prepares cannot write");

class ItemWriteTest : public PlanFixture {
 protected:
  ItemWriteTest() {
    model::TableDefinition table;
    table.name = "Things";
    table.arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Things";
    table.key_schema = {{{"p", AttributeType::kS}}, {}};
    table.keyspace = *storage_->create_keyspace();
    table.indexes = {index_of("ByG", model::IndexKind::kGlobal, {{{"g", AttributeType::kS}}, {}},
                              {.type = model::ProjectionType::kAll, .non_key_attributes = {}})};
    table_ = *tables_.put(std::move(table));
  }

  static ItemWrite about(Kind kind, std::string key) {
    return ItemWrite::of_key(kind, item_of({{"p", s(std::move(key))}}));
  }
  static expression::ResolvedUpdate update(std::string_view text, model::AttributeMap values) {
    auto ast = expression::parse_update(text);
    expression::Placeholders placeholders{std::nullopt, std::move(values)};
    return *expression::resolve_update(std::make_shared<const expression::UpdateAst>(*std::move(ast)), placeholders);
  }

  Result<PreparedWrite> prepare_write(const ItemWrite& write) { return prepare(reading(), table_, write); }
  StorageResult<ConsumedCapacity> apply_write(const PreparedWrite& prepared) { return apply(writing(), prepared); }
  /// Both halves, as a request runs them.
  void make(const ItemWrite& write) {
    const auto prepared = prepare_write(write);
    ASSERT_FALSE(prepared.has_error()) << prepared.error().message;
    ASSERT_FALSE(apply_write(*prepared).has_error());
  }

  /// Every row of table and index.
  std::vector<std::string> rows() {
    std::vector<std::string> all;
    for (const auto keyspace : {table_->definition.keyspace, table_->definition.indexes.front().keyspace}) {
      EXPECT_FALSE(storage_
                       ->scan_rows(keyspace, {}, storage::Direction::kAscending,
                                   [&all](const storage::RowView& row) {
                                     all.emplace_back(row.item_json);
                                     return storage::Visit::kContinue;
                                   })
                       .has_error());
    }
    return all;
  }

  catalog::TablePointer table_;
};

TEST_F(ItemWriteTest, PreparingWritesNothing) {
  make(ItemWrite::put(item_of({{"p", s("a")}, {"g", s("x")}})));
  const auto before = rows();
  const auto replacing = ItemWrite::put(item_of({{"p", s("a")}, {"g", s("y")}}));
  const auto removing = about(Kind::kDelete, "a");
  const auto prepared_put = prepare_write(replacing);
  const auto prepared_delete = prepare_write(removing);
  ASSERT_FALSE(prepared_put.has_error() || prepared_delete.has_error());
  EXPECT_EQ(rows(), before);
  ASSERT_FALSE(apply_write(*prepared_put).has_error());
  EXPECT_EQ(rows(), (std::vector<std::string>{R"({"g":{"S":"y"},"p":{"S":"a"}})", R"({"g":{"S":"y"},"p":{"S":"a"}})"}));
}

TEST_F(ItemWriteTest, AConditionCheckChangesNothingAndCostsAWrite) {
  make(ItemWrite::put(item_of({{"p", s("a")}, {"big", s(std::string(1500, 'x'))}})));
  const auto before = rows();
  auto check = about(Kind::kConditionCheck, "a");
  check.condition = condition_of("attribute_exists(big)");
  const auto prepared = prepare_write(check);
  ASSERT_FALSE(prepared.has_error());
  ASSERT_NE(prepared->after(), nullptr);
  const auto applied = apply_write(*prepared);
  ASSERT_FALSE(applied.has_error());
  EXPECT_EQ(applied->table_units, 2.0);
  EXPECT_EQ(rows(), before);

  check.condition = condition_of("attribute_not_exists(big)");
  check.failure_shows_item = true;
  const auto refused = prepare_write(check);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, ErrorKind::kConditionalCheckFailed);
  EXPECT_TRUE(refused.error().members.starts_with(R"("Item":{"big")"));
}

TEST_F(ItemWriteTest, AnUpdateIsRefusedBeforeItWrites) {
  make(ItemWrite::put(item_of({{"p", s("a")}, {"t", s("text")}})));
  const auto before = rows();
  model::AttributeMap one;
  one.set(":v", n("1"));
  auto write = about(Kind::kUpdate, "a");
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"SET p = :v", "Cannot update attribute p. This attribute is part of the key"},
      {"SET g = :v", "Type mismatch for Index Key g Expected: S Actual: N IndexName: ByG"},
      {"SET x = t + :v", "An operand in the update expression has an incorrect data type"},
      {"SET x = nothing + :v", "The provided expression refers to an attribute that does not exist in the item"},
  };
  for (const auto& [text, error] : cases) {
    write.update = update(text, one);
    const auto refused = prepare_write(write);
    ASSERT_TRUE(refused.has_error()) << text;
    EXPECT_NE(refused.error().message.find(error), std::string::npos) << refused.error().message;
    EXPECT_EQ(rows(), before) << text;
  }
  write.update = update("SET x = :v", one);
  make(write);
  EXPECT_EQ(rows(), std::vector<std::string>{R"({"p":{"S":"a"},"t":{"S":"text"},"x":{"N":"1"}})"});
}

TEST_F(ItemWriteTest, AnUpdateThatOnlyRemovesMakesNoItem) {
  auto write = about(Kind::kUpdate, "a");
  write.update = update("REMOVE x", {});
  const auto prepared = prepare_write(write);
  ASSERT_FALSE(prepared.has_error());
  EXPECT_EQ(prepared->after(), nullptr);
  ASSERT_FALSE(apply_write(*prepared).has_error());
  EXPECT_TRUE(rows().empty());
}

TEST_F(ItemWriteTest, AJudgementHoldsForTheRowItWasMadeOf) {
  make(ItemWrite::put(item_of({{"p", s("a")}, {"x", n("1")}})));
  auto removal = about(Kind::kDelete, "a");
  removal.condition = condition_of("attribute_exists(nothing)");  // does not hold, whatever was judged
  const auto item = item_of({{"p", s("a")}, {"x", n("1")}});
  Judgement judgement{R"({"p":{"S":"a"},"x":{"N":"1"}})", item, true};
  const ReadContext context{*storage_, parser_, {&judgement, 1}};
  const auto prepared = prepare(context, table_, removal);
  ASSERT_FALSE(prepared.has_error());
  EXPECT_EQ(prepared->before().item, item) << "what was read for the judgement need not be read again";
  judgement.row_json = R"({"p":{"S":"a"},"x":{"N":"2"}})";
  EXPECT_TRUE(prepare(context, table_, removal).has_error());
}

TEST_F(ItemWriteTest, WritesCanBeKeptInAList) {
  const std::vector<ItemWrite> writes{ItemWrite::put(item_of({{"p", s("a")}})),
                                      ItemWrite::put(item_of({{"p", s("b")}, {"g", s("x")}}))};
  std::vector<PreparedWrite> prepared;
  for (const auto& write : writes) prepared.push_back(*prepare_write(write));
  for (const auto& write : prepared) ASSERT_FALSE(apply_write(write).has_error());
  EXPECT_EQ(rows().size(), 3U);
}

}  // namespace
}  // namespace millrace::plan
