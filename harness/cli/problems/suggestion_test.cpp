#include "harness/cli/problems/suggestion.hpp"

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

TEST(Suggestion, CountsWhatMustChange) {
  EXPECT_EQ(edit_distance("port", "port"), 0U);
  EXPECT_EQ(edit_distance("prot", "port"), 1U);
  EXPECT_EQ(edit_distance("srve", "serve"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Suggestion, IsTheNearestWord) {
  const std::vector<std::string> flags{"--port", "--host", "--runtime-api-port", "--db-path"};
  EXPECT_EQ(nearest("--prot", flags), "--port");
  EXPECT_EQ(nearest("-port", flags), "--port");
  EXPECT_EQ(nearest("--dbpath", flags), "--db-path");
  EXPECT_EQ(nearest("--runtime-port", flags), "--runtime-api-port");
}

TEST(Suggestion, IsNoneForAnotherWord) {
  const std::vector<std::string> verbs{"serve", "up", "replay", "check", "healthcheck"};
  EXPECT_EQ(nearest("srve", verbs), "serve");
  EXPECT_EQ(nearest("server", verbs), "serve");
  EXPECT_EQ(nearest("frobnicate", verbs), std::nullopt);
  EXPECT_EQ(nearest("--", verbs), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), verbs), std::nullopt);
  EXPECT_EQ(nearest("serve", {}), std::nullopt);
}

}  // namespace
}  // namespace millrace::cli
