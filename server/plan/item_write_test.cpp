// The two halves of a write, without a request: what prepare() refuses has changed nothing, what it lets through is
// applied as it was prepared.
#include "server/plan/item_write.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/base/random.hpp"
#include "server/base/timer_service.hpp"
#include "server/expression/parser.hpp"
#include "server/storage/group_commit.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::plan {
namespace {

using Kind = ItemWrite::Kind;
using model::AttributeType;
using model::AttributeValue;
using model::Item;

// The rules that the types keep.
static_assert(!std::is_copy_constructible_v<PreparedWrite> && std::is_nothrow_move_constructible_v<PreparedWrite>);
static_assert(!std::is_default_constructible_v<PreparedWrite>, "only prepare() makes one");
static_assert(!std::is_convertible_v<storage::StorageReader&, storage::Storage&>, "who prepares cannot write");

AttributeValue s(std::string text) { return {std::move(text)}; }
AttributeValue n(std::string_view digits) { return {*model::Number::parse(digits)}; }

Item item_of(std::initializer_list<std::pair<std::string, AttributeValue>> attributes) {
  Item item;
  for (const auto& [name, value] : attributes) item.set(name, value);
  return item;
}

class ItemWriteTest : public ::testing::Test {
 protected:
  ItemWriteTest() {
    EXPECT_FALSE(storage_->begin().has_error());
    model::TableDefinition table;
    table.name = "Things";
    table.key_schema = {{{"p", AttributeType::kS}}, {}};
    table.keyspace = *storage_->create_keyspace();
    table.indexes = {{.name = "ByG",
                      .kind = model::IndexKind::kGlobal,
                      .key_schema = {{{"g", AttributeType::kS}}, {}},
                      .projection = {.type = model::ProjectionType::kAll, .non_key_attributes = {}},
                      .throughput = {},
                      .keyspace = *storage_->create_keyspace()}};
    table_ = *tables_.put(std::move(table));
  }

  static ItemWrite put(Item item) {
    ItemWrite write;
    write.item_size = model::size_of(item);
    write.item = std::move(item);
    return write;
  }
  static ItemWrite about(Kind kind, std::string key) {
    ItemWrite write;
    write.kind = kind;
    write.item = item_of({{"p", s(std::move(key))}});
    return write;
  }
  static expression::ResolvedCondition condition(std::string_view text) {
    auto ast = expression::parse_condition(expression::ExpressionKind::kCondition, text);
    expression::Placeholders none;
    return *expression::resolve_condition(std::make_shared<const expression::ConditionAst>(*std::move(ast)), none);
  }
  static expression::ResolvedUpdate update(std::string_view text, model::AttributeMap values) {
    auto ast = expression::parse_update(text);
    expression::Placeholders placeholders{std::nullopt, std::move(values)};
    return *expression::resolve_update(std::make_shared<const expression::UpdateAst>(*std::move(ast)), placeholders);
  }

  Result<PreparedWrite> prepare_write(const ItemWrite& write) {
    return prepare(ReadContext{*storage_, parser_}, table_, write);
  }
  StorageResult<ConsumedCapacity> apply_write(const PreparedWrite& prepared) {
    return apply(WriteContext{*storage_, stream_writer_, time_, parser_}, prepared);
  }
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

  std::unique_ptr<storage::Storage> storage_{*storage::sqlite::SqliteStorage::open({})};
  storage::GroupCommit gate_{*storage_, [] {}};
  Random random_{1};
  base::VirtualTime time_{TimePoint{}};
  streams::StreamCatalog streams_{*storage_, random_, model::Account{}};
  streams::StreamWriter stream_writer_{gate_, random_};
  catalog::TableCatalog tables_{*storage_, streams_, {}};
  catalog::TablePointer table_;
  json::Parser parser_;
};

TEST_F(ItemWriteTest, PreparingWritesNothing) {
  make(put(item_of({{"p", s("a")}, {"g", s("x")}})));
  const auto before = rows();
  const auto replacing = put(item_of({{"p", s("a")}, {"g", s("y")}}));
  const auto removing = about(Kind::kDelete, "a");
  const auto prepared_put = prepare_write(replacing);
  const auto prepared_delete = prepare_write(removing);
  ASSERT_FALSE(prepared_put.has_error() || prepared_delete.has_error());
  EXPECT_EQ(rows(), before);
  ASSERT_FALSE(apply_write(*prepared_put).has_error());
  EXPECT_EQ(rows(), (std::vector<std::string>{R"({"g":{"S":"y"},"p":{"S":"a"}})", R"({"g":{"S":"y"},"p":{"S":"a"}})"}));
}

TEST_F(ItemWriteTest, AConditionCheckChangesNothingAndCostsAWrite) {
  make(put(item_of({{"p", s("a")}, {"big", s(std::string(1500, 'x'))}})));
  const auto before = rows();
  auto check = about(Kind::kConditionCheck, "a");
  check.condition = condition("attribute_exists(big)");
  const auto prepared = prepare_write(check);
  ASSERT_FALSE(prepared.has_error());
  ASSERT_NE(prepared->after(), nullptr);
  const auto applied = apply_write(*prepared);
  ASSERT_FALSE(applied.has_error());
  EXPECT_EQ(applied->table_units, 2.0);
  EXPECT_EQ(rows(), before);

  check.condition = condition("attribute_not_exists(big)");
  check.failure_shows_item = true;
  const auto refused = prepare_write(check);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, ErrorKind::kConditionalCheckFailed);
  EXPECT_TRUE(refused.error().members.starts_with(R"("Item":{"big")"));
}

TEST_F(ItemWriteTest, AnUpdateIsRefusedBeforeItWrites) {
  make(put(item_of({{"p", s("a")}, {"t", s("text")}})));
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
  make(put(item_of({{"p", s("a")}, {"x", n("1")}})));
  auto removal = about(Kind::kDelete, "a");
  removal.condition = condition("attribute_exists(nothing)");  // does not hold, whatever was judged
  Judgement judgement{R"({"p":{"S":"a"},"x":{"N":"1"}})", true};
  const ReadContext context{*storage_, parser_, &judgement};
  EXPECT_FALSE(prepare(context, table_, removal).has_error());
  judgement.row_json = R"({"p":{"S":"a"},"x":{"N":"2"}})";
  EXPECT_TRUE(prepare(context, table_, removal).has_error());
}

TEST_F(ItemWriteTest, WritesCanBeKeptInAList) {
  const std::vector<ItemWrite> writes{put(item_of({{"p", s("a")}})), put(item_of({{"p", s("b")}, {"g", s("x")}}))};
  std::vector<PreparedWrite> prepared;
  for (const auto& write : writes) prepared.push_back(*prepare_write(write));
  for (const auto& write : prepared) ASSERT_FALSE(apply_write(write).has_error());
  EXPECT_EQ(rows().size(), 3U);
}

}  // namespace
}  // namespace millrace::plan
