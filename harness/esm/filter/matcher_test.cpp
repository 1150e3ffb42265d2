#include "harness/esm/filter/matcher.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::esm {
namespace {

Pattern parsed_pattern(const std::string& text) { return std::get<Pattern>(Pattern::parse(text)); }

TEST(Matcher, HoldsMoreClausesThanItKeepsAtHand) {
  std::string text = "{";
  std::string record = "{";
  for (int at = 0; at < 200; ++at) {
    const std::string comma = at > 0 ? "," : "";
    text += comma + "\"n" + std::to_string(at) + "\":[" + std::to_string(at) + "]";
    record += comma + "\"n" + std::to_string(at) + "\":" + std::to_string(at);
  }
  const Matcher matcher{{parsed_pattern(text + "}")}};
  EXPECT_TRUE(matcher.matches(record + "}"));
  record.replace(record.find(":7,"), 3, ":8,");
  EXPECT_FALSE(matcher.matches(record + "}"));
}

TEST(Matcher, WithoutPatternsNothingMatches) { EXPECT_FALSE(Matcher{{}}.matches("{}")); }

TEST(Matcher, LooksNoDeeperThanRecordsNest) {
  std::string record = R"({"a":)" + std::string(600, '[') + "1" + std::string(600, ']') + "}";
  const Matcher matcher{{parsed_pattern(R"({"a":[1]})")}};
  EXPECT_FALSE(matcher.matches(record));
  record = R"({"a":)" + std::string(500, '[') + "1" + std::string(500, ']') + "}";
  EXPECT_TRUE(matcher.matches(record));
}

TEST(Matcher, ChoosesAmongElementsWithManyClauses) {
  std::string clauses;
  std::string fields;
  for (int at = 0; at < 100; ++at) {
    const std::string name = (at > 0 ? ",\"f" : "\"f") + std::to_string(at) + "\":";
    clauses += name + "[1]";
    fields += name + "1";
  }
  const Matcher matcher{{parsed_pattern(R"({"l":{)" + clauses + "}}")}};
  EXPECT_TRUE(matcher.matches(R"({"l":[{"f0":1},{)" + fields + "}]}"));
  std::string lacking = fields;
  lacking.replace(lacking.find("\"f50\":1"), 7, "\"f50\":2");
  EXPECT_FALSE(matcher.matches(R"({"l":[{"f50":1},{)" + lacking + "}]}")) << "all of them in one element";
}

TEST(Matcher, LeavesWhatIsNoJsonAlone) {
  const Matcher matcher{{parsed_pattern(R"({"a":{"b":[1]}})")}};
  for (const char* const text : {"", "{", "{\"a\":", "{\"a\":{\"b\":[", "[[", "}"}) EXPECT_FALSE(matcher.matches(text));
}

}  // namespace
}  // namespace millrace::esm
