#include "harness/cli/problems/start_problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

#include "harness/emulator/start_error.hpp"

namespace millrace::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(StartProblem, NamesTheFlagsOfTheListenerThatIsMeant) {
  const auto in_use = make_error_code(boost::asio::error::address_in_use);
  EXPECT_THAT(start_problem(emulator::ListenError{emulator::Listener::kDynamoDb, "localhost", 8000, in_use}),
              AllOf(HasSubstr("cannot listen on localhost:8000 for DynamoDB"), HasSubstr(" with --port (0")));
  EXPECT_THAT(start_problem(emulator::ListenError{emulator::Listener::kRuntimeApi, "localhost", 9001, in_use}),
              AllOf(HasSubstr("cannot listen on localhost:9001 for the Runtime API"),
                    HasSubstr(" with --runtime-api-port (0")));
}

TEST(StartProblem, NamesTheFlagOfAFunction) {
  EXPECT_EQ(start_problem(emulator::FunctionError{"orders=nowhere", "there is no file nowhere"}),
            "--function orders=nowhere: there is no file nowhere");
}

TEST(StartProblem, LetsOtherSentencesBe) {
  EXPECT_EQ(start_problem(std::runtime_error{"--db-path: it is a folder"}), "--db-path: it is a folder");
}

}  // namespace
}  // namespace millrace::cli
