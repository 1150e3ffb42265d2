// Grammar and texts of statements: API reference 3.14. Rejections first.
#include "server/partiql/syntax/parser.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/expression/syntax/print.hpp"

namespace millrace::partiql {
namespace {

std::string to_text(const ValueTerm& term);

template <class Terms, class Print>
std::string listed(const Terms& terms, const Print& print) {
  std::string text;
  for (const auto& term : terms) text.append(text.empty() ? "" : ", ").append(print(term));
  return text;
}

std::string to_text(const MapTerm& map) {
  return "{" + listed(map.entries, [](const MapEntry& entry) { return entry.name + ": " + to_text(entry.value); }) +
         "}";
}

struct TermPrinter {
  std::string operator()(const model::AttributeValue& value) const { return model::to_message_text(value); }
  std::string operator()(const Parameter& parameter) const { return "?" + std::to_string(parameter.number); }
  std::string operator()(const ListTerm& list) const {
    return "[" + listed(list.elements, [](const ValueTerm& term) { return to_text(term); }) + "]";
  }
  std::string operator()(const SetTerm& set) const {
    return "<<" + listed(set.members, [](const ValueTerm& term) { return to_text(term); }) + ">>";
  }
  std::string operator()(const MapTerm& map) const { return partiql::to_text(map); }
};

std::string to_text(const ValueTerm& term) { return std::visit(TermPrinter{}, term.node); }

/// A statement as this test's tables spell it: values where expressions have placeholders.
class StatementPrinter {
 public:
  explicit StatementPrinter(const Statement& statement) {
    for (const auto& term : statement.values) placeholders_.values.push_back(to_text(term));
  }

  std::string operator()(const Select& select) const {
    std::string text = "SELECT ";
    text += select.paths.empty() ? "*" : expression::to_text(expression::ProjectionAst{select.paths, {}});
    text += " FROM " + of(select.from) + of(select.where);
    for (const auto& key : select.order) text += " BY " + key.attribute + (key.descending ? " DESC" : " ASC");
    return text;
  }
  std::string operator()(const Insert& insert) const {
    return "INSERT " + of(insert.into) + " " + to_text(insert.item);
  }
  std::string operator()(const Update& update) const {
    return "UPDATE " + of(update.target) + " " +
           expression::to_text(expression::UpdateAst{update.actions, placeholders_}) + of(update.where) +
           of(update.returning);
  }
  std::string operator()(const Delete& erase) const {
    return "DELETE " + of(erase.from) + of(erase.where) + of(erase.returning);
  }
  std::string operator()(const Exists& exists) const { return "EXISTS " + (*this)(exists.select); }

 private:
  static std::string of(const Source& source) { return source.table + (source.index ? "/" + *source.index : ""); }
  static std::string of(Returning returning) {
    static constexpr std::string_view kTexts[] = {"", " ALL OLD", " MODIFIED OLD", " ALL NEW", " MODIFIED NEW"};
    return std::string{kTexts[static_cast<std::size_t>(returning)]};
  }
  [[nodiscard]] std::string of(const std::optional<expression::Condition>& where) const {
    if (!where) return {};
    return " WHERE " +
           expression::to_text(expression::ConditionAst{expression::ExpressionKind::kStatement, *where, placeholders_});
  }

