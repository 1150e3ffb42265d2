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

}  // namespace
}  // namespace millrace::lambda
