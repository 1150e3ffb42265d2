#include "harness/cli/problems/command_line_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

namespace millrace::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CommandLineErrorTest : public ::testing::Test {
 protected:
  CommandLineErrorTest() {
    app_.require_subcommand(1);
    app_.fallthrough();
    auto* serve = app_.add_subcommand("serve", "Serve");
    serve->add_option("--port,-p", port_, "Port")->envname("MILLRACE_TEST_PORT")->check(problem_with_port);
    app_.add_subcommand("check", "Check");
  }
  ~CommandLineErrorTest() override { ::unsetenv("MILLRACE_TEST_PORT"); }

  std::string explanation(std::vector<std::string> arguments) {
    auto reversed = arguments;
    std::reverse(reversed.begin(), reversed.end());
    try {
      app_.parse(reversed);
    } catch (const CLI::ParseError& error) {
      return explain(app_, error, arguments);
    }
    return {};
  }

  std::uint16_t port_{0};
  CLI::App app_{"A program", "program"};
};

TEST_F(CommandLineErrorTest, SuggestsTheNearestWord) {
  EXPECT_EQ(explanation({"srve"}), "there is no command srve; did you mean serve?");
  EXPECT_EQ(explanation({"serve", "--prot", "1"}), "there is no option --prot; did you mean --port?");
  EXPECT_EQ(explanation({"serve", "--prot=1"}), "there is no option --prot; did you mean --port?");
}

TEST_F(CommandLineErrorTest, ALongOptionBehindOneDashIsNoShortOne) {
  EXPECT_EQ(explanation({"serve", "-prot", "1"}), "there is no option -prot; did you mean --port?");
  EXPECT_EQ(explanation({"serve", "-pport=1"}), "there is no option -pport; did you mean --port?");
  EXPECT_EQ(explanation({"serve", "-pzzzzzz"}), "there is no option -pzzzzzz.");
  EXPECT_EQ(explanation({"serve", "-p1"}), "");
  EXPECT_THAT(explanation({"serve", "-p", "many"}), HasSubstr("'many' is no port"));
}

TEST_F(CommandLineErrorTest, ListsWhatThereIsWhenNothingIsNear) {
  EXPECT_EQ(explanation({"frobnicate"}), "there is no command frobnicate; there are serve, check.");
  EXPECT_EQ(explanation({"serve", "--frobnicate"}), "there is no option --frobnicate.");
  EXPECT_EQ(explanation({"serve", "now"}), "serve takes no further argument: now");
}

TEST_F(CommandLineErrorTest, SaysWhichValueIsWrongAndWhereItCameFrom) {
  EXPECT_THAT(explanation({"serve", "--port", "many"}), HasSubstr("'many' is no port"));
  ::setenv("MILLRACE_TEST_PORT", "tcp://10.0.0.1:8000", 1);
  EXPECT_THAT(explanation({"serve"}), AllOf(HasSubstr("environment variable MILLRACE_TEST_PORT"),
                                            HasSubstr("'tcp://10.0.0.1:8000' is no port"), HasSubstr("Kubernetes")));
  EXPECT_EQ(explanation({"serve", "--port", "1"}), "");
}

TEST_F(CommandLineErrorTest, ShortHelpIsShort) {
  const auto text = short_help(app_);
  EXPECT_THAT(text, AllOf(HasSubstr("program serve"), HasSubstr("program check"), HasSubstr("Try: program serve")));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 20);
}

}  // namespace
}  // namespace millrace::cli
