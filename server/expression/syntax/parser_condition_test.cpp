// Grammar and texts of conditions: API reference 5.1 to 5.4. Rejections first.
#include <gtest/gtest.h>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/parser_fixture.hpp"
#include "server/expression/syntax/print.hpp"
#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

using testing::error_of;
using testing::Rejection;
using testing::repeat;
using testing::syntax;

TEST(ConditionParser, Rejects) {
  const std::string redundant = "The expression has redundant parentheses;";
  const auto misused = [](std::string name) {
    return "The function is not allowed to be used this way in an expression; function: " + name;
  };
  const auto unknown = [](std::string name) { return "Invalid function name; function: " + name; };
  const auto reserved = [](std::string word) {
    return "Attribute name is a reserved keyword; reserved keyword: " + word;
  };
  const Rejection cases[] = {
      // Texts as a whole.
      {"5.4", "", "The expression can not be empty;"},
      {"5.4", " \t\r\n", "The expression can not be empty;"},
      {"5.4", std::string(4097, 'a'), "Expression size has exceeded the maximum allowed size; expression size: 4097"},
      {"5.3 length before syntax", std::string(9000, '('),
       "Expression size has exceeded the maximum allowed size; expression size: 9000"},
      {"5.4", "a = a" + repeat(" OR a = a", 150), "The expression contains too many operators; operator count: 301"},
      {"5.4", repeat("NOT ", 1000) + "a = b", "The expression contains too many operators; operator count: 301"},
      // Syntax: the first unexpected token with its neighbours.
      {"5.4 example", "a-b", syntax("-", "a-b")},
      {"5.4 example", "contains()", syntax(")", "()")},
      {"5.4 example", "!!! x", syntax("!", "!!")},
      {"5.4 example", "a = b AND NOT #x", syntax("<EOF>", "#x")},
      {"5.4", "a", syntax("<EOF>", "a")},
      {"5.4", "(a)", syntax("<EOF>", ")")},
      {"5.4", "a = ", syntax("<EOF>", "=")},
      {"5.4", "a  =\tb   c = d", syntax("c", "b   c =")},
      {"5.4", "a > 4", syntax("4", "> 4")},
      {"5.4", "a = \"x\"", syntax("\"", "= \"x")},
      {"5.4", "\xC3\xBC > a", syntax("\xC3\xBC", "\xC3\xBC >")},
      {"5.4", "a OR b", syntax("OR", "a OR b")},
      {"5.4", "a = b OR c", syntax("<EOF>", "c")},
      {"5.4", "a = b c", syntax("c", "b c")},
      {"5.4", "(a = b", syntax("<EOF>", "b")},
      {"5.4", "a = b)", syntax(")", "b)")},
      {"5.4", "(a = b) = c", syntax("=", ") = c")},
      {"5.4", "a = (b = c)", syntax("=", "b = c")},
      {"5.4", "NOT", syntax("<EOF>", "NOT")},
      {"5.4", "a NOT IN (b)", syntax("NOT", "a NOT IN")},
      {"5.2", "a IN b", syntax("b", "IN b")},
      {"5.2", "a IN ()", syntax(")", "()")},
      {"5.2", "a IN (b,)", syntax(")", ",)")},
      {"5.2", "a BETWEEN b", syntax("<EOF>", "b")},
      {"5.2", "a BETWEEN b OR c", syntax("OR", "b OR c")},
      {"5.2", "a > between", syntax("between", "> between")},
      {"5.2", "size(a).b > a", syntax(".", ").b")},
      {"5.2", "(size(a))[0] > a", syntax("[", ")[0")},
      {"5.2", "a.(b.c) = d", syntax("(", ".(b")},
      {"5.2", "a..b = c", syntax(".", "..b")},
      {"5.2", "a[b] = c", syntax("b", "[b]")},
      {"5.2", "a[-1] = c", syntax("-", "[-1")},
      {"5.2", "a[0 = c", syntax("=", "0 = c")},
      {"5.2", ":a.b = c", syntax(".", ":a.b")},
      {"5.2", "a + b = c", syntax("+", "a + b")},
      {"5.1", "_a = b", syntax("_", "_a")},
      {"5.1", "# = b", syntax("#", "# =")},
      {"5.1", "a = :", syntax(":", "= :")},
      {"5.1", "a == b", syntax("=", "== b")},
      {"5.1", "a != b", syntax("!", "a !=")},
      {"5.1 keywords are no names", "set = :v", syntax("set", "set =")},
      // Classes of errors after syntax, in their order (5.3).
      {"5.4", "a = ((b))", redundant},
      {"5.4", "((a = b))", redundant},
      {"5.4", "a = b AND ((c = d AND e = f))", redundant},
      {"5.4", "size(((a))) > b", redundant},
      {"5.3", "whatever(a) AND ((a = b))", redundant},
      {"5.4 bounded recursion", repeat("(", 2000) + "a = b" + repeat(")", 2000), redundant},
      {"5.4 bounded recursion", repeat("(", 4096), redundant},
      {"5.4", "whatever(a) > b", unknown("whatever")},
      {"5.4", "attRIbute_exIsts(a)", unknown("attRIbute_exIsts")},
      {"5.3", "size(a) AND whatever(b)", unknown("whatever")},
      {"5.4 bounded recursion", repeat("f(", 1300) + "a" + repeat(")", 1300) + " = b", unknown("f")},
      {"5.4", "size(a)", misused("size")},
      {"5.4", "attribute_exists(a) = b", misused("attribute_exists")},
      {"5.4", "a = contains(b, c)", misused("contains")},
      {"5.4", "a BETWEEN b AND attribute_exists(c)", misused("attribute_exists")},
      {"5.4", "a IN (b, begins_with(c, d))", misused("begins_with")},
      {"5.4", "size(contains(a, b)) > c", misused("contains")},
      {"5.4", "if_not_exists(a, b) = c",
       "The function is not allowed in a condition expression; function: if_not_exists"},
      {"5.4", "list_append(a, b)", "The function is not allowed in a condition expression; function: list_append"},
      {"5.3", "abort = a AND size(b)", misused("size")},
      {"5.4", ":a < abOrT", reserved("abOrT")},
      {"5.4", "attribute_exists(a.views)", reserved("views")},
      {"5.4", "size = b", reserved("size")},
      {"5.4", "a[2147483648] = b", "List index is not within the allowable range; index: [2147483648]"},
      {"5.4", "a[99999999999999999999] = b",
       "List index is not within the allowable range; index: [99999999999999999999]"},
      {"5.4", "a" + repeat("[0]", 32) + " = b", "The document path has too many nesting levels; nesting levels: 33"},
  };
  for (const auto& rejection : cases) {
    EXPECT_EQ(error_of(parse_condition(ExpressionKind::kCondition, rejection.text)),
              "Invalid ConditionExpression: " + rejection.error)
        << rejection.source << ": " << rejection.text.substr(0, 80);
  }
}

