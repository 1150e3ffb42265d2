#include "server/members/member_table.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/json/document.hpp"

namespace millrace::members {
namespace {

constexpr std::array<std::string_view, 2> kSorts{"SWEET", "SOUR"};

struct Apple {
  std::optional<std::string_view> sort;
  std::optional<std::int64_t> weight;
};
constexpr MemberTable kApple{
    "Apple",
    row(&Apple::sort, {.name = "Sort", .presence = Presence::kRequired, .values = kSorts}),
    long_row(&Apple::weight, {.name = "Weight", .bounds = {1, 900}}),
};

struct Basket {
  std::optional<std::string_view> name;
  std::optional<std::vector<Apple>> apples;
  std::optional<Apple> best;
  std::optional<std::vector<std::string>> labels;
  std::optional<bool> sealed;
};
constexpr MemberTable kBasket{
    "Basket",
    row(&Basket::name, {.name = "Name", .presence = Presence::kRequired, .bounds = {2, 4}, .order = 1}),
    rows_of<kApple>(&Basket::apples, {.name = "Apples", .bounds = {1, 2}}),
    row_of<kApple>(&Basket::best, {.name = "Best", .order = 2}),
    row(&Basket::labels, {.name = "Labels", .bounds = {1, 2}, .elements = {1, 3}, .order = 1}),
    row(&Basket::sealed, {.name = "Sealed"}),
    unread_row("Colour"),
};

Result<Basket> read_basket(json::Parser& parser, std::string_view text) {
  const auto body = parser.parse_copy(text);
  EXPECT_TRUE(body.has_value());
  return read<Basket>(*body, kBasket);
}

std::string type_error(std::string_view text) {
  json::Parser parser;
  const auto basket = read_basket(parser, text);
  return basket.has_error() ? basket.error().message : "";
}

std::string violations(std::string_view text) {
  json::Parser parser;
  const auto basket = read_basket(parser, text);
  EXPECT_TRUE(basket.has_value());
  validation::Constraints constraints;
  check(constraints, kBasket, *basket);
  const auto finished = constraints.finish();
  return finished.has_error() ? finished.error().message : "";
}

TEST(MemberTable, ReadsWhatItsRowsAreBoundTo) {
  json::Parser parser;
  const auto basket = read_basket(
      parser, R"({"Name":"one","Apples":[{"Sort":"SOUR"},{"Weight":7}],"Labels":["a"],"Sealed":true,"Colour":[]})");
  ASSERT_TRUE(basket.has_value());
  EXPECT_EQ(basket->name, "one");
  ASSERT_EQ(basket->apples->size(), 2U);
  EXPECT_EQ((*basket->apples)[0].sort, "SOUR");
  EXPECT_EQ((*basket->apples)[1].weight, 7);
  EXPECT_FALSE(basket->best.has_value());
  EXPECT_EQ(basket->labels, std::vector<std::string>{"a"});
  EXPECT_EQ(basket->sealed, true);
}

TEST(MemberTable, TellsTheFirstRowOfAWrongType) {
  EXPECT_EQ(type_error(R"({"Sealed":1,"Best":[]})"),
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Apple");
  EXPECT_EQ(type_error(R"({"Apples":[{"Weight":"x"}]})"), "STRING_VALUE cannot be converted to Long");
  EXPECT_EQ(type_error(R"({"Apples":["x"],"Name":1})"), "NUMBER_VALUE cannot be converted to String");
}

TEST(MemberTable, TellsViolationsInTheirOrder) {
  EXPECT_EQ(
      violations(R"({"Name":"a","Labels":[],"Best":{},"Apples":[{"Sort":"SALT","Weight":0},{},{"Sort":"SOUR"}]})"),
      "7 validation errors detected: "
      "Value '[Apple(sort=SALT, weight=0), Apple(sort=null, weight=null), Apple(sort=SOUR, weight=null)]' at "
      "'apples' failed to satisfy constraint: Member must have length less than or equal to 2; "
      "Value 'SALT' at 'apples.1.member.sort' failed to satisfy constraint: Member must satisfy enum value set: "
      "[SWEET, SOUR]; "
      "Value '0' at 'apples.1.member.weight' failed to satisfy constraint: Member must have value greater than or "
      "equal to 1; "
      "Value null at 'apples.2.member.sort' failed to satisfy constraint: Member must not be null; "
      "Value 'a' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2; "
      "Value '[]' at 'labels' failed to satisfy constraint: Member must have length greater than or equal to 1; "
      "Value null at 'best.sort' failed to satisfy constraint: Member must not be null");
}

TEST(MemberTable, DescribesItself) {
  ASSERT_EQ(kBasket.members.size(), 6U);
  EXPECT_EQ(kBasket.members[1].shape->element->name, "Apple");
  EXPECT_EQ(kBasket.members[1].shape->element->members[1].shape, &kLong);
  EXPECT_EQ(kBasket.members[4].shape, &kBoolean);
  EXPECT_EQ(kBasket.members[5].name, "Colour");
  EXPECT_EQ(kBasket.members[5].shape, nullptr);
}

}  // namespace
}  // namespace millrace::members
