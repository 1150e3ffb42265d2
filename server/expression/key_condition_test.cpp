// Key conditions: API reference 3.9 and 6.6.
#include "server/expression/key_condition.hpp"

#include <gtest/gtest.h>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

using namespace testing;
using model::AttributeType;
using model::KeySchema;

class KeyConditions : public ::testing::Test {
 protected:
  Result<ResolvedCondition> resolve(std::string_view text) {
    TRY_ASSIGN(ConditionAst ast, parse_condition(ExpressionKind::kKeyCondition, text));
    return resolve_condition(shared(std::move(ast)), placeholders_);
  }
  Result<std::vector<KeyTerm>> translate(std::string_view text) {
    TRY_ASSIGN(const ResolvedCondition condition, resolve(text));
    return translate_key_condition(condition);
  }
  // Terms view names of the AST, so it is kept.
  Result<KeyCondition> bind_text(std::string_view text, const KeySchema& schema) {
    TRY_ASSIGN(const ResolvedCondition condition, resolve(text));
    TRY_ASSIGN(const auto terms, translate_key_condition(condition));
    return bind_key_condition(terms, schema);
  }

  Placeholders placeholders_{
      names({{"#p", "pk"}}),
      item({{":s", s("x")}, {":t", s("y")}, {":n", n("1")}, {":b", b("x")}, {":empty", s("")}, {":no_bytes", b("")}})};
  const KeySchema hash_only_{{{"pk", AttributeType::kS}}, {}};
  const KeySchema hash_range_{{{"pk", AttributeType::kS}}, {{"sk", AttributeType::kS}}};
  const KeySchema several_{{{"h1", AttributeType::kS}, {"h2", AttributeType::kN}},
                           {{"r1", AttributeType::kS}, {"r2", AttributeType::kS}, {"r3", AttributeType::kS}}};
};

TEST_F(KeyConditions, MayNotSayEverything) {
  const std::string nested = "KeyConditionExpressions cannot contain nested operations";
  const std::string nested_attribute = "KeyConditionExpressions cannot have conditions on nested attributes";
  const auto op = [](std::string name) { return "Invalid operator used in KeyConditionExpression: " + name; };
  const auto condition = [](std::string why) { return "Invalid condition in KeyConditionExpression: " + why; };
  const std::pair<std::string, std::string> cases[] = {
      {"pk = :s OR sk = :s", op("OR")},
      {"NOT pk = :s", op("NOT")},
      {"pk IN (:s)", op("IN")},
      {"pk <> :s", op("<>")},
      {"pk = :s AND attribute_exists(sk)", op("attribute_exists")},
      {"attribute_not_exists(pk)", op("attribute_not_exists")},
      {"contains(pk.x, :s)", op("contains")},
      {"size(pk) = :n", nested},
      {"pk = size(sk)", nested},
      {"pk BETWEEN size(a) AND size(b)", nested},
      {":s BETWEEN pk AND sk", condition("BETWEEN operator must have the key attribute as its first operand")},
      {"begins_with(:s, pk)", condition("begins_with operator must have the key attribute as its first operand")},
      {"pk = sk", condition("Multiple attribute names used in one condition")},
      {"pk BETWEEN :s AND sk", condition("Multiple attribute names used in one condition")},
      {"begins_with(pk, sk)", condition("Multiple attribute names used in one condition")},
      {"b > a.b", condition("Multiple attribute names used in one condition")},
      {":s = :t", condition("No key attribute specified")},
      {"pk = :s AND :s < :t", condition("No key attribute specified")},
      {"pk.a = :s", nested_attribute},
      {"pk[0] = :s", nested_attribute},
      {"pk = :s AND #p = :t", "KeyConditionExpressions must only contain one condition per key"},
      {"(a > :s AND b > :s) AND (b > :s AND c > :s)",
       "KeyConditionExpressions must only contain one condition per key"},
  };
  for (const auto& [text, error] : cases) {
    EXPECT_EQ(error_of(translate(text)), "Invalid KeyConditionExpression: " + error) << text;
  }
}

