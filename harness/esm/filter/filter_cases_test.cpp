// fixtures/filters: what matches and what is no pattern, each case with its source.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "harness/esm/filter/flat_matching.hpp"
#include "harness/esm/filter/matcher.hpp"
#include "harness/esm/filter/pattern.hpp"

namespace millrace::esm {
namespace {

std::string read_fixture(const std::string& name) {
  const std::ifstream file{std::filesystem::path{MILLRACE_SOURCE_DIR} / "fixtures/filters" / name};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Calls `visit(json::RawValue)` for each case of a file; the texts of patterns and events are as they are spelt.
template <class Visit>
std::size_t each_case(const std::string& file, const Visit& visit) {
  const std::string text = read_fixture(file);
  const auto document = json::RawDocument::parse(text);
  EXPECT_TRUE(document.has_value()) << file;
  if (!document) return 0;
  std::size_t count = 0;
  document->root().find("cases")->each_element([&](json::RawValue one) {
    ++count;
    SCOPED_TRACE(file + ": " + one.find("name")->string());
    EXPECT_TRUE(one.find("source").has_value());
    visit(one);
  });
  return count;
}

class MatchingCases : public testing::TestWithParam<std::string> {};

TEST_P(MatchingCases, MatchAsTheySay) {
  const std::size_t count = each_case(GetParam(), [](json::RawValue one) {
    auto parsed = Pattern::parse(one.find("pattern")->text());
    ASSERT_TRUE(std::holds_alternative<Pattern>(parsed)) << std::get<PatternProblem>(parsed).reason;
    const Pattern pattern = std::get<Pattern>(parsed);
    const std::string event{one.find("event")->text()};
    const bool expected = one.find("matches")->text() == "true";
    const Matcher matcher{{pattern}};
    EXPECT_EQ(matcher.matches(event), expected);
    if (GetParam() == "dynamodb.json") {
      EXPECT_EQ((Matcher{{pattern}, Matcher::Events::kStreamRecords}.matches(event)), expected);
    }
    const auto explained = matcher.explain(event);
    EXPECT_EQ(explained.front().matches, expected);
    EXPECT_EQ(explained.front().refusals.empty(), expected);
    const auto document = json::RawDocument::parse(event);
    EXPECT_EQ(FlatEvent{*document}.matches(pattern), std::optional{expected}) << "by the simple reading";
  });
  EXPECT_GT(count, 10U);
}
INSTANTIATE_TEST_SUITE_P(All, MatchingCases,
                         testing::Values("dynamodb.json", "operators.json", "paths.json", "or.json"));

TEST(InvalidCases, AreRefusedForTheirReasons) {
  const std::size_t count = each_case("invalid.json", [](json::RawValue one) {
    const auto text = one.find("text");
    const auto parsed = Pattern::parse(text ? text->string() : std::string{one.find("pattern")->text()});
    ASSERT_TRUE(std::holds_alternative<PatternProblem>(parsed));
    EXPECT_EQ(std::get<PatternProblem>(parsed).reason, one.find("reason")->string());
    EXPECT_EQ(std::get<PatternProblem>(parsed).path, one.find("at")->string());
  });
  EXPECT_GT(count, 50U);
}

}  // namespace
}  // namespace millrace::esm
