// Static checks (API reference 5.3, 5.4), application (5.6) and ReturnValues (3.7) of updates.
#include "server/expression/update.hpp"

#include <gtest/gtest.h>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

using namespace testing;

class Updates : public ::testing::Test {
 protected:
  Result<ResolvedUpdate> resolve(std::string_view text) {
    TRY_ASSIGN(UpdateAst ast, parse_update(text));
    return resolve_update(shared(std::move(ast)), placeholders_);
  }

  Result<AttributeMap> apply_text(std::string_view text, const AttributeMap& before,
                                  ItemState state = ItemState::kExists) {
    TRY_ASSIGN(const ResolvedUpdate update, resolve(text));
    return apply(update, before, state);
  }

  Placeholders placeholders_{names({{"#a", "a"}, {"#c", "c"}, {"#three", "[3]"}}),
                             item({{":s", s("x")},
                                   {":n", n("1")},
                                   {":m", n("2")},
                                   {":b", b("x")},
                                   {":bool", boolean(true)},
                                   {":null", null()},
                                   {":l", list({s("x")})},
                                   {":e", list({})},
                                   {":map", map({{"k", n("1")}})},
                                   {":ss", ss({"b", "c"})},
                                   {":ns", ns({"1", "3"})},
                                   {":bs", bs({"x"})},
                                   {":max", n("9.9999999999999999999999999999999999999E+125")},
                                   {":big", n("9E+125")},
                                   {":tiny", n("1E-20")}})};
};

TEST_F(Updates, RejectsWhatCannotBeRight) {
  const auto paths = [](std::string verb, std::string one, std::string two) {
    return "Two document paths " + verb +
           " with each other; must remove or rewrite one of these paths; path one: " + one + ", path two: " + two;
  };
  const auto section = [](std::string name, std::string type) {
    return "Incorrect operand type for operator or function; operator: " + name + ", operand type: " + type;
  };
  const auto type = [](std::string name, std::string type_name) {
    return "Incorrect operand type for operator or function; operator or function: " + name +
           ", operand type: " + type_name;
  };
  struct Rejection {
    std::string_view source;
    std::string text;
    std::string error;
  };
  const Rejection cases[] = {
      {"5.4", "SET #x = :y",
       "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"5.3 names before values", "SET a = :y, b = #x",
       "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"5.4", "SET a = if_not_exists(:y)",
       "An expression attribute value used in expression is not defined; attribute value: :y"},
      {"5.4", "SET a.b = :n, a = :n", paths("overlap", "[a, b]", "[a]")},
      {"5.4", "REMOVE a SET #a = :n", paths("overlap", "[a]", "[a]")},
      {"5.4", "SET #c[3].#three = :n, #c[3] = :n", paths("overlap", "[c, [3], [3]]", "[c, [3]]")},
      {"5.3 overlap before conflict", "SET d[1] = a, d.b = a, c[1].a = a, #c = a",
       paths("overlap", "[c, [1], a]", "[c]")},
      {"5.4", "REMOVE a.#c SET a[1] = b", paths("conflict", "[a, c]", "[a, [1]]")},
      {"5.3 conflict before operands", "SET a.b = if_not_exists(c), a[0] = :n ADD d :s",
       paths("conflict", "[a, b]", "[a, [0]]")},
      {"5.4", "SET b = list_append(:s, a) ADD a.b :s", section("ADD", "STRING")},
      {"5.4", "ADD a :b", section("ADD", "BINARY")},
      {"5.4", "ADD a :bool", section("ADD", "BOOLEAN")},
      {"5.4", "ADD a :null", section("ADD", "NULL")},
      {"5.4", "ADD a :l", section("ADD", "LIST")},
      {"5.4", "ADD a :map", section("ADD", "MAP")},
      {"5.4", "DELETE a :s", section("DELETE", "STRING")},
      {"5.4", "DELETE a :n", section("DELETE", "NUMBER")},
      {"5.4", "SET a = if_not_exists(b)",
       "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of "
       "operands: 1"},
      {"5.4", "SET a = list_append(b, c, d)",
       "Incorrect number of operands for operator or function; operator or function: list_append, number of "
       "operands: 3"},
      {"5.4", "SET a = if_not_exists(:s, b)",
       "Operator or function requires a document path; operator or function: if_not_exists"},
      {"5.4", "SET a = if_not_exists(if_not_exists(a, b), c)",
       "Operator or function requires a document path; operator or function: if_not_exists"},
      {"5.4", "SET a = list_append(:s, b)", type("list_append", "S")},
      {"5.4", "SET a = list_append(b, :ns)", type("list_append", "NS")},
      {"5.4", "SET a = a + :s", type("+", "S")},
      {"5.4", "SET a = :l - a", type("-", "L")},
  };
  for (const auto& rejection : cases) {
    EXPECT_EQ(error_of(resolve(rejection.text)), "Invalid UpdateExpression: " + rejection.error)
        << rejection.source << ": " << rejection.text;
  }
}

