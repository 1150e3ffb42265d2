// What must be true of any pattern and any record.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/filter/flat_matching.hpp"
#include "harness/esm/filter/matcher.hpp"
#include "server/base/api_error.hpp"
#include "server/base/random.hpp"

namespace millrace::esm {
namespace {

/// Makes small patterns and events of few names and values, so that they often meet.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_{seed} {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }
  template <std::size_t Size>
  std::string one_of(const std::string_view (&choices)[Size]) {
    return std::string{choices[below(Size)]};
  }

  std::string name() { return one_of({R"("a")", R"("b")", R"("c")"}); }
  std::string scalar() { return one_of({R"("x")", R"("xy")", R"("")", "1", "1.0", "2", "true", "null"}); }

  std::string event(int depth) {
    const std::size_t kind = depth == 0 ? 0 : below(4);
    if (kind < 2 && depth < 4) return scalar();
    std::string text = kind == 2 ? "[" : "{";
    std::string_view names[] = {R"("a")", R"("b")", R"("c")"};
    const std::size_t count = below(4);
    for (std::size_t at = 0; at < count; ++at) {
      if (at > 0) text.push_back(',');
      if (kind != 2) text.append(names[at]).append(":");
      text.append(event(depth - 1));
    }
    return text + (kind == 2 ? "]" : "}");
  }

  std::string condition() {
    return one_of({R"("x")", R"("xy")", "1", "2", "null", R"({"prefix":"x"})", R"({"anything-but":"x"})",
                   R"({"anything-but":[1]})", R"({"exists":true})", R"({"exists":false})", R"({"numeric":[">",1]})",
                   R"({"wildcard":"x*"})", R"({"anything-but":{"prefix":"x"}})"});
  }
  std::string leaf() { return "[" + condition() + (below(3) == 0 ? "," + condition() : "") + "]"; }
  std::string pattern(int depth) {
    if (depth == 0) return leaf();
    std::string text = "{";
    if (below(4) == 0) {
      text.append(R"("$or":[)").append(object(depth - 1)).append(",").append(object(depth - 1)).append("],");
    }
    return text + name() + ":" + pattern(below(3) == 0 ? 0 : depth - 1) + "," + name() + ":" + leaf() + "}";
  }
  std::string object(int depth) { return "{" + name() + ":" + pattern(depth) + "}"; }

 private:
  Random random_;
};

TEST(FilterProperties, TheMatcherAgreesWithTheSimpleReading) {
  Maker make{1};
  std::size_t compared = 0;
  std::size_t matched = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    const std::string text = make.pattern(3);
    const std::string event = "{\"a\":" + make.event(4) + ",\"b\":" + make.event(4) + "}";
    const auto parsed = Pattern::parse(text);
    ASSERT_TRUE(std::holds_alternative<Pattern>(parsed)) << text << std::get<PatternProblem>(parsed).reason;
    const auto document = json::RawDocument::parse(event);
    ASSERT_TRUE(document.has_value()) << event;
    const auto expected = FlatEvent{*document}.matches(std::get<Pattern>(parsed));
    if (!expected) continue;
    ++compared;
    matched += *expected ? 1 : 0;
    ASSERT_EQ(Matcher{{std::get<Pattern>(parsed)}}.matches(event), *expected) << text << "\n" << event;
  }
  EXPECT_GT(compared, 19'000U);
  EXPECT_GT(matched, 200U);
}

/// The array of a pattern that asks for just this value.
std::string asking_for(const FlatEvent::Value& value, std::string_view before, std::string_view after) {
  std::string spelt = value.text;
  if (value.kind == json::RawKind::kString) {
    spelt.clear();
    base::append_json_string(spelt, value.text);
  }
  std::string text = "{";
  base::append_json_string(text, value.path);
  return text.append(":[").append(before).append(spelt).append(after).append("]}");
}

bool matches(const std::string& pattern, const std::string& event) {
  return Matcher{{std::get<Pattern>(Pattern::parse(pattern))}}.matches(event);
}

TEST(FilterProperties, APatternMadeOfAValueOfTheRecordMatchesIt) {
  Maker make{2};
  for (int trial = 0; trial < 2'000; ++trial) {
    const std::string event = "{\"a\":" + make.event(4) + ",\"b\":{\"x.y\":" + make.event(3) + "}}";
    const FlatEvent flat{*json::RawDocument::parse(event)};
    for (const FlatEvent::Value& value : flat.values()) {
      ASSERT_TRUE(matches(asking_for(value, "", ""), event)) << value.path << " of " << event;
    }
  }
}

TEST(FilterProperties, AnythingButIsTheOppositeForValuesThatAreThere) {
  Maker make{3};
  for (int trial = 0; trial < 2'000; ++trial) {
    const std::string event = "{\"a\":{\"b\":" + make.scalar() + "}}";
    const FlatEvent flat{*json::RawDocument::parse(event)};
    for (const std::string_view other : {"\"x\"", "\"xy\"", "1", "2"}) {
      const std::string path = "{\"a\":{\"b\":[";
      const std::string operand{other};
      EXPECT_NE(matches(path + operand + "]}}", event), matches(path + "{\"anything-but\":" + operand + "}]}}", event))
          << event << operand;
    }
    EXPECT_NE(matches(R"({"a":{"b":[{"exists":true}]}})", event), matches(R"({"a":{"b":[{"exists":false}]}})", event));
  }
}

TEST(FilterProperties, SeveralFiltersAreAlternatives) {
  Maker make{4};
  for (int trial = 0; trial < 2'000; ++trial) {
    const std::string event = "{\"a\":" + make.event(4) + "}";
    const auto first = std::get<Pattern>(Pattern::parse(make.pattern(2)));
    const auto second = std::get<Pattern>(Pattern::parse(make.pattern(2)));
    const bool either = Matcher{{first}}.matches(event) || Matcher{{second}}.matches(event);
    const Matcher both{{first, second}};
    EXPECT_EQ(both.matches(event), either);
    const auto explained = both.explain(event);
    EXPECT_EQ(explained[0].matches || explained[1].matches, either);
  }
}

}  // namespace
}  // namespace millrace::esm
