#include "server/expression/search_condition.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

Result<std::vector<SearchTerm>> translate(std::string_view text) {
  TRY_ASSIGN(ConditionAst ast, parse_condition(ExpressionKind::kSearchCondition, text));
  model::AttributeMap values;
  values.set(":a", {std::string{"a"}});
  values.set(":b", {std::string{"b"}});
  Placeholders all{AttributeNames{{"#t", "tenant"}}, values};
  TRY_ASSIGN(const auto condition, resolve_condition(std::make_shared<const ConditionAst>(std::move(ast)), all));
  return translate_search_condition(condition);
}

TEST(SearchCondition, IsTakenApart) {
  const auto terms = translate("#t = :a AND (:b = color)");
  ASSERT_TRUE(terms.has_value()) << terms.error().message;
  ASSERT_EQ(terms->size(), 2U);
  EXPECT_EQ((*terms)[0].attribute, "tenant");
  EXPECT_EQ(*(*terms)[0].value.as_string(), "a");
  EXPECT_EQ((*terms)[1].attribute, "color");
  EXPECT_EQ(*(*terms)[1].value.as_string(), "b");
}

TEST(SearchCondition, SaysNothingElse) {
  constexpr std::string_view kOperator =
      "Invalid SearchConditionExpression: Invalid operator used in SearchConditionExpression";
  constexpr std::string_view kComparator =
      "Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression";
  constexpr std::string_view kNoValue = "SearchConditionExpression conditions must compare an attribute with a value";
  struct Refused {
    std::string_view text;
    std::string_view message;
  };
  for (const auto& [text, message] : {
           Refused{"a1 = :a OR b1 = :b", kOperator},
           Refused{"NOT a1 = :a", kOperator},
           Refused{"a1 IN (:a, :b)", kOperator},
           Refused{"a1 BETWEEN :a AND :b", kOperator},
           Refused{"begins_with(a1, :a)", kOperator},
           Refused{"a1 = :a AND attribute_exists(b1)", kOperator},
           Refused{"a1 <> :a", kComparator},
           Refused{"a1 < :a", kComparator},
           Refused{"a1 = b1", kNoValue},
           Refused{"size(a1) = :a", kNoValue},
           Refused{"a1.b1 = :a", "SearchConditionExpression cannot have conditions on nested attributes"},
           Refused{"a1[0] = :a", "SearchConditionExpression cannot have conditions on nested attributes"},
           Refused{"a1 = :a AND a1 = :b", "SearchConditionExpression must only contain one condition per attribute"},
       }) {
    const auto terms = translate(text);
    ASSERT_TRUE(terms.has_error()) << text;
    EXPECT_EQ(terms.error().message, message) << text;
  }
}

}  // namespace
}  // namespace millrace::expression