TEST_F(Updates, FailAtRunTime) {
  const std::string no_attribute = "The provided expression refers to an attribute that does not exist in the item";
  const std::string bad_type = "An operand in the update expression has an incorrect data type";
  const std::string bad_path = "The document path provided in the update expression is invalid for update";
  const auto before =
      item({{"t", s("x")}, {"num", n("1")}, {"l", list({s("x")})}, {"doc", map({})}, {"st", ss({"a"})}});
  struct Failure {
    std::string_view source;
    std::string text;
    std::string error;
  };
  const Failure cases[] = {
      {"5.6", "SET a = gone", no_attribute},
      {"5.6", "SET a = doc.x.y", no_attribute},
      {"5.6", "SET a = gone + :n", no_attribute},
      {"5.6", "SET a = list_append(gone, :l)", no_attribute},
      {"5.6", "SET a = if_not_exists(gone, lost)", no_attribute},
      {"5.6", "SET a = t + :n", bad_type},
      {"5.6", "SET a = if_not_exists(gone, :s) + :n", bad_type},
      {"5.6", "SET a = list_append(num, :l)", bad_type},
      {"5.6", "ADD t :n", bad_type},
      {"5.6", "ADD num :ss", bad_type},
      {"5.6", "ADD st :ns", bad_type},
      {"5.6", "DELETE num :ss", bad_type},
      {"5.6", "DELETE st :ns", bad_type},
      {"5.6", "SET gone.x = :n", bad_path},
      {"5.6", "SET t.x = :n", bad_path},
      {"5.6", "SET doc[0] = :n", bad_path},
      {"5.6", "SET l.x = :n", bad_path},
      {"5.6", "SET l[5].x = :n", bad_path},
      {"5.6", "REMOVE gone.x", bad_path},
      {"5.6", "REMOVE t[0]", bad_path},
      {"5.6", "ADD gone.x :n", bad_path},
      {"5.6", "DELETE gone.x :ss", bad_path},
      {"4.1", "SET a = :big + :big",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      {"4.1", "SET a = :max + :n",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
  };
  for (const auto& failure : cases) {
    EXPECT_EQ(error_of(apply_text(failure.text, before)), failure.error) << failure.source << ": " << failure.text;
  }
  EXPECT_EQ(error_of(apply_text("SET doc.x = :n", item({}), ItemState::kMissing)), bad_path);
}

TEST_F(Updates, Apply) {
  const auto before = item({{"num", n("5")},
                            {"l", list({n("0"), n("1"), n("2")})},
                            {"doc", map({{"x", n("1")}, {"l", list({map({{"y", n("7")}}), n("8")})}})},
                            {"st", ss({"a", "b"})},
                            {"numbers", ns({"1", "2"})}});
  struct Application {
    std::string_view source;
    std::string text;
    std::string path;  ///< top-level attribute to look at
    std::optional<AttributeValue> after;
  };
  const Application cases[] = {
      {"SET value", "SET a = :s", "a", s("x")},
      {"SET replaces", "SET num = :s", "num", s("x")},
      {"SET path", "SET a = doc.l[1]", "a", n("8")},
      {"SET +", "SET num = num + :m", "num", n("7")},
      {"SET -", "SET num = :m - num", "num", n("-3")},
      {"SET + of functions", "SET a = if_not_exists(a, :n) + :m", "a", n("3")},
      {"operands read the item as before", "SET num = :s, a = num", "a", n("5")},
      {"also removed ones", "REMOVE num SET a = num", "a", n("5")},
      {"if_not_exists keeps", "SET num = if_not_exists(num, :n)", "num", n("5")},
      {"if_not_exists does not read the rest", "SET num = if_not_exists(num, gone)", "num", n("5")},
      {"list_append", "SET l = list_append(:l, l)", "l", list({s("x"), n("0"), n("1"), n("2")})},
      {"list_append of nothing", "SET a = list_append(if_not_exists(a, :e), :l)", "a", list({s("x")})},
      {"SET index", "SET l[1] = :s", "l", list({n("0"), s("x"), n("2")})},
      {"SET beyond the end appends", "SET l[9] = :s", "l", list({n("0"), n("1"), n("2"), s("x")})},
      {"appends in index order", "SET l[9] = :s, l[5] = :n", "l", list({n("0"), n("1"), n("2"), n("1"), s("x")})},
      {"REMOVE index", "REMOVE l[0]", "l", list({n("1"), n("2")})},
      {"REMOVE several, of the original list", "REMOVE l[0], l[2]", "l", list({n("1")})},
      {"REMOVE beyond the end", "REMOVE l[3]", "l", list({n("0"), n("1"), n("2")})},
      {"SET and REMOVE combine", "SET l[2] = :s REMOVE l[0]", "l", list({n("1"), s("x")})},
      {"REMOVE refers to the original end", "SET l[7] = :s REMOVE l[3]", "l", list({n("0"), n("1"), n("2"), s("x")})},
      {"REMOVE missing", "REMOVE gone", "gone", std::nullopt},
      {"REMOVE", "REMOVE num", "num", std::nullopt},
      {"REMOVE deep before shallow", "REMOVE doc.l[0].y, doc.l[1]", "doc",
       map({{"x", n("1")}, {"l", list({map({})})}})},
      {"SET nested", "SET doc.l[0].z = :s, doc.w = :n", "doc",
       map({{"w", n("1")}, {"x", n("1")}, {"l", list({map({{"y", n("7")}, {"z", s("x")}}), n("8")})}})},
      {"SET and REMOVE several of one map",
       "SET doc.w = :n, doc.a = :s, doc.l[0].b = :n, doc.l[0].a = :s REMOVE doc.x, doc.l[0].y", "doc",
       map({{"a", s("x")}, {"w", n("1")}, {"l", list({map({{"a", s("x")}, {"b", n("1")}}), n("8")})}})},
      {"ADD number", "ADD num :m", "num", n("7")},
      {"ADD missing", "ADD a :m", "a", n("2")},
      {"ADD nested", "ADD doc.x :m", "doc", map({{"x", n("3")}, {"l", list({map({{"y", n("7")}}), n("8")})}})},
      {"ADD set", "ADD st :ss", "st", ss({"a", "b", "c"})},
      {"ADD number set", "ADD numbers :ns", "numbers", ns({"1", "2", "3"})},
      {"ADD creates a set", "ADD a :bs", "a", bs({"x"})},
      {"DELETE", "DELETE st :ss", "st", ss({"a"})},
      {"DELETE numbers", "DELETE numbers :ns", "numbers", ns({"2"})},
      {"DELETE missing", "DELETE gone :ss", "gone", std::nullopt},
      {"exact decimals", "SET a = :n + :tiny", "a", n("1.00000000000000000001")},
  };
  for (const auto& application : cases) {
    const auto after = apply_text(application.text, before);
    ASSERT_EQ(error_of(after), "ok") << application.source << ": " << application.text;
    const AttributeValue* value = after->find(application.path);
    EXPECT_EQ(value != nullptr, application.after.has_value()) << application.source;
    if (value != nullptr && application.after) {
      EXPECT_EQ(model::to_message_text(*value), model::to_message_text(*application.after)) << application.source;
      EXPECT_TRUE(*value == *application.after) << application.source;
    }
  }
}

TEST_F(Updates, RemoveASetThatBecomesEmpty) {
  const auto after = apply_text("DELETE st :ss", item({{"st", ss({"b", "c"})}}));
  EXPECT_TRUE(after->empty());
}

// 3.7
TEST_F(Updates, CreateAMissingItem) {
  const auto key = item({{"pk", s("k")}});
  EXPECT_TRUE(*apply_text("SET a = :n", key, ItemState::kMissing) == item({{"a", n("1")}, {"pk", s("k")}}));
  EXPECT_TRUE(*apply_text("REMOVE a, b.c DELETE d :ss", key, ItemState::kMissing) == key);
  EXPECT_TRUE(resolve("REMOVE a DELETE d :ss")->is_delete_only());
  EXPECT_FALSE(resolve("REMOVE a ADD d :ss")->is_delete_only());
}

// 3.7
TEST_F(Updates, ReturnWhatTheyTouched) {
  const auto before = item({{"x", n("1")},
                            {"y", n("2")},
                            {"doc", map({{"k", n("1")}, {"l", list({n("0"), n("1"), n("2")})}, {"z", n("9")}})}});
  struct Touch {
    std::string_view source;
    std::string text;
    AttributeMap old_values;
    AttributeMap new_values;
  };
  const Touch cases[] = {
      {"an equal value counts", "SET x = :n", item({{"x", n("1")}}), item({{"x", n("1")}})},
      {"new attribute", "SET a = :n", item({}), item({{"a", n("1")}})},
      {"removed attribute", "REMOVE x", item({{"x", n("1")}}), item({})},
      {"nested paths are merged", "SET doc.k = :m, doc.w = :n REMOVE doc.z",
       item({{"doc", map({{"k", n("1")}, {"z", n("9")}})}}), item({{"doc", map({{"k", n("2")}, {"w", n("1")}})}})},
      {"list elements", "SET doc.l[2] = :s, doc.l[0] = :s", item({{"doc", map({{"l", list({n("0"), n("2")})}})}}),
       item({{"doc", map({{"l", list({s("x"), s("x")})}})}})},
      {"beyond the end", "SET doc.l[100] = :s", item({}), item({})},
      {"the element that moved up", "REMOVE doc.l[1]", item({{"doc", map({{"l", list({n("1")})}})}}),
       item({{"doc", map({{"l", list({n("2")})}})}})},
  };
  for (const auto& touch : cases) {
    const auto update = resolve(touch.text);
    ASSERT_EQ(error_of(update), "ok") << touch.text;
    const auto after = apply(*update, before, ItemState::kExists);
    ASSERT_EQ(error_of(after), "ok") << touch.text;
    EXPECT_TRUE(touched_attributes(*update, before) == touch.old_values) << touch.source;
    EXPECT_TRUE(touched_attributes(*update, *after) == touch.new_values) << touch.source;
  }
}

// 3.7, 3.4
TEST_F(Updates, MayNotTouchKeys) {
  const model::KeySchema key{{{"a", model::AttributeType::kS}}, {{"c", model::AttributeType::kN}}};
  EXPECT_EQ(error_of(check_key_targets(*resolve("SET b = :n, #c = :n"), key)),
            "One or more parameter values were invalid: Cannot update attribute c. This attribute is part of the key");
  EXPECT_EQ(error_of(check_key_targets(*resolve("REMOVE a.b"), key)),
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: a");
  EXPECT_EQ(error_of(check_key_targets(*resolve("SET b = a"), key)), "ok");
  EXPECT_EQ(error_of(check_index_key_targets(*resolve("SET a = :s, c[0] = :n"), key)),
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: c");
  EXPECT_EQ(error_of(check_index_key_targets(*resolve("SET a = :s"), key)), "ok");
}

TEST_F(Updates, TellWhatTheOperationNeeds) {
  const auto update =
      resolve("SET b = :n, #a = :s, d = if_not_exists(d, :n), e.f = :m REMOVE g, h ADD i :n DELETE j :ss");
  ASSERT_EQ(error_of(update), "ok");
  EXPECT_TRUE(*literal_assigned_to(*update, "a") == s("x"));
  EXPECT_EQ(literal_assigned_to(*update, "d"), nullptr);
  EXPECT_EQ(literal_assigned_to(*update, "e"), nullptr);
  EXPECT_EQ(literal_assigned_to(*update, "i"), nullptr);
  const auto targets = target_paths(*update);
  ASSERT_EQ(targets.size(), 8U);
  EXPECT_EQ(to_message_text(targets[3]), "[e, f]");
}

// Additions of November 2026, row 9
TEST_F(Updates, CountTheirStatement) {
  const std::size_t text_size = size_of(s("x"));            // of :s
  const std::size_t number_size = size_of(n("1"));          // of :n
  const std::size_t one_element = size_of(list({s("x")}));  // of :l
  const struct {
    std::string text;
    std::size_t size;
  } cases[] = {
      {"SET a = :s", 19 + 1 + text_size},
      {"SET abc = :s, d = :n", 19 + 3 + text_size + 19 + 1 + number_size},
      {"SET a.#a[12].b = :s", 19 + 1 + (4 + 1) + (4 + 2) + (4 + 1) + text_size},
      {"SET a = b.cd", 19 + 1 + 1 + (14 + 1) + (14 + 2)},
      {"SET a = a + :n", 19 + 1 + 34 + (1 + 14 + 1) + number_size},
      {"SET a = :n - :n", 19 + 1 + 37 + number_size + number_size},
      {"SET a = if_not_exists(b, :s)", 19 + 1 + 39 + (1 + 14 + 1) + text_size},
      {"SET a = list_append(b, :l)", 19 + 1 + 37 + (1 + 14 + 1) + one_element},
      {"SET a = list_append(if_not_exists(b, :e), :l)",
       19 + 1 + 37 + 39 + (1 + 14 + 1) + size_of(list({})) + one_element},
      {"ADD a :n", 19 + 1 + number_size},
      {"REMOVE a, b.c", 1 + 1 + 1 + 1 + 4 + 1},
      {"DELETE a :ss", 1 + 1},
  };
  for (const auto& [text, size] : cases) {
    const auto update = resolve(text);
    ASSERT_EQ(error_of(update), "ok") << text;
    EXPECT_TRUE(is_statement_within(*update, 3 + size)) << text;
    EXPECT_FALSE(is_statement_within(*update, 3 + size - 1)) << text;
  }
}

// 4.5
TEST_F(Updates, MayNotNestTooDeep) {
  AttributeValue value = list({});
  for (int level = 1; level < 32; ++level) value = list({value});
  EXPECT_EQ(error_of(check_nesting(item({{"a", value}}))), "ok");
  EXPECT_EQ(error_of(check_nesting(item({{"a", list({value})}}))),
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
            "limit");
}

}  // namespace
}  // namespace millrace::expression
