// Grammar and texts of updates and projections: API reference 5.1 to 5.4. Rejections first.
#include <gtest/gtest.h>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/parser_fixture.hpp"
#include "server/expression/syntax/print.hpp"
#include "server/expression/syntax/reserved_words.hpp"
#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

using testing::error_of;
using testing::Rejection;
using testing::repeat;
using testing::syntax;

TEST(UpdateParser, Rejects) {
  const std::string redundant = "The expression has redundant parentheses;";
  const auto once = [](std::string section) {
    return "The \"" + section + "\" section can only be used once in an update expression;";
  };
  const auto reserved = [](std::string word) {
    return "Attribute name is a reserved keyword; reserved keyword: " + word;
  };
  const auto misused = [](std::string function) {
    return "The function is not allowed to be used this way in an expression; function: " + function;
  };
  const Rejection cases[] = {
      {"5.4", "  ", "The expression can not be empty;"},
      {"5.4", "SET a = :" + std::string(4090, 'v'),
       "Expression size has exceeded the maximum allowed size; expression size: 4099"},
      {"5.4 example", "INVALID SYNTAX HERE", syntax("INVALID", "INVALID SYNTAX")},
      {"5.4 example", "ADD hits : incr", syntax(":", "hits : incr")},
      {"5.4 example", "SET a=:b,", syntax("<EOF>", ",")},
      {"5.1 example", "SET _123 = :v", syntax("_", "SET _123")},
      {"5.4", "SET", syntax("<EOF>", "SET")},
      {"5.4", "SET a", syntax("<EOF>", "a")},
      {"5.4", "SET a = SET", syntax("SET", "= SET")},
      {"5.4", "SET a b", syntax("b", "a b")},
      {"5.4", "SET :a = b", syntax(":a", "SET :a =")},
      {"5.4", "SET f(a) = b", syntax("(", "f(a")},
      {"5.4", "SET a = 1", syntax("1", "= 1")},
      {"5.4", "SET a = b / c", syntax("/", "b / c")},
      {"5.4", "SET (a = b)", syntax("(", "SET (a")},
      {"5.4", "REMOVE a = b", syntax("=", "a = b")},
      {"5.4", "REMOVE :a", syntax(":a", "REMOVE :a")},
      {"5.4", "REMOVE a b", syntax("b", "a b")},
      {"5.4", "ADD a", syntax("<EOF>", "a")},
      {"5.4", "ADD a b", syntax("b", "a b")},
      {"5.4", "ADD a = :v", syntax("=", "a = :v")},
      {"5.4", "DELETE a if_not_exists(b)", syntax("if_not_exists", "a if_not_exists(")},
      {"5.2 two operands", "SET a = b + c + d", syntax("+", "c + d")},
      {"5.2 two operands", "SET a = (b + c) + d", syntax("+", ") + d")},
      {"5.2 two operands", "SET a = b + (c + d)", syntax("+", "c + d")},
      {"5.2 no arithmetic in functions", "SET a = list_append(b + c, d)", syntax("+", "b + c")},
      {"5.2", "SET a = (b.c).d + e", syntax(".", ").d")},
      {"5.2", "SET a = b REMOVE", syntax("<EOF>", "REMOVE")},
      {"5.2", "SET a = b, REMOVE c", syntax("REMOVE", ", REMOVE c")},
      // Classes of errors, in their order (5.3).
      {"5.4", "SET a = ((b))", redundant},
      {"5.4 bounded recursion", "SET a = " + repeat("(", 2000) + "b" + repeat(")", 2000), redundant},
      {"5.4", "SET a = :c SET abOrt = :d", reserved("abOrt")},
      {"5.4", "REMOVE Absolute", reserved("Absolute")},
      {"5.3", "SET a = nope(b) SET b = c REMOVE c.data", reserved("data")},
      {"5.3", "SET a = nope(b) SET b = c", "Invalid function name; function: nope"},
      {"5.4", "SET a = IF_NOT_EXISTS(a, b)", "Invalid function name; function: IF_NOT_EXISTS"},
      {"5.4 bounded recursion", "SET a = " + repeat("f(", 2000) + "a", "Invalid function name; function: f"},
      {"5.4", "SET a = size(b)", "The function is not allowed in an update expression; function: size"},
      {"5.4", "SET a = list_append(b, attribute_exists(c))",
       "The function is not allowed in an update expression; function: attribute_exists"},
      {"5.4", "SET a = list_append(list_append(b, :l), :l)", misused("list_append")},
      {"5.4", "SET a = list_append(:l, (list_append(b, :l)))", misused("list_append")},
      {"5.4", "SET a = if_not_exists(a, list_append(:l, list_append(b, :l)))", misused("list_append")},
      {"5.3", "SET a = list_append(list_append(b, :l), nope(c))", "Invalid function name; function: nope"},
      {"5.4", "SET a = b SET c = d", once("SET")},
      {"5.4", "remove a set b = c remove d", once("REMOVE")},
      {"5.4", "ADD a :v ADD b :v", once("ADD")},
      {"5.4", "DELETE a :v SET b = c DELETE d :v", once("DELETE")},
      {"5.4", "SET a[4294967296] = :v", "List index is not within the allowable range; index: [4294967296]"},
      {"5.4", "REMOVE a" + repeat(".b", 32), "The document path has too many nesting levels; nesting levels: 33"},
  };
  for (const auto& rejection : cases) {
    EXPECT_EQ(error_of(parse_update(rejection.text)), "Invalid UpdateExpression: " + rejection.error)
        << rejection.source << ": " << rejection.text.substr(0, 80);
  }
}

