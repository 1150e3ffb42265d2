// Real processes. Label wire.
#include "harness/lambda/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/io_context.hpp>

namespace millrace::lambda {
namespace {

TEST(ChildProcess, AFalseAlarmDoesNotEndIt) {
  boost::asio::io_context io;
  bool told_of_the_end = false;
  auto started = ChildProcess::start(io, {"/usr/bin/yes", "/", {}}, [&](ChildProcess::Notice notice) {
    if (notice == ChildProcess::Notice::kExit) told_of_the_end = true;
  });
  ASSERT_TRUE(started.has_value()) << started.error().message();
  ChildProcess& child = **started;

  EXPECT_FALSE(child.reap().has_value()) << "it never stops by itself";
  EXPECT_FALSE(told_of_the_end);
  child.kill();
  while (!told_of_the_end) io.run_one();
  const auto exit = child.reap();
  ASSERT_TRUE(exit.has_value());
  EXPECT_TRUE(exit->by_signal);
  EXPECT_EQ(exit->value, SIGKILL);
}

TEST(ChildProcess, TellsHowItEnded) {
  boost::asio::io_context io;
  bool told_of_the_end = false;
  auto started = ChildProcess::start(io, {"/bin/false", "/", {}}, [&](ChildProcess::Notice notice) {
    if (notice == ChildProcess::Notice::kExit) told_of_the_end = true;
  });
  ASSERT_TRUE(started.has_value()) << started.error().message();
  while (!told_of_the_end) io.run_one();
  const auto exit = (*started)->reap();
  ASSERT_TRUE(exit.has_value());
  EXPECT_FALSE(exit->by_signal);
  EXPECT_EQ(exit->value, 1);
}

}  // namespace
}  // namespace millrace::lambda