TEST(ConditionParser, NamesTheMemberInErrors) {
  EXPECT_EQ(error_of(parse_condition(ExpressionKind::kFilter, "")),
            "Invalid FilterExpression: The expression can not be empty;");
  EXPECT_EQ(error_of(parse_condition(ExpressionKind::kKeyCondition, "")),
            "Invalid KeyConditionExpression: The expression can not be empty;");
}

TEST(ConditionParser, AcceptsTheGrammar) {
  struct Acceptance {
    std::string text;
    std::string printed;  ///< canonical: what the shape of the tree comes to
  };
  const Acceptance cases[] = {
      {"a=b", "a = b"},
      {"a <> :v", "a <> :v"},
      {"a<=b.c[ 0 ] . #d", "a <= b.c[0].#d"},
      {"(a)=(b)", "a = b"},
      {"(a.b).c = d", "a.b.c = d"},
      {"(a[0])[1] = d", "a[0][1] = d"},
      {"a bEtWeEn :lo and :hi", "a BETWEEN :lo AND :hi"},
      {"(a)between(b)and(c)", "a BETWEEN b AND c"},
      {"a in(b,:c , size(d))", "a IN (b, :c, size(d))"},
      {"size(size(a)) > b", "size(size(a)) > b"},  // refused for its types when it is resolved
      {"NOT NOT a = b", "NOT NOT a = b"},
      {"(NOT a = b)", "NOT a = b"},
      // NOT binds before AND, AND before OR.
      {"a = b OR c = d AND e = f", "a = b OR c = d AND e = f"},
      {"(a = b OR c = d) AND e = f", "(a = b OR c = d) AND e = f"},
      {"NOT a = b AND c = d", "NOT a = b AND c = d"},
      {"NOT (a = b AND c = d)", "NOT (a = b AND c = d)"},
      {"a = b AND (c = d AND e = f)", "a = b AND (c = d AND e = f)"},
      {"((a = b) OR (c = d))", "a = b OR c = d"},
      {"(((a) = b) AND c = d)", "a = b AND c = d"},
      {"(attribute_exists(a))", "attribute_exists(a)"},
      {"attribute_not_exists(#a) or begins_with(b,:v)", "attribute_not_exists(#a) OR begins_with(b, :v)"},
      {"android = b AND inn = c", "android = b AND inn = c"},
      {"a[007] = b", "a[7] = b"},
      {"#1 = :2", "#1 = :2"},
  };
  for (const auto& acceptance : cases) {
    const auto ast = parse_condition(ExpressionKind::kCondition, acceptance.text);
    ASSERT_EQ(error_of(ast), "ok") << acceptance.text;
    EXPECT_EQ(to_text(*ast), acceptance.printed);
  }
}

// 5.4: functions, parentheses and the AND of BETWEEN are no operators.
TEST(ConditionParser, CountsOperators) {
  const std::string at_limit = "a = b" + repeat(" OR size(a)=b", 149) + " OR contains(a, b)";
  EXPECT_EQ(error_of(parse_condition(ExpressionKind::kCondition, at_limit)), "ok");
  EXPECT_EQ(error_of(parse_condition(ExpressionKind::kCondition, "NOT " + at_limit)),
            "Invalid ConditionExpression: The expression contains too many operators; operator count: 301");
}

TEST(ConditionParser, AcceptsTheLimits) {
  EXPECT_EQ(error_of(parse_condition(ExpressionKind::kCondition, repeat("NOT ", 299) + "a = b")), "ok");
  EXPECT_EQ(error_of(parse_condition(ExpressionKind::kCondition, repeat("NOT (", 299) + "a = b" + repeat(")", 299))),
            "ok");
  EXPECT_EQ(error_of(parse_condition(ExpressionKind::kCondition, "a" + repeat("[0]", 31) + " = b")), "ok");
  std::string longest = "a = b";
  longest.append(kMaxExpressionBytes - longest.size(), ' ');
  EXPECT_EQ(error_of(parse_condition(ExpressionKind::kCondition, longest)), "ok");
}

TEST(ConditionParser, NumbersPlaceholdersByFirstUse) {
  const auto ast = parse_condition(ExpressionKind::kFilter, "#b = :y AND #a = :x AND #b.#c > :y");
  ASSERT_EQ(error_of(ast), "ok");
  EXPECT_EQ(ast->placeholders.names, (std::vector<std::string>{"#b", "#a", "#c"}));
  EXPECT_EQ(ast->placeholders.values, (std::vector<std::string>{":y", ":x"}));
}

}  // namespace
}  // namespace millrace::expression
