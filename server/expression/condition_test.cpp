// Static checks (API reference 5.3, 5.4) and evaluation (5.5) of conditions.
#include "server/expression/condition.hpp"

#include <gtest/gtest.h>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

using namespace testing;

AttributeValue deep_list(int levels) {
  AttributeValue value = list({});
  for (int n = 1; n < levels; ++n) value = list({value});
  return value;
}

class Conditions : public ::testing::Test {
 protected:
  Result<ResolvedCondition> resolve(std::string_view text) {
    TRY_ASSIGN(ConditionAst ast, parse_condition(ExpressionKind::kFilter, text));
    return resolve_condition(shared(std::move(ast)), placeholders_);
  }

  Placeholders placeholders_{names({{"#a", "a"}, {"#dotted", "a.b"}, {"#size", "size"}}),
                             item({{":s", s("a")},
                                   {":t", s("b")},
                                   {":n", n("1")},
                                   {":m", n("2")},
                                   {":b", b("a")},
                                   {":bool", boolean(true)},
                                   {":null", null()},
                                   {":l", list({s("a")})},
                                   {":map", map({{"x", n("1")}})},
                                   {":ss", ss({"a"})},
                                   {":ns", ns({"1"})},
                                   {":bs", bs({"a"})},
                                   {":type_n", s("N")},
                                   {":type_x", s("X")},
                                   {":empty", s("")},
                                   {":deep", deep_list(32)}})};
};

