// Real processes. Label wire.
#include "harness/lambda/sandbox/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <utility>

namespace millrace::lambda {
namespace {

class ChildProcessTest : public testing::Test {
 protected:
  void start(const char* executable, std::vector<std::string> arguments = {}) {
    auto started =
        ChildProcess::start(io_, {executable, "/", {}, std::move(arguments)}, [this](ChildProcess::Notice notice) {
          if (notice == ChildProcess::Notice::kExit) told_of_the_end_ = true;
        });
    ASSERT_TRUE(started.has_value()) << started.error().message();
    child_ = *std::move(started);
  }
  ProcessExit wait_for_the_end() {
    while (!told_of_the_end_) io_.run_one();
    return child_->reap().value();
  }

  boost::asio::io_context io_;
  std::unique_ptr<ChildProcess> child_;
  bool told_of_the_end_{false};
};

TEST_F(ChildProcessTest, AFalseAlarmDoesNotEndIt) {
  start("/usr/bin/yes");
  EXPECT_FALSE(child_->reap().has_value()) << "it never stops by itself";
  EXPECT_FALSE(told_of_the_end_);
  child_->kill();
  const ProcessExit exit = wait_for_the_end();
  EXPECT_TRUE(exit.by_signal);
  EXPECT_EQ(exit.value, SIGKILL);
}

TEST_F(ChildProcessTest, TellsHowItEnded) {
  start("/bin/false");
  const ProcessExit exit = wait_for_the_end();
  EXPECT_FALSE(exit.by_signal);
  EXPECT_EQ(exit.value, 1);
}

TEST_F(ChildProcessTest, IsGivenItsArguments) {
  start("/bin/sh", {"-c", "exit \"$1\"", "the name", "7"});
  EXPECT_EQ(wait_for_the_end().value, 7);
}

}  // namespace
}  // namespace millrace::lambda
