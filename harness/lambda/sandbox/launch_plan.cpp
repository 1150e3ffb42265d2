#include "harness/lambda/sandbox/launch_plan.hpp"

#include "harness/lambda/control/managed_runtime.hpp"

namespace millrace::lambda {

LaunchPlan plan_launch(const FunctionDefinition& function, const CodeLocation& code) {
  LaunchPlan plan{.folder = code.folder()};
  const auto runtime = find_managed_runtime(function.runtime);
  if (!runtime) {
    plan.problem = "Millrace starts no process for runtime " + function.runtime;
    return plan;
  }
  switch (*runtime) {
    case ManagedRuntime::kProvided:
      plan.executable = code.executable();
      plan.problem = code.problem();
      break;
  }
  return plan;
}

}  // namespace millrace::lambda
