// Parameters and values of statements, and what is checked before a table is looked for (API reference, 3.14 and 5.4).
#include "server/partiql/bound_statement.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/expression/syntax/test_values.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/partiql/syntax/parser.hpp"

namespace millrace::partiql {
namespace {

using namespace expression::testing;
using Parameters = std::vector<AttributeValue>;

Result<BoundStatement> bound(std::string_view text, Parameters parameters = {}) {
  TRY_ASSIGN(const auto statement, parse_statement(text));
  return bind(statement, std::move(parameters));
}

/// The item of an INSERT as JSON, or the error.
std::string inserted(std::string_view text, Parameters parameters = {}) {
  const auto statement = bound(text, std::move(parameters));
  if (statement.has_error()) return statement.error().message;
  return json::to_json(std::get<BoundWrite>(*statement).insert->item());
}

TEST(BoundStatement, CountsParameters) {
  const std::string mismatch = "Number of parameters in request and statement don't match.";
  EXPECT_EQ(error_of(bound("SELECT * FROM t WHERE p = ?")), mismatch);
  EXPECT_EQ(error_of(bound("SELECT * FROM t WHERE p = ?", {s("a"), s("b")})), mismatch);
  EXPECT_EQ(error_of(bound("SELECT * FROM t", {s("a")})), mismatch);
  EXPECT_EQ(error_of(bound("SELECT * FROM t WHERE p = '?'")), "ok");
  EXPECT_EQ(error_of(bound("SELECT * FROM t WHERE p = ? AND q = ?", {s("a"), n("1")})), "ok");
}

TEST(BoundStatement, PutsValuesTogether) {
  EXPECT_EQ(
      inserted("INSERT INTO t VALUE {'b': ?, 'a': [?, {'c': ?}], 'd': <<?, 'x'>>, 'e': <<2, 1>>}",
               {n("1"), s("s"), b("\x01"), s("y")}),
      R"({"a":{"L":[{"S":"s"},{"M":{"c":{"B":"AQ=="}}}]},"b":{"N":"1"},"d":{"SS":["x","y"]},"e":{"NS":["1","2"]}})");
  EXPECT_EQ(inserted("INSERT INTO t VALUE {'a': <<?, ?>>}", {b("b"), b("a")}), R"({"a":{"BS":["YQ==","Yg=="]}})");
}

TEST(BoundStatement, RefusesWhatIsNoValue) {
  EXPECT_EQ(inserted("INSERT INTO t VALUE {'a': <<'x', 'x'>>}"),
            "One or more parameter values were invalid: Input collection [x, x] contains duplicates.");
  const std::string no_member =
      "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags";
  EXPECT_EQ(inserted("INSERT INTO t VALUE {'a': <<'x', 1>>}"), no_member);
  EXPECT_EQ(inserted("INSERT INTO t VALUE {'a': <<[1]>>}"), no_member);
  EXPECT_NE(inserted("INSERT INTO t VALUE {'': 1}").find("mpty"), std::string::npos);
  std::string nested = "1";
  for (int level = 0; level < 32; ++level) nested = "[" + nested + "]";
  EXPECT_NE(inserted("INSERT INTO t VALUE {'a': " + nested + "}").find("Nesting Levels have exceeded"),
            std::string::npos);
  EXPECT_EQ(inserted("INSERT INTO t VALUE {'a': ?}", {s(std::string(409'600, 'x'))}),
            "Item size has exceeded the maximum allowed size");
}

TEST(BoundStatement, ChecksOperands) {
  struct Case {
    std::string text;
    std::string error;
  };
  const std::string operand = "Incorrect operand type for operator or function; operator or function: ";
  const Case cases[] = {
      {"SELECT * FROM t WHERE a < [1]", operand + "<, operand type: L"},
      {"SELECT * FROM t WHERE a > true", operand + ">, operand type: BOOL"},
      {"DELETE FROM t WHERE a BETWEEN NULL AND 1", operand + "BETWEEN, operand type: NULL"},
      {"SELECT * FROM t WHERE begins_with(a, 1)", operand + "begins_with, operand type: N"},
      {"SELECT * FROM t WHERE size(1) > 1", operand + "size, operand type: N"},
      {"SELECT * FROM t WHERE attribute_type(a, 'X')",
       "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
      {"SELECT * FROM t WHERE begins_with(a)",
       "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: "
       "1"},
      {"SELECT * FROM t WHERE 1 IS MISSING",
       "Operator or function requires a document path; operator or function: attribute_not_exists"},
      {"UPDATE t SET a = b + 'x'", operand + "+, operand type: S"},
      {"UPDATE t SET a = list_append(a, 1)", operand + "list_append, operand type: N"},
      {"SELECT * FROM t WHERE attribute_exists()",
       "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of "
       "operands: 0"},
      {"UPDATE t SET a = 1 SET a.b = 2",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path "
       "two: "
       "[a, b]"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(error_of(bound(text)), error) << text;
}

}  // namespace
}  // namespace millrace::partiql
