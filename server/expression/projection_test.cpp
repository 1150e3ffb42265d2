// Projections: API reference 5.3, 5.4, 5.7.
#include "server/expression/projection.hpp"

#include <gtest/gtest.h>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

using namespace testing;

class Projections : public ::testing::Test {
 protected:
  Result<ResolvedProjection> resolve(std::string_view text) {
    TRY_ASSIGN(ProjectionAst ast, parse_projection(text));
    return resolve_projection(shared(std::move(ast)), placeholders_);
  }

  Placeholders placeholders_{names({{"#a", "a"}, {"#dotted", "a.b"}}), std::nullopt};
};

TEST_F(Projections, RejectsWhatCannotBeRight) {
  const auto paths = [](std::string verb, std::string one, std::string two) {
    return "Two document paths " + verb +
           " with each other; must remove or rewrite one of these paths; path one: " + one + ", path two: " + two;
  };
  const std::pair<std::string, std::string> cases[] = {
      {"a, #x", "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"a, a", paths("overlap", "[a]", "[a]")},
      {"#a, a.b", paths("overlap", "[a]", "[a, b]")},
      {"a[0], a[0].b", paths("overlap", "[a, [0]]", "[a, [0], b]")},
      {"a.b, a[0]", paths("conflict", "[a, b]", "[a, [0]]")},
      {"a.b, a[0], c, c", paths("overlap", "[c]", "[c]")},
  };
  for (const auto& [text, error] : cases) {
    EXPECT_EQ(error_of(resolve(text)), "Invalid ProjectionExpression: " + error) << text;
  }
}

TEST_F(Projections, SelectParts) {
  const auto stored = item({{"a", s("1")},
                            {"a.b", s("dotted")},
                            {"doc", map({{"x", n("1")}, {"y", map({{"z", n("2")}, {"w", n("3")}})}})},
                            {"l", list({n("0"), map({{"k", n("1")}, {"j", n("2")}}), list({n("4"), n("5")})})},
                            {"empty", map({})}});
  struct Selection {
    std::string text;
    AttributeMap selected;
  };
  const Selection cases[] = {
      {"a", item({{"a", s("1")}})},
      {"gone", item({})},
      {"#dotted, gone", item({{"a.b", s("dotted")}})},
      {"doc.y.z, doc.x", item({{"doc", map({{"x", n("1")}, {"y", map({{"z", n("2")}})}})}})},
      {"doc.gone", item({})},
      {"doc.y.gone, a", item({{"a", s("1")}})},
      {"l[2], l[0]", item({{"l", list({n("0"), list({n("4"), n("5")})})}})},
      {"l[2][1], l[1].j", item({{"l", list({map({{"j", n("2")}}), list({n("5")})})}})},
      {"l[7]", item({})},
      {"l.x", item({})},
      {"a[0]", item({})},
      {"empty.x", item({})},
      {"doc.y, l[0], a",
       item({{"a", s("1")}, {"doc", map({{"y", map({{"z", n("2")}, {"w", n("3")}})}})}, {"l", list({n("0")})}})},
  };
  for (const auto& selection : cases) {
    // "empty" is a reserved word, so it needs a placeholder like everyone's.
    Placeholders placeholders{names({{"#dotted", "a.b"}, {"#empty", "empty"}}), std::nullopt};
    const std::string text = selection.text == "empty.x" ? "#empty.x" : selection.text;
    auto ast = parse_projection(text);
    ASSERT_EQ(error_of(ast), "ok") << text;
    const auto projection = resolve_projection(shared(*ast), placeholders);
    ASSERT_EQ(error_of(projection), "ok") << text;
    EXPECT_TRUE(project(*projection, stored) == selection.selected) << text;
  }
}

TEST_F(Projections, TellWhatTheyMention) {
  const auto projection = resolve("#a.x, b, #a.y");
  ASSERT_EQ(error_of(projection), "ok");
  EXPECT_EQ(top_level_attributes(*projection), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_TRUE(paths_of(*projection).front().is_nested());
}

}  // namespace
}  // namespace millrace::expression
