#include "server/json/tree.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::json {
namespace {

std::string nested(std::size_t depth, std::string_view opening, std::string_view closing) {
  std::string text;
  for (std::size_t level = 0; level < depth; ++level) text.append(opening);
  text.append("1");
  for (std::size_t level = 0; level < depth; ++level) text.append(closing);
  return text;
}

std::string outcome(std::string_view text, const TreeBounds& bounds = {}) {
  const auto tree = parse_tree(text, bounds);
  return tree.has_error() ? tree.error().reason : print_tree(*tree);
}

TEST(Tree, ReadsAndPrints) {
  EXPECT_EQ(outcome(R"( {"b": [1, 2.5, "\u00e4", null, true], "a": {}} )"), R"({"a":{},"b":[1,2.5,"ä",null,true]})");
  EXPECT_EQ(outcome("7"), "7");
  EXPECT_EQ(outcome(R"({"a":1,"a":2})"), R"({"a":2})");
  EXPECT_EQ(outcome("\xEF\xBB\xBF{}"), "{}");
  const auto ordered = parse_tree<nlohmann::ordered_json>(R"({"b":1,"a":2})");
  ASSERT_TRUE(ordered.has_value());
  EXPECT_EQ(print_tree(*ordered), R"({"b":1,"a":2})");
}

TEST(Tree, SaysWhatIsNoJson) {
  for (const auto* text : {"", "{", "]", "[1]]", "}{", "\"", "\"\\\"", "nul", "[1,]", "{\"a\"}", "\xFF", "\"\xFF\""}) {
    EXPECT_EQ(outcome(text), "it is not valid JSON") << text;
  }
}

TEST(Tree, ReadsToTheEndOfTheText) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {"{}\0"sv, "\"\"\0{"sv, "\0"sv, "[1\0]"sv, "\"a\0\""sv}) {
    EXPECT_TRUE(parse_tree(text).has_error()) << text;
  }
}

TEST(Tree, NestsAsDeepAsItsBound) {
  const TreeBounds bounds{.depth = 3};
  EXPECT_EQ(outcome("[[[1]]]", bounds), "[[[1]]]");
  EXPECT_EQ(outcome("[[[[1]]]]", bounds), "it nests more than 3 levels");
  EXPECT_EQ(outcome(R"({"a":[{"b":{}}]})", bounds), "it nests more than 3 levels");
  EXPECT_EQ(outcome("[[[1]],[[1]],[[1]]]", bounds), "[[[1]],[[1]],[[1]]]");
}

TEST(Tree, RefusesDepthWithoutReadingOn) {
  for (const std::size_t depth : {101U, 1'000U, 80'000U, 1'000'000U}) {
    EXPECT_EQ(outcome(nested(depth, "[", "]")), "it nests more than 100 levels");
    EXPECT_EQ(outcome(nested(depth, R"({"a":)", "}")), "it nests more than 100 levels");
    EXPECT_EQ(outcome(std::string(depth, '[')), "it nests more than 100 levels");
  }
}

TEST(Tree, DoesNotCountBracketsOfStrings) {
  const TreeBounds bounds{.depth = 1, .values = 4};
  EXPECT_EQ(outcome(R"(["[[[,,,,", "\\", "\"[[["])", bounds), R"(["[[[,,,,","\\","\"[[["])");
  EXPECT_EQ(outcome(R"(["\\",[1]])", bounds), "it nests more than 1 levels");
}

TEST(Tree, HoldsAsManyValuesAsItsBound) {
  const TreeBounds bounds{.depth = 9, .values = 4};
  EXPECT_EQ(outcome("[1,2,3]", bounds), "[1,2,3]");
  EXPECT_EQ(outcome("[1,2,3,4]", bounds), "it has more than 4 values");
  EXPECT_EQ(outcome("[[],[],[]]", bounds), "it has more than 4 values");
}

TEST(Tree, PrintsWhatIsNotUtf8) { EXPECT_EQ(print_tree(nlohmann::json("a\xFF")), "\"a\xEF\xBF\xBD\""); }

}  // namespace
}  // namespace millrace::json
