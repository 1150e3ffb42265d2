#include "server/rest/member_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::rest {
namespace {

TEST(MatchesPattern, ReadsJavasPatterns) {
  EXPECT_TRUE(matches_pattern("a-b_9", "[a-zA-Z0-9-_]+"));
  EXPECT_FALSE(matches_pattern("a:b", "[a-zA-Z0-9-_]+"));
  EXPECT_TRUE(matches_pattern("a-", "[a-z-]+"));
  EXPECT_TRUE(matches_pattern("bucket.name", R"([0-9A-Za-z\.\-_]*(?<!\.))"));
  EXPECT_FALSE(matches_pattern("bucket.", R"([0-9A-Za-z\.\-_]*(?<!\.))"));
  EXPECT_TRUE(matches_pattern("", R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())"));
  EXPECT_FALSE(matches_pattern(std::string(5'000'000, 'a'), "[a-z]+"));
}

}  // namespace
}  // namespace millrace::rest
