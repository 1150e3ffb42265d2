#include "harness/esm/filter/glob.hpp"

#include <gtest/gtest.h>

namespace millrace::esm {
namespace {

bool glob_matches(std::string_view glob, std::string_view text) {
  return std::get<Glob>(Glob::parse(glob)).matches(text);
}

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(glob_matches("a", "a"));
  EXPECT_FALSE(glob_matches("a", "ab"));
  EXPECT_FALSE(glob_matches("a", "ba"));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_FALSE(glob_matches("", "a"));
}

TEST(Glob, AWildcardStandsForAnythingAndNothing) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("a*", "a"));
  EXPECT_TRUE(glob_matches("*a", "xxa"));
  EXPECT_TRUE(glob_matches("a*b*c", "aXbYbc"));
  EXPECT_FALSE(glob_matches("a*b*c", "acb"));
  EXPECT_FALSE(glob_matches("ab*ba", "aba")) << "the ends do not overlap";
  EXPECT_TRUE(glob_matches("*aab*", "aaab")) << "a part may begin again within itself";
  EXPECT_TRUE(glob_matches("*ö*", "schön"));
}

TEST(Glob, EscapesStandForThemselves) {
  EXPECT_TRUE(glob_matches(R"(a\*b)", "a*b"));
  EXPECT_FALSE(glob_matches(R"(a\*b)", "axb"));
  EXPECT_TRUE(glob_matches(R"(a\\*)", R"(a\bc)"));
}

TEST(Glob, RefusesWhatEventBridgeRefuses) {
  EXPECT_EQ(std::get<std::string>(Glob::parse("ab**")), "Consecutive wildcard characters at pos 3");
  EXPECT_EQ(std::get<std::string>(Glob::parse(R"(\)")), "Invalid escape character at pos 1");
  EXPECT_TRUE(std::holds_alternative<Glob>(Glob::parse("*:*:*:*:event-bus/*")));
  EXPECT_TRUE(std::holds_alternative<std::string>(Glob::parse("*:*:*:*:*:event-bus/*")));
}

}  // namespace
}  // namespace millrace::esm
