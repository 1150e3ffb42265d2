// Which item a statement is about, which rows it reads, and what remains to be asked of them (API reference, 3.14).
#include "server/partiql/lowering.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/expression/syntax/test_values.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/partiql/syntax/parser.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::partiql {
namespace {

using namespace expression::testing;

const model::KeySchema kSchema{{{"p", model::AttributeType::kS}}, {{"r", model::AttributeType::kN}}};

plan::ReadTarget target() {
  auto entry = std::make_shared<catalog::TableEntry>();
  entry->definition.key_schema = kSchema;
  return {std::move(entry)};
}

BoundStatement bound_statement(std::string_view text) { return *bind(*parse_statement(text), {}); }

Result<std::shared_ptr<const plan::ItemWrite>> write_of(std::string_view text) {
  return lower(std::get<BoundWrite>(bound_statement(text)), kSchema);
}
Result<Selection> selection_of(std::string_view text) {
  return lower(std::get<BoundSelect>(bound_statement(text)), target());
}

const std::string kNoKey = "Where clause does not contain a mandatory equality on all key attributes";

TEST(StatementLowering, WritesNeedTheWholeKey) {
  for (const auto* where : {"", " WHERE p = 'a'", " WHERE r = 1", " WHERE p = 'a' AND r > 1", " WHERE p = 'a' OR r = 1",
                            " WHERE NOT (p = 'a' AND r = 1)", " WHERE p = 'a' AND r IN (1)", " WHERE p = 'a' AND r = q",
                            " WHERE p.x = 'a' AND r = 1", " WHERE p = 'a' AND size(r) = 1"}) {
    EXPECT_EQ(error_of(write_of(std::string{"DELETE FROM t"} + where)), kNoKey) << where;
    EXPECT_EQ(error_of(write_of(std::string{"UPDATE t SET x = 1"} + where)), kNoKey) << where;
  }
}

TEST(StatementLowering, FindsTheKeyAndKeepsTheRest) {
  const auto write = write_of("UPDATE t SET x = 1 WHERE (q = 1 AND 1 = r) AND p = 'a' AND p > 'A'");
  ASSERT_TRUE(write.has_value());
  EXPECT_EQ(json::to_json((*write)->item()), R"({"p":{"S":"a"},"r":{"N":"1"}})");
  const auto& condition = *(*write)->condition;
  const auto holds = [&](const model::Item& stored) { return expression::evaluate(condition, &stored); };
  EXPECT_TRUE(holds(item({{"p", s("a")}, {"r", n("1")}, {"q", n("1")}})));
  EXPECT_FALSE(holds(item({{"p", s("a")}, {"r", n("1")}, {"q", n("2")}})));
  EXPECT_FALSE(expression::evaluate(condition, nullptr)) << "an UPDATE never makes an item";
}

TEST(StatementLowering, DeletesWhatIsNotThere) {
  EXPECT_FALSE((*write_of("DELETE FROM t WHERE p = 'a' AND r = 1"))->condition);
  const auto write = write_of("DELETE FROM t WHERE p = 'a' AND r = 1 AND q = 1");
  const auto& condition = *(*write)->condition;
  EXPECT_TRUE(expression::evaluate(condition, nullptr));
  const auto other = item({{"p", s("a")}, {"r", n("1")}});
  EXPECT_FALSE(expression::evaluate(condition, &other));
}

TEST(StatementLowering, OfAKeyTwiceTheFirstIsMeant) {
  const auto write = write_of("DELETE FROM t WHERE p = 'a' AND r = 1 AND r = 2");
  EXPECT_EQ(json::to_json((*write)->item()), R"({"p":{"S":"a"},"r":{"N":"1"}})");
  const auto stored = item({{"p", s("a")}, {"r", n("1")}});
  EXPECT_FALSE(expression::evaluate(*(*write)->condition, &stored));
}

TEST(StatementLowering, ReadsPartitionsOrEverything) {
  struct Case {
    std::string where;
    std::size_t ranges;
    bool scans;
    bool is_one_item;
    bool filters;
  };
  const Case cases[] = {
      {"", 1, true, false, false},
      {" WHERE q = 1", 1, true, false, true},
      {" WHERE p > 'a'", 1, true, false, true},
      {" WHERE p = 'a' OR p = 'b'", 1, true, false, true},
      {" WHERE r = 1", 1, true, false, true},
      {" WHERE p = 'a'", 1, false, false, false},
      {" WHERE p = 'a' AND q = 1", 1, false, false, true},
      {" WHERE p = 'a' AND r > 1", 1, false, false, false},
      {" WHERE p = 'a' AND r BETWEEN 1 AND 2 AND r <> 1", 1, false, false, true},
      {" WHERE p = 'a' AND r = 1", 1, false, true, false},
      {" WHERE r > 0 AND r = 1 AND p = 'a'", 1, false, true, true},
      {" WHERE p IN ('a', 'b', 'a')", 2, false, false, false},
      {" WHERE p IN ['a'] AND r = 1", 1, false, true, false},
      {" WHERE p IN ('a', q)", 1, true, false, true},
      {" WHERE NOT p IN ('a')", 1, true, false, true},
  };
  for (const auto& [where, ranges, scans, is_one_item, filters] : cases) {
    const auto selection = selection_of("SELECT * FROM t" + where);
    ASSERT_TRUE(selection.has_value()) << where;
    EXPECT_EQ(selection->ranges.size(), ranges) << where;
    EXPECT_EQ(selection->ranges.front().begin == storage::segment_range(0, 1).begin, scans) << where;
    EXPECT_EQ(selection->is_one_item, is_one_item) << where;
    EXPECT_EQ(selection->read.filter.has_value(), filters) << where;
  }
}

TEST(StatementLowering, RefusesWhatNoKeyMayBe) {
  const std::string mismatch =
      "One or more parameter values were invalid: Condition parameter type does not match schema type";
  EXPECT_EQ(error_of(selection_of("SELECT * FROM t WHERE p = 1")), mismatch);
  EXPECT_EQ(error_of(selection_of("SELECT * FROM t WHERE p IN ('a', 1)")), mismatch);
  EXPECT_EQ(error_of(selection_of("SELECT * FROM t WHERE p = 'a' AND r > 'x'")), mismatch);
  std::string many = "SELECT * FROM t WHERE p IN ('0'";
  for (int value = 1; value <= 50; ++value) many += ", '" + std::to_string(value) + "'";
  EXPECT_EQ(error_of(selection_of(many + ")")),
            "The IN operator is provided with too many operands; number of operands: 51");
}

TEST(StatementLowering, Orders) {
  EXPECT_EQ(error_of(selection_of("SELECT * FROM t ORDER BY r")),
            "Must have WHERE clause in the statement when using ORDER BY clause.");
  EXPECT_EQ(error_of(selection_of("SELECT * FROM t WHERE r = 1 ORDER BY r")),
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
  EXPECT_EQ(error_of(selection_of("SELECT * FROM t WHERE p = 'a' ORDER BY q")),
            "Variable reference q in ORDER BY clause must be part of the primary key");
  EXPECT_EQ(error_of(selection_of("SELECT * FROM t WHERE p IN ('a', 'b') ORDER BY r")),
            "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.");
  const auto direction = [](std::string_view order) {
    return selection_of("SELECT * FROM t WHERE p = 'a' ORDER BY " + std::string{order})->read.direction;
  };
  EXPECT_EQ(direction("r"), storage::Direction::kAscending);
  EXPECT_EQ(direction("r DESC"), storage::Direction::kDescending);
  EXPECT_EQ(direction("p DESC"), storage::Direction::kAscending);
  EXPECT_EQ(direction("p, r DESC"), storage::Direction::kDescending);
  const auto up = selection_of("SELECT * FROM t WHERE p IN ('b', 'a') ORDER BY p");
  const auto down = selection_of("SELECT * FROM t WHERE p IN ('b', 'a') ORDER BY p DESC");
  EXPECT_EQ(up->ranges.front().begin, down->ranges.back().begin);
  EXPECT_EQ(up->ranges.front().begin, selection_of("SELECT * FROM t WHERE p = 'a'")->ranges.front().begin);
}

TEST(StatementLowering, FindsOneItem) {
  const auto found = [](std::string_view where) {
    return find_item(std::get<BoundSelect>(bound_statement("SELECT * FROM t" + std::string{where})), kSchema);
  };
  EXPECT_FALSE(found(""));
  EXPECT_FALSE(found(" WHERE p = 'a'"));
  EXPECT_FALSE(found(" WHERE p IN ('a') AND r = 1"));
  EXPECT_FALSE(found(" WHERE p = 'a' AND r = 1 AND q = 2")) << "it would have to be looked into";
  const auto one = found(" WHERE r = 1 AND p = 'a'");
  ASSERT_TRUE(one);
  EXPECT_EQ(json::to_json(*one), R"({"p":{"S":"a"},"r":{"N":"1"}})");
}

}  // namespace
}  // namespace millrace::partiql