TEST_F(KeyConditions, MustFitTheKey) {
  const std::string not_supported = "Query key condition not supported";
  const std::string wrong_type =
      "One or more parameter values were invalid: Condition parameter type does not match schema type";
  const auto missed = [](std::string name) { return "Query condition missed key schema element: " + name; };
  const auto empty = [](std::string kind, std::string name) {
    return "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
           "empty " +
           kind + " value. Key: " + name;
  };
  const auto needed = [](std::string kind, std::string attributes, std::string conditioned) {
    return kind + " key attributes " + attributes +
           " must have equality conditions specified in the query because a condition is present on key attribute " +
           conditioned;
  };
  struct Rejection {
    std::string text;
    const KeySchema& schema;
    std::string error;
  };
  const KeySchema binary{{{"pk", AttributeType::kB}}, {}};
  const Rejection cases[] = {
      {"sk = :s", hash_range_, missed("pk")},
      {"foreign1 = :s", hash_only_, missed("pk")},
      {"pk > :s", hash_range_, not_supported},
      {"begins_with(pk, :s)", hash_range_, not_supported},
      {"pk = :s AND foreign1 = :s", hash_range_, missed("sk")},
      {"pk = :s AND foreign1 = :s", hash_only_, not_supported},
      {"pk = :s AND sk > :s AND foreign1 = :s", hash_range_,
       "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"},
      {"pk = :n", hash_range_, wrong_type},
      {"pk = :s AND sk < :n", hash_range_, wrong_type},
      {"pk = :empty", hash_range_, empty("string", "pk")},
      {"pk = :s AND sk > :empty", hash_range_, empty("string", "sk")},
      {"pk = :no_bytes", binary, empty("binary", "pk")},
      // 6.6; additions of November 2026, rows 7 and 8
      {"h1 = :s", several_, needed("HASH", "h2", "h1")},
      {"h1 = :s AND h2 > :n", several_, needed("HASH", "h2", "h2")},
      {"r1 = :s AND r2 = :s", several_, needed("HASH", "h1, h2", "r2")},
      {"foreign1 = :s", several_, "HASH key attributes h1, h2 must have equality conditions specified in the query"},
      {"h1 = :s AND h2 = :n AND r2 = :s", several_, needed("RANGE", "r1", "r2")},
      {"h1 = :s AND h2 = :n AND r1 = :s AND r3 = :s", several_, needed("RANGE", "r2", "r3")},
      {"h1 = :s AND h2 = :n AND r3 = :s", several_, needed("RANGE", "r1, r2", "r3")},
      {"h1 = :s AND h2 = :n AND r1 > :s AND r2 = :s", several_, needed("RANGE", "r1", "r2")},
      {"h1 = :s AND h2 = :n AND r1 = :s AND foreign1 = :s", several_, missed("r2")},
      {"h1 = :s AND h2 = :n AND r1 = :n", several_, wrong_type},
      {"h1 = :s AND h2 = :n AND r1 = :s AND r2 = :s AND r3 = :s AND foreign1 = :s", several_,
       "The number of query conditions (6) exceeds the number of key attributes defined in the schema (5)"},
  };
  for (const auto& rejection : cases) {
    EXPECT_EQ(error_of(bind_text(rejection.text, rejection.schema)), rejection.error) << rejection.text;
  }
}

TEST_F(KeyConditions, MirrorAValueOnTheLeft) {
  struct Mirror {
    std::string text;
    KeyOperator op;
  };
  const Mirror cases[] = {
      {"pk = :s AND :s < sk", KeyOperator::kGreater},
      {"pk = :s AND :s <= sk", KeyOperator::kGreaterOrEqual},
      {":s > sk AND pk = :s", KeyOperator::kLess},
      {"pk = :s AND :s >= sk", KeyOperator::kLessOrEqual},
      {":s = pk AND sk < :s", KeyOperator::kLess},
      {"pk = :s AND :s = sk", KeyOperator::kEqual},
      {"pk = :s AND begins_with(sk, :s)", KeyOperator::kBeginsWith},
  };
  for (const auto& mirror : cases) {
    const auto condition = bind_text(mirror.text, hash_range_);
    ASSERT_EQ(error_of(condition), "ok") << mirror.text;
    ASSERT_EQ(condition->range.size(), 1U);
    EXPECT_EQ(condition->range.front().op, mirror.op) << mirror.text;
    EXPECT_TRUE(condition->hash == item({{"pk", s("x")}}));
  }
}

TEST_F(KeyConditions, BindSeveralAttributes) {
  const auto condition = bind_text("r2 BETWEEN :s AND :t AND h2 = :n AND r1 = :t AND h1 = :s", several_);
  ASSERT_EQ(error_of(condition), "ok");
  EXPECT_TRUE(condition->hash == item({{"h1", s("x")}, {"h2", n("1")}}));
  ASSERT_EQ(condition->range.size(), 2U);
  EXPECT_EQ(condition->range[0].attribute, "r1");
  EXPECT_EQ(condition->range[0].op, KeyOperator::kEqual);
  EXPECT_EQ(condition->range[1].attribute, "r2");
  EXPECT_EQ(condition->range[1].op, KeyOperator::kBetween);
  EXPECT_TRUE(condition->range[1].first == s("x"));
  EXPECT_TRUE(condition->range[1].second == s("y"));
}

TEST_F(KeyConditions, MatchKeys) {
  struct Match {
    std::string text;
    std::string sort_key;
    bool matches;
  };
  const Match cases[] = {
      {"pk = :s", "anything", true},
      {"pk = :s AND sk = :t", "y", true},
      {"pk = :s AND sk < :t", "y", false},
      {"pk = :s AND sk <= :t", "y", true},
      {"pk = :s AND sk > :s", "y", true},
      {"pk = :s AND sk >= :t", "x", false},
      {"pk = :s AND sk BETWEEN :s AND :t", "xx", true},
      {"pk = :s AND sk BETWEEN :s AND :t", "z", false},
      {"pk = :s AND begins_with(sk, :s)", "xx", true},
      {"pk = :s AND begins_with(sk, :s)", "yx", false},
  };
  for (const auto& match : cases) {
    const auto condition = bind_text(match.text, hash_range_);
    ASSERT_EQ(error_of(condition), "ok") << match.text;
    EXPECT_EQ(range_matches(*condition, item({{"pk", s("x")}, {"sk", s(match.sort_key)}})), match.matches)
        << match.text;
    EXPECT_TRUE(hash_matches(*condition, item({{"pk", s("x")}})));
    EXPECT_FALSE(hash_matches(*condition, item({{"pk", s("z")}})));
    EXPECT_FALSE(hash_matches(*condition, item({})));
  }
}

}  // namespace
}  // namespace millrace::expression
