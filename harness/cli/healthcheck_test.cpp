#include "harness/cli/healthcheck.hpp"

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

TEST(Healthcheck, FindsThePortInTheServersCommandLine) {
  EXPECT_EQ(port_in({"serve", "--port", "8001"}), 8001);
  EXPECT_EQ(port_in({"serve", "-p", "8001"}), 8001);
  EXPECT_EQ(port_in({"--log-level", "warn", "serve", "--port=8001"}), 8001);
  EXPECT_EQ(port_in({"-jar", "DynamoDBLocal.jar", "-sharedDb", "-port", "8001"}), 8001);
}

TEST(Healthcheck, FindsNoneInOtherCommandLines) {
  EXPECT_EQ(port_in({}), std::nullopt);
  EXPECT_EQ(port_in({"serve"}), std::nullopt);
  EXPECT_EQ(port_in({"serve", "--port"}), std::nullopt);
  EXPECT_EQ(port_in({"serve", "--port", "many"}), std::nullopt);
  EXPECT_EQ(port_in({"-port"}), std::nullopt);
  EXPECT_EQ(port_in({"-c", "millrace serve"}), std::nullopt);
}

}  // namespace
}  // namespace millrace::cli
