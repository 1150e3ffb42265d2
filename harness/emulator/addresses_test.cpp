#include "harness/emulator/addresses.hpp"

#include <gtest/gtest.h>

namespace millrace::emulator {
namespace {

TEST(ReachableHost, AnIpv6HostIsWrittenAsUrlsWantIt) {
  EXPECT_EQ(reachable_host("::1"), "[::1]");
  EXPECT_EQ(reachable_host("[::1]"), "[::1]");
  EXPECT_EQ(reachable_host("::"), "[::1]");
  EXPECT_EQ(reachable_host("localhost"), "localhost");
}

TEST(RuntimeApiPort, MovesWithThePort) {
  EXPECT_EQ(default_runtime_api_port(8000), 9001);
  EXPECT_EQ(default_runtime_api_port(8001), 9002);
  EXPECT_EQ(default_runtime_api_port(0), 0);
  EXPECT_EQ(default_runtime_api_port(65000), 0);
}

}  // namespace
}  // namespace millrace::emulator