TEST(UpdateParser, AcceptsTheGrammar) {
  struct Acceptance {
    std::string text;
    std::string printed;
  };
  const Acceptance cases[] = {
      {"set a=:b", "SET a = :b"},
      {"SET a = b, c.d[0]=:e", "SET a = b, c.d[0] = :e"},
      {"SET a = b + :c", "SET a = b + :c"},
      {"SET a = (b - c)", "SET a = b - c"},
      {"SET a = ((b.c.d)+(e))", "SET a = b.c.d + e"},
      {"SET a = (b)", "SET a = b"},
      {"SET a = if_not_exists(a, :z) + :one", "SET a = if_not_exists(a, :z) + :one"},
      {"SET a = list_append(if_not_exists(a,:e),:v)", "SET a = list_append(if_not_exists(a, :e), :v)"},
      {"SET a = if_not_exists(a, if_not_exists(b, :v))", "SET a = if_not_exists(a, if_not_exists(b, :v))"},
      {"SET a = if_not_exists(a)", "SET a = if_not_exists(a)"},  // counted when it is resolved
      {"REMOVE a, b[1], #c.d", "REMOVE a, b[1], #c.d"},
      {"ADD a :v, b.c :w", "ADD a :v, b.c :w"},
      {"DELETE a :v", "DELETE a :v"},
      {"remove a delete b :v set c = :d add e :f", "REMOVE a DELETE b :v SET c = :d ADD e :f"},
  };
  for (const auto& acceptance : cases) {
    const auto ast = parse_update(acceptance.text);
    ASSERT_EQ(error_of(ast), "ok") << acceptance.text;
    EXPECT_EQ(to_text(*ast), acceptance.printed);
  }
}

TEST(ProjectionParser, Rejects) {
  const Rejection cases[] = {
      {"5.4", "", "The expression can not be empty;"},
      {"5.4", "a,", syntax("<EOF>", ",")},
      {"5.4", ",a", syntax(",", ",a")},
      {"5.4", "a b", syntax("b", "a b")},
      {"5.4", "a = b", syntax("=", "a = b")},
      {"5.4", ":a", syntax(":a", ":a")},
      {"5.4", "a[]", syntax("]", "[]")},
      {"5.4", "size(a)", syntax("(", "size(a")},
      {"5.4", "a, b.Size", "Attribute name is a reserved keyword; reserved keyword: Size"},
      {"4.5", "a" + repeat(".b", 32), "The document path has too many nesting levels; nesting levels: 33"},
  };
  for (const auto& rejection : cases) {
    EXPECT_EQ(error_of(parse_projection(rejection.text)), "Invalid ProjectionExpression: " + rejection.error)
        << rejection.source << ": " << rejection.text.substr(0, 80);
  }
}

TEST(ProjectionParser, AcceptsPaths) {
  const auto ast = parse_projection(" a ,b . c[ 3 ],#d[0][1]");
  ASSERT_EQ(error_of(ast), "ok");
  EXPECT_EQ(to_text(*ast), "a, b.c[3], #d[0][1]");
}

// Appendix C
TEST(ReservedWords, AreFoundInAnyCase) {
  EXPECT_TRUE(is_reserved_word("ABORT"));
  EXPECT_TRUE(is_reserved_word("zone"));
  EXPECT_TRUE(is_reserved_word("LocalTimeStamp"));
  EXPECT_FALSE(is_reserved_word("aborts"));
  EXPECT_FALSE(is_reserved_word(""));
  EXPECT_FALSE(is_reserved_word(std::string(5000, 'a')));
}

}  // namespace
}  // namespace millrace::expression