TEST_F(Conditions, RejectsWhatCannotBeRight) {
  const auto undefined_name = [](std::string name) {
    return "An expression attribute name used in the document path is not defined; attribute name: " + name;
  };
  const auto undefined_value = [](std::string name) {
    return "An expression attribute value used in expression is not defined; attribute value: " + name;
  };
  const auto count = [](std::string name, std::string number) {
    return "Incorrect number of operands for operator or function; operator or function: " + name +
           ", number of operands: " + number;
  };
  const auto type = [](std::string name, std::string type_name) {
    return "Incorrect operand type for operator or function; operator or function: " + name +
           ", operand type: " + type_name;
  };
  const auto distinct = [](std::string name, std::string path) {
    return "The first operand must be distinct from the remaining operands for this operator or function; operator: " +
           name + ", first operand: " + path;
  };
  const auto document_path = [](std::string name) {
    return "Operator or function requires a document path; operator or function: " + name;
  };
  struct Rejection {
    std::string_view source;
    std::string text;
    std::string error;
  };
  std::string hundred = "a IN (:s";
  for (int n = 1; n < 100; ++n) hundred.append(", :s");
  const Rejection cases[] = {
      {"5.4", "#x.y = :s", undefined_name("#x")},
      {"5.4", "a.#y = :s", undefined_name("#y")},
      {"5.4", "a = :x", undefined_value(":x")},
      {"5.3 left to right", ":x < #y", undefined_value(":x")},
      {"5.3 one condition after the other", "attribute_exists(a, b) AND a = :x", count("attribute_exists", "2")},
      {"5.3", "attribute_exists(#x, :x) AND a = a", undefined_name("#x")},
      {"5.3", "begins_with(:x, #a, #b)", undefined_value(":x")},
      {"5.4", "attribute_not_exists(a, b)", count("attribute_not_exists", "2")},
      {"5.4", "attribute_type(a)", count("attribute_type", "1")},
      {"5.4", "begins_with(a, size(b), c)", count("begins_with", "3")},
      {"5.4", "contains(a)", count("contains", "1")},
      {"5.4", "size(a, b) > c", count("size", "2")},
      {"5.2", hundred + ")", "The IN operator is provided with too many operands; number of operands: 101"},
      {"5.4", "a = #a", distinct("=", "[a]")},
      {"5.4", "a <> a", distinct("<>", "[a]")},
      {"5.4", "#a[0] > a[0]", distinct(">", "[a, [0]]")},
      {"5.4", "contains(a.b[1].a, a.b[1].#a)", distinct("contains", "[a, b, [1], a]")},
      {"5.4", "begins_with(a, #a)", distinct("begins_with", "[a]")},
      {"5.4", "attribute_type(a, a)", distinct("attribute_type", "[a]")},
      {"5.4", "a < :bool", type("<", "BOOL")},
      {"5.4", "a <= :null", type("<=", "NULL")},
      {"5.4", ":l > a", type(">", "L")},
      {"5.4", "a >= :map", type(">=", "M")},
      {"5.4", "a BETWEEN :ss AND :s", type("BETWEEN", "SS")},
      {"5.4", "a BETWEEN :s AND :ns", type("BETWEEN", "NS")},
      {"5.4", ":bs BETWEEN :s AND :t", type("BETWEEN", "BS")},
      {"5.4", "begins_with(a, :n)", type("begins_with", "N")},
      {"5.4", "begins_with(:l, a)", type("begins_with", "L")},
      {"5.4", "begins_with(a, size(b))", type("begins_with", "N")},
      {"5.4", "size(:n) > a", type("size", "N")},
      {"5.4", "size(:bool) > a", type("size", "BOOL")},
      {"5.4", "size(:null) > a", type("size", "NULL")},
      {"5.4", "size(size(a)) > :n", type("size", "N")},
      {"5.4 from the inside out", "attribute_not_exists(size(:n))", type("size", "N")},
      {"5.4", "attribute_type(a, b)", type("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")},
      {"5.4", "attribute_type(a, :n)", type("attribute_type", "N")},
      {"5.4", "attribute_type(a, size(b))", type("attribute_type", "N")},
      {"5.4", "attribute_type(a, :type_x)",
       "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
      {"5.4", "attribute_exists(:s)", document_path("attribute_exists")},
      {"5.4", "attribute_not_exists(size(:s))", document_path("attribute_not_exists")},
      {"5.4", "a BETWEEN :s AND :n",
       "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: "
       "{S:a}, upper bound operand: AttributeValue: {N:1}"},
      {"5.4", "a BETWEEN :t AND :s",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: "
       "AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"},
  };
  for (const auto& rejection : cases) {
    EXPECT_EQ(error_of(resolve(rejection.text)), "Invalid FilterExpression: " + rejection.error)
        << rejection.source << ": " << rejection.text;
  }
}

TEST_F(Conditions, AcceptsWhatMayBeRight) {
  std::string ninety_nine = "a IN (:s";
  for (int n = 1; n < 99; ++n) ninety_nine.append(", :s");
  for (const std::string& text : {std::string{":s = :s"}, std::string{"a = :map"}, std::string{"a BETWEEN :s AND :s"},
                                  std::string{"a BETWEEN b AND :n"}, std::string{"size(:s) = :n"},
                                  std::string{"a IN (a, :n, :s)"}, ninety_nine + ")"}) {
    EXPECT_EQ(error_of(resolve(text)), "ok") << text;
  }
}

TEST_F(Conditions, Evaluate) {
  const auto stored = item({{"a", s("apple")},
                            {"a.b", s("dotted")},
                            {"num", n("5")},
                            {"bin", b(std::string{"\x00\xFF", 2})},
                            {"flag", boolean(true)},
                            {"nothing", null()},
                            {"strings", ss({"a", "b"})},
                            {"numbers", ns({"1", "2"})},
                            {"blobs", bs({"a"})},
                            {"items", list({s("a"), map({{"x", n("1")}})})},
                            {"doc", map({{"part", list({n("1"), n("2")})}})},
                            {"same", n("5.0")},
                            {"emoji", s("\xF0\x9F\x98\x80\xC3\xA4")}});
  struct Evaluation {
    std::string_view source;
    std::string text;
    bool holds;
  };
  const Evaluation cases[] = {
      {"= missing", "absent = :s", false},
      {"<> missing", "absent <> :s", true},
      {"<> both missing", "absent <> gone", true},
      {"= both missing", "absent = gone", false},
      {"< missing", "absent < :s", false},
      {"BETWEEN missing", "absent BETWEEN :s AND :t", false},
      {"IN missing", "absent IN (:s, gone)", false},
      {"contains missing", "contains(absent, :s)", false},
      {"different types =", "a = num", false},
      {"different types <>", "a <> num", true},
      {"different types <", "a < num", false},
      {"numbers by value", "num = same", true},
      {"numeric order", "num > :m", true},
      {"string order", "a < :t", true},
      {"binary order is unsigned", "bin < :b", true},
      {"order of BOOL", "flag < absent", false},
      {"stored BOOL in order", "flag < nothing", false},
      {"deep equality", "doc = :map", false},
      {"deep equality of sets", "blobs = :bs", true},
      {"BETWEEN holds its bounds", "num BETWEEN num2 AND :n", false},
      {"BETWEEN", "num BETWEEN :m AND same", true},
      {"BETWEEN types", "num BETWEEN :s AND :t", false},
      {"IN", "num IN (:n, same)", true},
      {"IN none", "num IN (:n, :s)", false},
      {"begins_with S", "begins_with(a, :s)", true},
      {"begins_with empty", "begins_with(a, :empty)", true},
      {"begins_with no", "begins_with(a, :t)", false},
      {"begins_with stored N", "begins_with(num, :s)", false},
      {"contains substring", "contains(a, :s)", true},
      {"contains SS", "contains(strings, :t)", true},
      {"contains NS", "contains(numbers, :n)", true},
      {"contains NS other type", "contains(numbers, :s)", false},
      {"contains BS", "contains(blobs, :b)", true},
      {"contains L", "contains(#items, :map)", true},
      {"contains L no", "contains(#items, :n)", false},
      {"contains N", "contains(num, :n)", false},
      {"exists", "attribute_exists(doc.part[1])", true},
      {"exists beyond", "attribute_exists(doc.part[2])", false},
      {"exists wrong kind", "attribute_exists(a.part)", false},
      {"NULL exists", "attribute_exists(nothing)", true},
      {"not exists", "attribute_not_exists(absent)", true},
      {"placeholder with a dot is one name", "#dotted = :dotted", true},
      {"type", "attribute_type(num, :type_n)", true},
      {"type no", "attribute_type(a, :type_n)", false},
      {"type missing", "attribute_type(absent, :type_n)", false},
      {"size of S in UTF-16 units", "size(emoji) = :three", true},
      {"size of set", "size(strings) = :m", true},
      {"size of list", "size(#items) = :m", true},
      {"size of map", "size(doc) = :n", true},
      {"size of B", "size(bin) = :m", true},
      {"size of a number is false", "size(num) <> :n", false},
      {"size of missing is false", "size(absent) <> :n", false},
      {"NOT of such is true", "NOT size(absent) = :n", true},
      {"AND", "num = same AND a = :s", false},
      {"OR", "num = same OR a = :s", true},
      {"NOT", "NOT a = :s", true},
      {"precedence", "a = :s AND num = :n OR num = same", true},
      {"size operand of contains", "contains(numbers, size(doc))", true},
  };
  Placeholders more{names({{"#items", "items"}, {"#dotted", "a.b"}}), item({{":s", s("a")},
                                                                            {":t", s("b")},
                                                                            {":n", n("1")},
                                                                            {":m", n("2")},
                                                                            {":three", n("3")},
                                                                            {":b", b("a")},
                                                                            {":bs", bs({"a"})},
                                                                            {":map", map({{"x", n("1")}})},
                                                                            {":type_n", s("N")},
                                                                            {":empty", s("")},
                                                                            {":dotted", s("dotted")}})};
  for (const auto& evaluation : cases) {
    auto ast = parse_condition(ExpressionKind::kCondition, evaluation.text);
    ASSERT_EQ(error_of(ast), "ok") << evaluation.text;
    const auto resolved = resolve_condition(shared(*ast), more);
    ASSERT_EQ(error_of(resolved), "ok") << evaluation.text;
    EXPECT_EQ(evaluate(*resolved, &stored), evaluation.holds) << evaluation.source << ": " << evaluation.text;
  }
}

TEST_F(Conditions, SeeNothingInAMissingItem) {
  EXPECT_TRUE(evaluate(*resolve("attribute_not_exists(a)"), nullptr));
  EXPECT_FALSE(evaluate(*resolve("attribute_exists(a)"), nullptr));
  EXPECT_TRUE(evaluate(*resolve("a <> :s"), nullptr));
  EXPECT_FALSE(evaluate(*resolve("a = :s"), nullptr));
}

TEST_F(Conditions, TellWhatTheyMention) {
  const auto resolved = resolve("#a.b = :s AND size(c[0]) > :n OR NOT contains(#size, d) AND a IN (:s, e)");
  ASSERT_EQ(error_of(resolved), "ok");
  EXPECT_EQ(top_level_attributes(*resolved), (std::vector<std::string_view>{"a", "c", "size", "d", "e"}));
  EXPECT_EQ(to_message_text(paths_of(*resolved).front()), "[a, b]");
}

// 3.9
TEST_F(Conditions, MayNotFilterOnKeys) {
  const auto filter = resolve("b = :s AND a = :s");
  const model::KeySchema keys{{{"a", model::AttributeType::kS}}, {{"c", model::AttributeType::kS}}};
  EXPECT_EQ(error_of(check_filters_no_key(*filter, keys, FilterParameter::kFilterExpression)),
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: a");
  EXPECT_EQ(error_of(check_filters_no_key(*filter, keys, FilterParameter::kQueryFilter)),
            "QueryFilter can only contain non-primary key attributes: Primary key attribute: a");
  EXPECT_EQ(error_of(check_filters_no_key(*resolve("b = :s"), keys, FilterParameter::kFilterExpression)), "ok");
}

TEST_F(Conditions, EvaluateAtTheirDepthLimit) {
  std::string text;
  for (int n = 0; n < 299; ++n) text.append("NOT (");
  text.append("a = :s").append(299, ')');
  EXPECT_TRUE(evaluate(*resolve(text), nullptr));
}

}  // namespace
}  // namespace millrace::expression
