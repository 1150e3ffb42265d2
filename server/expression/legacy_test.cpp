// The parameters from before expressions: API reference 5.8 to 5.11.
#include "server/expression/legacy.hpp"

#include <gtest/gtest.h>

#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

using namespace testing;

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

std::string invalid(std::string_view detail) { return std::string{kInvalid}.append(detail); }

TEST(LegacyConditions, RejectsWrongArguments) {
  struct Rejection {
    LegacyOperator op;
    std::vector<AttributeValue> values;
    std::string error;
  };
  const auto count = [](std::string name) {
    return invalid("Invalid number of argument(s) for the " + name + " ComparisonOperator");
  };
  const auto type = [](std::string name, std::string type_name) {
    return invalid("ComparisonOperator " + name + " is not valid for " + type_name + " AttributeValue type");
  };
  const Rejection cases[] = {
      {LegacyOperator::kEq, {}, count("EQ")},
      {LegacyOperator::kNe, {s("a"), s("b")}, count("NE")},
      {LegacyOperator::kNull, {s("a")}, count("NULL")},
      {LegacyOperator::kNotNull, {s("a")}, count("NOT_NULL")},
      {LegacyOperator::kBetween, {s("a")}, count("BETWEEN")},
      {LegacyOperator::kIn, {}, count("IN")},
      {LegacyOperator::kIn,
       {s("a"), n("1")},
       invalid("AttributeValues inside AttributeValueList must be of same type")},
      {LegacyOperator::kLt, {list({})}, type("LT", "L")},
      {LegacyOperator::kGe, {boolean(true)}, type("GE", "BOOL")},
      {LegacyOperator::kContains, {ss({"a"})}, type("CONTAINS", "SS")},
      {LegacyOperator::kNotContains, {null()}, type("NOT_CONTAINS", "NULL")},
      {LegacyOperator::kIn, {map({})}, type("IN", "M")},
      {LegacyOperator::kBetween, {bs({"a"}), bs({"b"})}, type("BETWEEN", "BS")},
      {LegacyOperator::kBeginsWith, {n("1")}, type("BEGINS_WITH", "N")},
      {LegacyOperator::kBetween,
       {s("b"), s("a")},
       "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"},
      {LegacyOperator::kEq, {map({})}, "ok"},
      {LegacyOperator::kNe, {ns({"1"})}, "ok"},
      {LegacyOperator::kBeginsWith, {b("a")}, "ok"},
  };
  for (const auto& rejection : cases) {
    const std::vector<LegacyCondition> filter{{"x", rejection.op, rejection.values}};
    EXPECT_EQ(error_of(resolve_filter(filter, ConditionalOperator::kAnd)), rejection.error);
    EXPECT_EQ(error_of(translate_key_conditions(filter)), rejection.error);
  }
}

TEST(LegacyConditions, RejectsWrongExpectations) {
  const auto about_x = [](std::string problem) { return invalid(problem + " for Attribute: x"); };
  const std::vector<AttributeValue> one{s("a")};
  const std::pair<ExpectedAttribute, std::string> cases[] = {
      {{"x", s("a"), {}, {}, one}, about_x("Value and AttributeValueList cannot be used together")},
      {{"x", {}, true, LegacyOperator::kEq, one}, about_x("Exists and ComparisonOperator cannot be used together")},
      {{"x", {}, {}, LegacyOperator::kEq, {}},
       about_x("Value or AttributeValueList must be used with ComparisonOperator: EQ")},
      {{"x", {}, {}, LegacyOperator::kNull, one},
       invalid("Invalid number of argument(s) for the NULL ComparisonOperator")},
      {{"x", {}, {}, {}, one}, about_x("AttributeValueList can only be used with a ComparisonOperator")},
      {{"x", {}, {}, {}, {}}, about_x("Value must be provided when Exists is null")},
      {{"x", {}, true, {}, {}}, about_x("Value must be provided when Exists is true")},
      {{"x", s("a"), false, {}, {}}, about_x("Value cannot be used when Exists is false")},
  };
  for (const auto& [expected, error] : cases) {
    EXPECT_EQ(error_of(resolve_expected({expected}, ConditionalOperator::kAnd)), error);
  }
}

