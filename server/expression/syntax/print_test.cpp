// Property: whatever AST a text has, printing it and parsing that gives the same AST; and no condition or update that
// resolves throws when it meets an item.
#include "server/expression/syntax/print.hpp"

#include <gtest/gtest.h>

#include "server/base/random.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/test_values.hpp"
#include "server/expression/update.hpp"

namespace millrace::expression {
namespace {

using namespace testing;

/// Writes random expressions that are right by the grammar, with blanks and parentheses where they may be.
class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_{seed} {}

  std::string condition(int depth) {
    switch (depth <= 0 ? random_.below(4) : random_.below(8)) {
      case 0: return operand(1) + pick({"=", " <> ", "<", " <=", "> ", ">="}) + operand(1);
      case 1: return operand(1) + " BETWEEN " + operand(1) + pick({" AND ", " and "}) + operand(1);
      case 2: return operand(1) + " IN(" + operand(1) + "," + operand(1) + ")";
      case 3:
        return pick({"attribute_exists(" + path() + ")", "begins_with( " + path() + " , :s)",
                     "contains(" + operand(1) + ", " + operand(1) + ")", "attribute_type(" + path() + ", :type)"});
      case 4: return "NOT " + condition(depth - 1);
      case 5: return "(" + condition(depth - 1) + pick({" OR ", " AND "}) + condition(depth - 1) + ")";
      case 6: return condition(depth - 1) + " AND " + condition(depth - 1);
      default: return condition(depth - 1) + " OR " + condition(depth - 1);
    }
  }

  std::string update() {
    std::string text;
    if (random_.below(4) != 0) text.append("SET a.x = " + value() + " , b[1]= " + value() + " ");
    if (random_.below(2) != 0) text.append("remove c[0], d.#n ");
    if (random_.below(2) != 0) text.append("ADD e " + pick({":n", ":set"}) + " ");
    if (random_.below(2) != 0 || text.empty()) text.append("DELETE f.g :set");
    return text;
  }

 private:
  std::string pick(std::vector<std::string> choices) { return choices[random_.below(choices.size())]; }

  std::string path() {
    std::string text = pick({"a", "b", "c", "d", "#n"});
    for (auto steps = random_.below(3); steps > 0; --steps) text.append(pick({"[0]", " [ 1 ]", ".x", ". #n"}));
    return text;
  }

  std::string operand(int depth) {
    const std::string text = pick({path(), ":s", ":n", ":set", depth > 0 ? "size(" + operand(0) + ")" : path()});
    return random_.below(4) == 0 ? "(" + text + ")" : text;
  }

  std::string set_operand(int depth) {
    if (depth <= 0) return pick({path(), ":n", ":list"});
    const std::string fallback = "if_not_exists(" + path() + "," + set_operand(depth - 1) + ")";
    return pick({path(), ":n", fallback, "list_append(" + fallback + ", " + set_operand(0) + ")"});
  }

  std::string value() {
    std::string text = set_operand(2);
    if (random_.below(2) == 0) text.append(pick({" + ", "-"})).append(set_operand(1));
    return random_.below(3) == 0 ? "(" + text + ")" : text;
  }

  Random random_;
};

Placeholders placeholders() {
  return {names({{"#n", "x"}}),
          item({{":s", s("x")}, {":n", n("1")}, {":set", ss({"a"})}, {":list", list({n("1")})}, {":type", s("L")}})};
}

const AttributeMap& stored() {
  static const auto value = item({{"a", map({{"x", n("1")}})},
                                  {"b", list({n("1"), map({{"x", s("y")}})})},
                                  {"c", list({s("x")})},
                                  {"d", map({{"x", list({n("2")})}})},
                                  {"f", map({{"g", ss({"a"})}})},
                                  {"x", n("3")}});
  return value;
}

TEST(Printing, ConditionsParseToTheSameAst) {
  int evaluated = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const std::string text = Writer{seed}.condition(4);
    const auto ast = parse_condition(ExpressionKind::kCondition, text);
    ASSERT_EQ(error_of(ast), "ok") << text;
    const auto again = parse_condition(ExpressionKind::kCondition, to_text(*ast));
    ASSERT_EQ(error_of(again), "ok") << to_text(*ast);
    ASSERT_TRUE(*ast == *again) << text << " printed " << to_text(*ast);
    auto table = placeholders();
    const auto resolved = resolve_condition(shared(*ast), table);
    if (resolved.has_error()) continue;
    ++evaluated;
    ASSERT_NO_THROW(static_cast<void>(evaluate(*resolved, &stored()))) << text;
    ASSERT_NO_THROW(static_cast<void>(evaluate(*resolved, nullptr))) << text;
  }
  EXPECT_GT(evaluated, 100);  // a sweep that resolves nothing would prove nothing
}

TEST(Printing, UpdatesParseToTheSameAst) {
  int applied = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const std::string text = Writer{seed}.update();
    const auto ast = parse_update(text);
    ASSERT_EQ(error_of(ast), "ok") << text;
    const auto again = parse_update(to_text(*ast));
    ASSERT_EQ(error_of(again), "ok") << to_text(*ast);
    ASSERT_TRUE(*ast == *again) << text << " printed " << to_text(*ast);
    auto table = placeholders();
    const auto resolved = resolve_update(shared(*ast), table);
    if (resolved.has_error()) continue;
    if (!apply(*resolved, stored(), ItemState::kExists).has_error()) ++applied;
    static_cast<void>(apply(*resolved, item({}), ItemState::kMissing));
  }
  EXPECT_GT(applied, 100);
}

TEST(Printing, ProjectionsParseToTheSameAst) {
  const auto ast = parse_projection("a . b[ 0 ],#c");
  EXPECT_TRUE(*ast == *parse_projection(to_text(*ast)));
}

}  // namespace
}  // namespace millrace::expression