  expression::PlaceholderTable placeholders_;
};

std::string parsed(std::string_view text) {
  const auto statement = parse_statement(text);
  if (statement.has_error()) return statement.error().message;
  return std::visit(StatementPrinter{*statement}, statement->node);
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t n = 0; n < times; ++n) text.append(piece);
  return text;
}

struct Case {
  std::string text;
  std::string expected;
};

TEST(StatementParser, RejectsWhatIsNotWellFormed) {
  const auto malformed = [](std::string_view detail) {
    return std::string{"Statement wasn't well formed, can't be processed: "}.append(detail);
  };
  const auto unexpected = [&](std::string_view place) {
    return malformed(std::string{"Unexpected token at "}.append(place));
  };
  const auto end = [&](std::string_view place) {
    return malformed(std::string{"Unexpected end of statement at "}.append(place));
  };
  const auto unfinished = [&](std::string_view place) {
    return malformed(std::string{"Missing end of string, identifier or comment at "}.append(place));
  };
  const std::string expected_manipulation = malformed("Expected data manipulation");
  const std::string after = malformed("Unexpected token after expression");
  const std::string boolean = "WHERE clause must contain an expression that resolves to a boolean";
  const std::string struct_format =
      "Unsupported format in item expression. Please use struct format {...} to express item values for insert "
      "statement.";
  const std::string empty_component = "Path component cannot be an empty string";
  const Case cases[] = {
      // What begins no statement.
      {"", expected_manipulation},
      {" \t\n", expected_manipulation},
      {"-- SELECT * FROM t", expected_manipulation},
      {"DROP TABLE t", expected_manipulation},
      {"(SELECT * FROM t)", expected_manipulation},
      {"\xE2\x82\xAC", expected_manipulation},
      {"'SELECT", expected_manipulation},
      // SELECT.
      {"SELECT", end("1:7:0")},
      {"SELECT *", end("1:9:0")},
      {"SELECT * FROM", end("1:14:0")},
      {"SELECT * FROM t WHERE", end("1:22:0")},
      {"SELECT FROM t", unexpected("1:8:4")},
      {"SELECT a, FROM t", unexpected("1:11:4")},
      {"SELECT *, a FROM t", "Other attributes should not be present in the projection when '*' is used."},
      {"SELECT COUNT(*) FROM t", "Unexpected path component at 1:8:5"},
      {"SELECT 1 FROM t", unexpected("1:8:1")},
      {"SELECT a AS b FROM t", "Aliasing is not supported at 1:13:1"},
      {"SELECT a b FROM t", "Aliasing is not supported at 1:10:1"},
      {"SELECT * FROM t AS x", "Aliasing is not supported at 1:20:1"},
      {"SELECT * FROM t x", "Aliasing is not supported at 1:17:1"},
      {"SELECT * FROM t, u", "Only select from a single table or index is supported."},
      {"SELECT * FROM 't'", unexpected("1:15:3")},
      {"SELECT * FROM \"\"", empty_component},
      {"SELECT * FROM t.\"\"", empty_component},
      {"SELECT \"\" FROM t", empty_component},
      {"SELECT a.\"\" FROM t", empty_component},
      {"SELECT a[''] FROM t", empty_component},
      {"SELECT * FROM a.b.c", "A path may contain at most 2 components in the FROM clause"},
      {"SELECT * FROM t ORDER a", unexpected("1:23:1")},
      {"SELECT * FROM t ORDER BY 1", unexpected("1:26:1")},
      {"SELECT * FROM t;;", after},
      {"SELECT a[-1] FROM t", unexpected("1:10:1")},
      {"SELECT a[1.5] FROM t", unexpected("1:10:3")},
      {"SELECT a[99999999999] FROM t", unexpected("1:10:11")},
      {"SELECT a[b] FROM t", unexpected("1:10:1")},
      {"SELECT a" + repeated(".a", 32) + " FROM t", malformed("Path is too long at 1:8:1")},
      // Characters, not bytes; lines.
      {"SELECT *\n  FROM t\n WHERE \xE2\x82\xAC = 1", unexpected("3:8:1")},
      {"SELECT \"\xF0\x9F\x98\x80\", \xF0\x9F\x98\x80 FROM t", unexpected("1:13:1")},
      {"SELECT * FROM \"t", unfinished("1:15:2")},
      {"SELECT * FROM t WHERE a = 'it''s", unfinished("1:27:6")},
      {"SELECT * /* FROM t", unfinished("1:10:9")},
      // Conditions.
      {"SELECT * FROM t WHERE a", boolean},
      {"SELECT * FROM t WHERE true", boolean},
      {"SELECT * FROM t WHERE size(a)", boolean},
      {"SELECT * FROM t WHERE a = ", end("1:27:0")},
      {"SELECT * FROM t WHERE a == 1", unexpected("1:26:1")},
      {"SELECT * FROM t WHERE a = 1 AND", end("1:32:0")},
      {"SELECT * FROM t WHERE a = 1 b", after},
      {"SELECT * FROM t WHERE (a = 1", end("1:29:0")},
      {"SELECT * FROM t WHERE (a = 1) = 2", unexpected("1:31:1")},
      {"SELECT * FROM t WHERE contains(a, 1) = 2", unexpected("1:38:1")},
      {"SELECT * FROM t WHERE a = b = c", after},
      {"SELECT * FROM t WHERE a IN b", unexpected("1:28:1")},
      {"SELECT * FROM t WHERE a IN ()", unexpected("1:29:1")},
      {"SELECT * FROM t WHERE a IN (1]", unexpected("1:30:1")},
      {"SELECT * FROM t WHERE a IN ?", unexpected("1:28:1")},
      {"SELECT * FROM t WHERE a BETWEEN 1", end("1:34:0")},
      {"SELECT * FROM t WHERE a IS 1", unexpected("1:28:1")},
      {"SELECT * FROM t WHERE sum(a) = 1", "Unrecognized function: sum at 1:23:3"},
      {"SELECT * FROM t WHERE EXISTS(SELECT * FROM t)", "Unrecognized function: exists at 1:23:6"},
      {"SELECT * FROM t WHERE a.exists = 1", malformed("Invalid path dot component")},
      {"SELECT * FROM t WHERE a = MISSING", "MISSING must be compared using IS operator"},
      {"SELECT * FROM t WHERE a = [1", end("1:29:0")},
      {"SELECT * FROM t WHERE a = [b]", unexpected("1:28:1")},
      {"SELECT * FROM t WHERE a = <<1", end("1:30:0")},
      {"SELECT * FROM t WHERE a = {b: 1}", unexpected("1:28:1")},
      {"SELECT * FROM t WHERE a = - b", unexpected("1:29:1")},
      {"SELECT * FROM t WHERE a = 1e999",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      // INSERT.
      {"INSERT t VALUE {'a': 1}", unexpected("1:8:1")},
      {"INSERT INTO t", end("1:14:0")},
      {"INSERT INTO t VALUE", end("1:20:0")},
      {"INSERT INTO t VALUE ?", struct_format},
      {"INSERT INTO t VALUES ({'a': 1})",
       "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT INTO "
       "tableName VALUE item\" instead"},
      {"INSERT INTO t VALUE {'a': 1, 'a': 2}", "Duplicate keys in tuple. Key: a under root at 1:30:3"},
      {"INSERT INTO t VALUE {'a': [{'b': 1, 'b': 2}]}", "Duplicate keys in tuple. Key: b under a at 1:37:3"},
      {"INSERT INTO t VALUE {'a' 1}", unexpected("1:26:1")},
      {"INSERT INTO t VALUE {'a': b}", unexpected("1:27:1")},
      {"INSERT INTO t VALUE {'a': 1,}", unexpected("1:29:1")},
      {"INSERT INTO t VALUE {'a': 1} RETURNING ALL OLD *", "RETURNING is not supported in INSERT"},
      // UPDATE and DELETE.
      {"UPDATE t WHERE a = 1", unexpected("1:10:5")},
      {"UPDATE t SET WHERE a = 1", unexpected("1:14:5")},
      {"UPDATE t SET a WHERE a = 1", unexpected("1:16:5")},
      {"UPDATE t SET a = b + c + d WHERE a = 1", after},
      {"UPDATE t SET a = if_not_exists(a, 1) WHERE a = 1", "Unrecognized function: if_not_exists at 1:18:13"},
      {"UPDATE t SET a = list_append(list_append(a, b), c)", "Unrecognized function: list_append at 1:30:11"},
      {"UPDATE t SET a = set_add(b, <<1>>) WHERE a = 1",
       "The first argument to SET_ADD must equal the assignment value at 1:18:7"},
      {"UPDATE t SET a = set_add(a, b) WHERE a = 1",
       "The second argument to SET_ADD must be a value with type SET at 1:26:1"},
      {"UPDATE t SET a = set_delete(a, ['x']) WHERE a = 1",
       "The second argument to SET_DELETE must be a value with type SET at 1:29:1"},
      {"UPDATE t SET a = set_add(a) WHERE a = 1", "SET_ADD must have exactly two arguments at 1:18:7"},
      {"UPDATE t SET a = set_add(a, <<1>>, <<2>>)", "SET_ADD must have exactly two arguments at 1:18:7"},
      {"UPDATE t SET a = <<>>", "Empty bags are not supported"},
      {"UPDATE t REMOVE WHERE a = 1", unexpected("1:17:5")},
      {"UPDATE t SET a = 1 RETURNING ALL", end("1:33:0")},
      {"UPDATE t SET a = 1 RETURNING ALL OLD", end("1:37:0")},
      {"UPDATE t SET a = 1 RETURNING OLD *", unexpected("1:30:3")},
      {"DELETE t WHERE a = 1", unexpected("1:8:1")},
      {"DELETE FROM t WHERE a = 1 RETURNING MODIFIED OLD *",
       "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements."},
      {"DELETE FROM t RETURNING ALL NEW *",
       "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements."},
      {"DELETE FROM t RETURNING MODIFIED NEW *",
       "Invalid returning clause: RETURNING MODIFIED NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements."},
      {"EXISTS SELECT * FROM t", unexpected("1:8:6")},
      {"EXISTS(SELECT * FROM t", end("1:23:0")},
      {"EXISTS(DELETE FROM t)", unexpected("1:8:6")},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parsed(text), expected) << text;
}

TEST(StatementParser, EndsAtItsDepth) {
  const std::string too_deep = "Statement wasn't well formed, can't be processed: Nesting is too deep at ";
  for (const std::string_view opening : {"(", "NOT ", "[", "<<", "{'a':", "NOT ("}) {
    const auto text = "SELECT * FROM t WHERE " +
                      std::string{opening == "[" || opening == "<<" || opening[0] == '{' ? "a = " : ""} +
                      repeated(opening, 10'000);
    EXPECT_TRUE(parsed(text).starts_with(too_deep)) << opening << ": " << parsed(text);
  }
  EXPECT_TRUE(parsed("SELECT * FROM t WHERE " + repeated("size(", 10'000)).starts_with(too_deep));
  EXPECT_TRUE(parsed("INSERT INTO t VALUE " + repeated("{'a':", 10'000)).starts_with(too_deep));
  EXPECT_TRUE(parsed("SELECT * FROM t WHERE " + repeated("(", kMaxDepth) + "a = 1" + repeated(")", kMaxDepth))
                  .starts_with("SELECT * FROM t WHERE "));
}

TEST(StatementParser, Parses) {
  const std::string deep_chain = repeated("a = 1 OR ", 800) + "a = 1";
  const Case cases[] = {
      {"SELECT * FROM t", "SELECT * FROM t"},
      {"select * from \"t\";", "SELECT * FROM t"},
      {"Select\t*\nFrom t -- all of it", "SELECT * FROM t"},
      {"/* a */SELECT/* b -- */*/**/FROM t--", "SELECT * FROM t"},
      {"SELECT * FROM \"a \"\"b\"\"\"", "SELECT * FROM a \"b\""},
      {"SELECT * FROM t.i", "SELECT * FROM t/i"},
      {"SELECT * FROM \"t\" . \"i\"", "SELECT * FROM t/i"},
      {"SELECT a, b.c, d[0], e['f'].g[1], \"h.i\" FROM t", "SELECT a, b.c, d[0], e.f.g[1], h.i FROM t"},
      {"SELECT a.\"order\", \"value\" FROM t", "SELECT a.order, value FROM t"},
      {"SELECT old, modified FROM t", "SELECT old, modified FROM t"},
      {"SELECT * FROM t WHERE p = 'it''s' ORDER BY r DESC, p ASC, q",
       "SELECT * FROM t WHERE p = {S:it's} BY r DESC BY p ASC BY q ASC"},
      // Values.
      {"SELECT * FROM t WHERE a = 1 OR a = -1.50e2 OR a = .5 OR a = +7.",
       "SELECT * FROM t WHERE a = {N:1} OR a = {N:-150} OR a = {N:0.5} OR a = {N:7}"},
      {"SELECT * FROM t WHERE a = true OR a = FALSE OR a = null",
       "SELECT * FROM t WHERE a = {BOOL:true} OR a = {BOOL:false} OR a = {NULL:true}"},
      {"SELECT * FROM t WHERE a = ? AND ? = b", "SELECT * FROM t WHERE a = ?0 AND ?1 = b"},
      {"SELECT * FROM t WHERE a = [] OR a = [1, ?, ['x']] OR a = {} OR a = {'b': {'c': ?}} OR a = << 'x', 'y' >>",
       "SELECT * FROM t WHERE a = [] OR a = [{N:1}, ?0, [{S:x}]] OR a = {} OR a = {b: {c: ?1}} OR a = <<{S:x}, "
       "{S:y}>>"},
      {"SELECT * FROM t WHERE a = '\xE2\x82\xAC \xF0\x9F\x98\x80'",
       "SELECT * FROM t WHERE a = {S:\xE2\x82\xAC \xF0\x9F\x98\x80}"},
      // Conditions.
      {"SELECT * FROM t WHERE a <> 1 AND a != 2 AND a < 3 AND a <= 4 AND a > 5 AND a >= 6",
       "SELECT * FROM t WHERE a <> {N:1} AND a <> {N:2} AND a < {N:3} AND a <= {N:4} AND a > {N:5} AND a >= {N:6}"},
      {"SELECT * FROM t WHERE NOT a = 1 AND b = 2 OR c = 3",
       "SELECT * FROM t WHERE NOT a = {N:1} AND b = {N:2} OR c = {N:3}"},
      {"SELECT * FROM t WHERE NOT (a = 1 AND (b = 2 OR c = 3))",
       "SELECT * FROM t WHERE NOT (a = {N:1} AND (b = {N:2} OR c = {N:3}))"},
      {"SELECT * FROM t WHERE ((a)) = ((1)) AND (NOT NOT (a = 2))",
       "SELECT * FROM t WHERE a = {N:1} AND NOT NOT a = {N:2}"},
      {"SELECT * FROM t WHERE a BETWEEN 1 AND 2 AND b IN (1, c) AND b IN [2]",
       "SELECT * FROM t WHERE a BETWEEN {N:1} AND {N:2} AND b IN ({N:1}, c) AND b IN ({N:2})"},
      {"SELECT * FROM t WHERE a IS MISSING OR a IS NOT MISSING OR a.b IS NULL OR a IS NOT null",
       "SELECT * FROM t WHERE attribute_not_exists(a) OR attribute_exists(a) OR attribute_type(a.b, {S:NULL}) OR NOT "
       "attribute_type(a, {S:NULL})"},
      {"SELECT * FROM t WHERE begins_with(a, 'x') AND CONTAINS(a.b, ?) AND attribute_type(a, 'S') AND size(a) > "
       "size(b)",
       "SELECT * FROM t WHERE begins_with(a, {S:x}) AND contains(a.b, ?0) AND attribute_type(a, {S:S}) AND size(a) > "
       "size(b)"},
      {"SELECT * FROM t WHERE size = 1 OR attribute_exists(a) OR attribute_not_exists(a.b)",
       "SELECT * FROM t WHERE size = {N:1} OR attribute_exists(a) OR attribute_not_exists(a.b)"},
      // INSERT.
      {"INSERT INTO t VALUE {}", "INSERT t {}"},
      {"insert into \"t\" value {'a': 1, 'b': [?], 'c': <<'x'>>, 'd': ?}",
       "INSERT t {a: {N:1}, b: [?0], c: <<{S:x}>>, d: ?1}"},
      // UPDATE.
      {"UPDATE t SET a = 1 SET b.c[0] = ? WHERE p = 1", "UPDATE t SET a = {N:1}, b.c[0] = ?0 WHERE p = {N:1}"},
      {"UPDATE t SET a = 1, b = c REMOVE d REMOVE e.f, g[1] WHERE p = 1",
       "UPDATE t SET a = {N:1}, b = c REMOVE d, e.f, g[1] WHERE p = {N:1}"},
      {"UPDATE t SET a = a + 1 SET b = b -1 SET c = -1 SET d = ? + e WHERE p = 1",
       "UPDATE t SET a = a + {N:1}, b = b - {N:1}, c = {N:-1}, d = ?0 + e WHERE p = {N:1}"},
      {"UPDATE t SET a = list_append(a, ['x']) SET b = LIST_APPEND(?, b)",
       "UPDATE t SET a = list_append(a, [{S:x}]), b = list_append(?0, b)"},
      {"UPDATE t SET a = set_add(a, <<'x'>>) SET b.c = set_delete(b.c, ?) WHERE p = 1",
       "UPDATE t ADD a <<{S:x}>> DELETE b.c ?0 WHERE p = {N:1}"},
      {"UPDATE t SET a = 1 RETURNING ALL OLD *", "UPDATE t SET a = {N:1} ALL OLD"},
      {"UPDATE t SET a = 1 WHERE p = 1 returning modified new *",
       "UPDATE t SET a = {N:1} WHERE p = {N:1} MODIFIED NEW"},
      {"UPDATE t SET a = 1 RETURNING ALL NEW *", "UPDATE t SET a = {N:1} ALL NEW"},
      {"UPDATE t SET a = 1 RETURNING MODIFIED OLD *", "UPDATE t SET a = {N:1} MODIFIED OLD"},
      // DELETE and EXISTS.
      {"DELETE FROM t", "DELETE t"},
      {"DELETE FROM t WHERE p = 1 RETURNING ALL OLD *", "DELETE t WHERE p = {N:1} ALL OLD"},
      {"EXISTS(SELECT * FROM t WHERE p = 1)", "EXISTS SELECT * FROM t WHERE p = {N:1}"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parsed(text), expected) << text;
  EXPECT_TRUE(
      parsed("SELECT * FROM t WHERE " + deep_chain).starts_with("SELECT * FROM t WHERE a = {N:1} OR a = {N:1}"));
}

TEST(StatementParser, CountsParameters) {
  const auto statement = parse_statement("UPDATE t SET a = ? SET b = [?, {'c': ?}] WHERE p = ? AND q IN (?, 1)");
  ASSERT_TRUE(statement.has_value());
  EXPECT_EQ(statement->parameters, 5U);
  EXPECT_EQ(source_of(*statement).table, "t");
}

}  // namespace
}  // namespace millrace::partiql