TEST(LegacyConditions, NeedTwoEntriesToJoin) {
  EXPECT_EQ(error_of(check_conditional_operator(std::nullopt, 0)), "ok");
  EXPECT_EQ(error_of(check_conditional_operator(ConditionalOperator::kOr, 2)), "ok");
  EXPECT_EQ(error_of(check_conditional_operator(ConditionalOperator::kAnd, 0)),
            "ConditionalOperator cannot be used without Filter or Expected");
  EXPECT_EQ(error_of(check_conditional_operator(ConditionalOperator::kOr, 1)),
            "ConditionalOperator can only be used when Filter or Expected has two or more elements");
}

TEST(LegacyConditions, Evaluate) {
  const auto stored = item({{"a", s("apple")}, {"a.b", n("1")}, {"set", ss({"x"})}, {"list", list({n("1")})}});
  struct Evaluation {
    LegacyCondition condition;
    bool holds;
  };
  const Evaluation cases[] = {
      {{"a", LegacyOperator::kEq, {s("apple")}}, true},
      {{"gone", LegacyOperator::kEq, {s("apple")}}, false},
      {{"gone", LegacyOperator::kNe, {s("apple")}}, true},
      {{"a.b", LegacyOperator::kEq, {n("1")}}, true},  // a dot is part of the name
      {{"a", LegacyOperator::kLt, {s("b")}}, true},
      {{"a", LegacyOperator::kLe, {n("1")}}, false},
      {{"a", LegacyOperator::kGt, {s("a")}}, true},
      {{"a", LegacyOperator::kGe, {s("b")}}, false},
      {{"gone", LegacyOperator::kNull, {}}, true},
      {{"a", LegacyOperator::kNull, {}}, false},
      {{"a", LegacyOperator::kNotNull, {}}, true},
      {{"a", LegacyOperator::kContains, {s("ppl")}}, true},
      {{"set", LegacyOperator::kContains, {s("x")}}, true},
      {{"list", LegacyOperator::kContains, {n("1.0")}}, true},
      {{"set", LegacyOperator::kNotContains, {s("x")}}, false},
      {{"set", LegacyOperator::kNotContains, {s("y")}}, true},
      {{"gone", LegacyOperator::kNotContains, {s("y")}}, false},
      {{"a", LegacyOperator::kBeginsWith, {s("app")}}, true},
      {{"a", LegacyOperator::kIn, {s("pear"), s("apple")}}, true},
      {{"a", LegacyOperator::kBetween, {s("a"), s("b")}}, true},
  };
  for (const auto& evaluation : cases) {
    const auto resolved = resolve_filter({evaluation.condition}, ConditionalOperator::kAnd);
    ASSERT_EQ(error_of(resolved), "ok");
    EXPECT_EQ(evaluate(*resolved, &stored), evaluation.holds)
        << evaluation.condition.attribute << " " << to_text(evaluation.condition.op);
  }
}

TEST(LegacyConditions, Join) {
  const auto stored = item({{"a", s("x")}});
  const std::vector<ExpectedAttribute> expected{
      {"a", s("x"), {}, {}, {}}, {"b", {}, {}, LegacyOperator::kNotNull, {}}, {"c", {}, false, {}, {}}};
  EXPECT_FALSE(evaluate(*resolve_expected(expected, ConditionalOperator::kAnd), &stored));
  EXPECT_TRUE(evaluate(*resolve_expected(expected, ConditionalOperator::kOr), &stored));
  EXPECT_EQ(top_level_attributes(*resolve_expected(expected, ConditionalOperator::kOr)),
            (std::vector<std::string_view>{"a", "b", "c"}));
}

TEST(LegacyKeyConditions, Bind) {
  const model::KeySchema schema{{{"pk", model::AttributeType::kS}}, {{"sk", model::AttributeType::kN}}};
  const std::vector<LegacyCondition> conditions{{"sk", LegacyOperator::kBetween, {n("1"), n("2")}},
                                                {"pk", LegacyOperator::kEq, {s("x")}}};
  const auto bound = bind_key_condition(*translate_key_conditions(conditions), schema);
  ASSERT_EQ(error_of(bound), "ok");
  EXPECT_TRUE(bound->range.front().second == n("2"));
  const std::vector<LegacyCondition> not_indexable{{"pk", LegacyOperator::kEq, {s("x")}},
                                                   {"sk", LegacyOperator::kNe, {n("1")}}};
  EXPECT_EQ(error_of(bind_key_condition(*translate_key_conditions(not_indexable), schema)),
            "Attempted conditional constraint is not an indexable operation");
}

