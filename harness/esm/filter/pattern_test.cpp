#include "harness/esm/filter/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/esm/filter/pattern_filter.hpp"

namespace millrace::esm {
namespace {

Pattern pattern_of(std::string_view text) { return std::get<Pattern>(Pattern::parse(text)); }

TEST(Pattern, IsItsClausesWithTheirPaths) {
  const Pattern pattern =
      pattern_of(R"({"dynamodb":{"NewImage":{"a.b":{"S":["x", {"prefix":"y"}]}}},"eventName":[1]})");
  ASSERT_EQ(pattern.clauses.size(), 2U);
  EXPECT_EQ(pattern.clauses[0].path, "dynamodb.NewImage.a.b.S");
  EXPECT_EQ(pattern.clauses[0].wants, R"(["x", {"prefix":"y"}])");
  EXPECT_EQ(pattern.clauses[0].conditions.size(), 2U);
  EXPECT_THAT(pattern.branches, testing::ElementsAre(testing::ElementsAre(0, 1)));
}

TEST(Pattern, OrMakesABranchOfEachAlternative) {
  EXPECT_EQ(pattern_of(R"({"$or":[{"a":[1]},{"b":[1]},{"c":[1]}],"d":[1]})").branches.size(), 3U);
  EXPECT_EQ(pattern_of(R"({"$or":[{"a":[1]},{"b":[1]}],"d":{"$or":[{"a":[1]},{"b":[1]}]}})").branches.size(), 4U);
  EXPECT_EQ(pattern_of("{}").branches.size(), 1U);
}

TEST(Pattern, HoldsAThousandBranches) {
  const auto with = [](int alternatives) {
    std::string text = R"({"$or":[)";
    for (int at = 0; at < alternatives; ++at) text.append(at > 0 ? "," : "").append(R"({"a":[1]})");
    return Pattern::parse(text + "]}");
  };
  EXPECT_TRUE(std::holds_alternative<Pattern>(with(1000)));
  EXPECT_TRUE(std::holds_alternative<PatternProblem>(with(1001)));
}

TEST(Pattern, NestsAHundredLevels) {
  const auto nested = [](int levels) {
    std::string text;
    for (int level = 1; level < levels; ++level) text.append(R"({"a":)");
    return Pattern::parse(text + "[1]" + std::string(static_cast<std::size_t>(levels - 1), '}'));
  };
  EXPECT_TRUE(std::holds_alternative<Pattern>(nested(100)));
  EXPECT_TRUE(std::holds_alternative<PatternProblem>(nested(101)));
}

TEST(PatternFilter, NamesTheFilterAndThePlaceOfAProblem) {
  const auto parsed = PatternFilter::parse({"{}", R"({"dynamodb":{"Keys":"x"}})"});
  EXPECT_EQ(std::get<PatternFilter::Problem>(parsed).text,
            R"(filter 2: "Keys" must be an object or an array, at dynamodb.Keys)");
  const auto broken = PatternFilter::parse({"x"});
  EXPECT_EQ(std::get<PatternFilter::Problem>(broken).text, "filter 1: It is not valid JSON");
}

TEST(PatternFilter, LetsARecordPassThatOnePatternMatches) {
  const auto parsed = PatternFilter::parse({R"({"a":["x"]})", R"({"a":["y"]})"});
  const auto& filter = *std::get<0>(parsed);
  EXPECT_TRUE(filter.passes({.json = R"({"a":"y"})"}));
  EXPECT_FALSE(filter.passes({.json = R"({"a":"z"})"}));
  EXPECT_EQ(std::get<0>(PatternFilter::parse({})), nullptr);
}

}  // namespace
}  // namespace millrace::esm
