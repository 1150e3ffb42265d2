#include "harness/lambda/sandbox/environment_variables.hpp"

#include <gmock/gmock.h>

#include "harness/lambda/lambda_fixture.hpp"

namespace millrace::lambda {
namespace {

using testing::Contains;

TEST(EnvironmentVariables, ThePlanAddsToWhatAllHaveAndTheFunctionHasTheLastWord) {
  VirtualWorld world;
  const LaunchPlan plan{.folder = "/code", .variables = {{"LANG", "C"}, {"TZ", "plan"}, {"ADDED", "1"}}};
  const FunctionDefinition function{.name = "f", .environment = {{"TZ", "function"}, {"COLOUR", "red"}}};
  const auto variables = environment_variables(world.functions().services(), function, plan, 9001);
  for (const char* const variable : {"LAMBDA_TASK_ROOT=/code", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", "LANG=C",
                                     "TZ=function", "ADDED=1", "COLOUR=red"}) {
    EXPECT_THAT(variables, Contains(variable).Times(1));
  }
  for (const char* const name : {"LANG=", "TZ="}) {
    EXPECT_THAT(variables, Contains(testing::StartsWith(name)).Times(1));
  }
}

TEST(EnvironmentVariables, WhereSignaturesAreVerifiedAFunctionSignsWithThePairOfItsAccount) {
  VirtualWorld world;
  world.options.access_keys = {{"AKID", "first"}, {"111122223333", "own", "token"}};
  const LaunchPlan plan{.folder = "/code", .variables = {}};
  const auto variables_of = [&](const std::string& account) {
    FunctionDefinition function{.name = "f"};
    function.account.id = account;
    return environment_variables(world.functions().services(), function, plan, 9001);
  };
  EXPECT_THAT(variables_of("111122223333"),
              testing::IsSupersetOf(
                  {"AWS_ACCESS_KEY_ID=111122223333", "AWS_SECRET_ACCESS_KEY=own", "AWS_SESSION_TOKEN=token"}));
  const auto others = variables_of("444455556666");
  EXPECT_THAT(others, testing::IsSupersetOf({"AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=first"}));
  EXPECT_THAT(others, testing::Each(testing::Not(testing::StartsWith("AWS_SESSION_TOKEN="))));
}

}  // namespace
}  // namespace millrace::lambda