TEST(AttributeUpdates, RejectsWrongActions) {
  const std::pair<AttributeUpdate, std::string> cases[] = {
      {{"x", LegacyAction::kPut, {}}, invalid("Only DELETE action is allowed when no attribute value is specified")},
      {{"x", LegacyAction::kAdd, {}}, invalid("Only DELETE action is allowed when no attribute value is specified")},
      {{"x", LegacyAction::kDelete, s("a")}, invalid("DELETE action with value is not supported for the type S")},
      {{"x", LegacyAction::kAdd, map({})}, invalid("ADD action is not supported for the type M")},
  };
  for (const auto& [update, error] : cases) EXPECT_EQ(error_of(resolve_attribute_updates({update})), error);
}

TEST(AttributeUpdates, Apply) {
  const auto before = item({{"n", n("1")}, {"l", list({n("1")})}, {"st", ss({"a", "b"})}, {"gone", s("x")}});
  const std::vector<AttributeUpdate> updates{{"n", LegacyAction::kAdd, n("2")},
                                             {"l", LegacyAction::kAdd, list({n("2")})},
                                             {"st", LegacyAction::kDelete, ss({"a"})},
                                             {"gone", LegacyAction::kDelete, {}},
                                             {"p.q", LegacyAction::kPut, s("new")}};
  const auto resolved = resolve_attribute_updates(updates);
  ASSERT_EQ(error_of(resolved), "ok");
  const auto after = apply(*resolved, before, ItemState::kExists);
  ASSERT_EQ(error_of(after), "ok");
  EXPECT_TRUE(*after == item({{"n", n("3")}, {"l", list({n("1"), n("2")})}, {"st", ss({"b"})}, {"p.q", s("new")}}));
  EXPECT_TRUE(touched_attributes(*resolved, before) == before);
}

TEST(AttributeUpdates, MismatchAtRunTime) {
  for (const AttributeUpdate& update :
       {AttributeUpdate{"x", LegacyAction::kAdd, n("1")}, AttributeUpdate{"x", LegacyAction::kDelete, ss({"a"})}}) {
    const auto resolved = resolve_attribute_updates({update});
    EXPECT_EQ(error_of(apply(*resolved, item({{"x", s("text")}}), ItemState::kExists)),
              "Type mismatch for attribute to update");
  }
}

TEST(AttributeUpdates, WithDeletesOnlyCreateNothing) {
  const std::vector<AttributeUpdate> deletes{{"a", LegacyAction::kDelete, {}}, {"b", LegacyAction::kDelete, ss({"x"})}};
  EXPECT_TRUE(resolve_attribute_updates(deletes)->is_delete_only());
  EXPECT_FALSE(resolve_attribute_updates({})->is_delete_only());
}

TEST(AttributesToGet, SelectTopLevelNames) {
  const std::vector<std::string> wanted{"a.b", "c"};
  const auto projection = resolve_attributes_to_get(wanted);
  EXPECT_TRUE(project(*projection, item({{"a.b", s("x")}, {"a", s("y")}})) == item({{"a.b", s("x")}}));
  const std::vector<std::string> twice{"a", "b", "a"};
  EXPECT_EQ(error_of(resolve_attributes_to_get(twice)), invalid("Duplicate value in attribute name: a"));
}

TEST(LegacyNames, AreAwsSpellings) {
  for (const std::string_view name : {"EQ", "NE", "LT", "LE", "GT", "GE", "NULL", "NOT_NULL", "CONTAINS",
                                      "NOT_CONTAINS", "BEGINS_WITH", "IN", "BETWEEN"}) {
    ASSERT_TRUE(legacy_operator_from(name).has_value()) << name;
    EXPECT_EQ(to_text(*legacy_operator_from(name)), name);
  }
  EXPECT_FALSE(legacy_operator_from("eq").has_value());
  EXPECT_EQ(conditional_operator_from("OR"), ConditionalOperator::kOr);
  EXPECT_FALSE(conditional_operator_from("XOR").has_value());
  EXPECT_EQ(legacy_action_from("DELETE"), LegacyAction::kDelete);
  EXPECT_FALSE(legacy_action_from("REMOVE").has_value());
}

}  // namespace
}  // namespace millrace::expression
