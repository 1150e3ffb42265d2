#include "server/json/raw_document.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace millrace::json {
namespace {

TEST(RawDocument, AcceptsWhatIsJson) {
  for (const auto* text : {"0", "-0", "1.5e-7", "1E+400", "123456789012345678901234", "\"\"",
                           R"("\u00e4\"\\\/\b\f\n\r\t")", "true", "null", "[]", "{}",
                           " [ 1 , [ ] , { \"a\" : null } ] ", R"({"a":{"b":[true,false]},"a":1})", "\xEF\xBB\xBF{}"}) {
    EXPECT_TRUE(is_json(text)) << text;
    EXPECT_TRUE(RawDocument::parse(text).has_value()) << text;
  }
}

TEST(RawDocument, RefusesWhatIsNot) {
  for (const auto* text :
       {"",   " ",       "+1",       "01",          "1.",         ".5",    "1e",  "-",        "tru",     "nulll",
        "\"", "\"\n\"",  R"("\x")",  R"("\u12g4")", "\"\\",       "[1,]",  "[,]", "[1 2]",    "[",       "]",
        "[}", "{\"a\"}", "{\"a\":}", "{a:1}",       "{\"a\":1,}", "{} {}", "1,",  "\"\xFF\"", "\xEF\xBB"}) {
    EXPECT_FALSE(is_json(text)) << text;
    EXPECT_FALSE(RawDocument::parse(text).has_value()) << text;
  }
}

// Every text of a few tokens, judged by another reader.
TEST(RawDocument, AgreesWithAnotherReader) {
  constexpr std::string_view kTokens[] = {"{", "}", "[", "]", ",", ":", "\"a\"", "1", " "};
  constexpr std::size_t kCount = std::size(kTokens);
  for (std::size_t number = 0; number < kCount * kCount * kCount * kCount * kCount * kCount; ++number) {
    std::string text;
    for (std::size_t rest = number; rest > 0; rest /= kCount) text.append(kTokens[rest % kCount]);
    ASSERT_EQ(is_json(text), nlohmann::json::accept(text)) << text;
  }
}

/// What ends a string, or is refused in it, at each place of the eight that are looked at together.
TEST(RawDocument, SeesEveryCharacterOfAString) {
  for (std::size_t length = 0; length < 20; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (const auto& [special, is_fine] : {std::pair{'\x1F', false},
                                             {'\0', false},
                                             {'"', false},
                                             {'\\', false},
                                             {' ', true},
                                             {'!', true},
                                             {'#', true},
                                             {'[', true},
                                             {']', true}}) {
        std::string text(length, 'x');
        text[at] = special;
        text = '"' + text + '"';
        ASSERT_EQ(is_json(text), is_fine) << text;
      }
    }
    std::string escaped(length, 'x');
    escaped.append(R"(\n\"y)");
    const std::string text = '"' + escaped + '"';
    const auto document = RawDocument::parse(text);
    ASSERT_TRUE(document.has_value()) << text;
    EXPECT_EQ(document->root().string(), std::string(length, 'x') + "\n\"y");
    std::string buffer;
    EXPECT_EQ(document->root().string(buffer), std::string(length, 'x') + "\n\"y");
  }
}

TEST(RawDocument, GivesValuesAsTheyAreSpelt) {
  constexpr std::string_view kText = R"( {"a" : 1.50, "b":[ "x", {"c":"\ud83d\ude00\u0041\ud800"} ,[]], "a": -0} )";
  const auto document = RawDocument::parse(kText);
  ASSERT_TRUE(document.has_value());
  std::string seen;
  document->root().each_member(
      [&](std::string_view name, RawValue value) { seen.append(name).append("=").append(value.text()).append(";"); });
  EXPECT_EQ(seen, R"(a=1.50;b=[ "x", {"c":"\ud83d\ude00\u0041\ud800"} ,[]];a=-0;)");
  EXPECT_EQ(document->root().find("a")->text(), "-0");
  EXPECT_FALSE(document->root().find("c").has_value());
  std::vector<RawValue> elements;
  document->root().find("b")->each_element([&](RawValue element) { elements.push_back(element); });
  ASSERT_EQ(elements.size(), 3U);
  EXPECT_EQ(elements[0].string(), "x");
  EXPECT_EQ(elements[1].find("c")->string(),
            "\xF0\x9F\x98\x80"
            "A"
            "\xEF\xBF\xBD");
  EXPECT_EQ(elements[2].kind(), RawKind::kArray);
}

TEST(RawDocument, NestsAsDeepAsItsBound) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(RawDocument::parse(nested(kMaxRawDepth)).has_value());
  EXPECT_FALSE(RawDocument::parse(nested(kMaxRawDepth + 1)).has_value());
  EXPECT_FALSE(is_json(nested(3'000'000)));
}

TEST(RawDocument, PutsATextOnOneLine) {
  EXPECT_EQ(without_blanks("{ \"a b\" :\n[ \"\\\" \" ,\t1 ] }"), R"({"a b":["\" ",1]})");
  EXPECT_EQ(without_blanks(R"([ "\\" , "\\\" " , "" , " \\" ] )"), R"(["\\","\\\" ",""," \\"])");
  EXPECT_EQ(without_blanks(R"(" unfinished \")"), R"(" unfinished \")");
  EXPECT_EQ(without_blanks(" \t\r\n"), "");
}

}  // namespace
}  // namespace millrace::json
