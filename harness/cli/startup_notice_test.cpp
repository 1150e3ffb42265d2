#include "harness/cli/startup_notice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace millrace::cli {
namespace {

using ::testing::HasSubstr;

TEST(StartupNotice, SaysWhereItListensAndWhereTheDataIs) {
  ServeOptions options;
  const std::string in_memory = startup_notice(options, 8000, 9001);
  EXPECT_EQ(std::count(in_memory.begin(), in_memory.end(), '\n'), 2);
  EXPECT_THAT(in_memory, HasSubstr("http://localhost:8000; Runtime API at localhost:9001"));
  EXPECT_THAT(in_memory, HasSubstr("Data: in memory, gone when it stops"));
  options.emulator.db_path = "/data/millrace.db";
  options.emulator.host = "0.0.0.0";
  const std::string on_disk = startup_notice(options, 18000, 19001);
  EXPECT_THAT(on_disk, HasSubstr("http://127.0.0.1:18000 and on every other address"));
  EXPECT_THAT(on_disk, HasSubstr("Data: /data/millrace.db. Log: standard error, from level info"));
}

}  // namespace
}  // namespace millrace::cli
