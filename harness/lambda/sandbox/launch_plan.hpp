// How a process of a function is started: what differs between runtimes, as a value. What all processes have in common
// is the environment's.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/lambda/control/code_location.hpp"
#include "harness/lambda/control/function_definition.hpp"

namespace millrace::lambda {

struct LaunchPlan {
  std::filesystem::path executable{};              ///< also when there is none; empty when the runtime has none
  std::vector<std::string> arguments{};            ///< those after the executable's name
  std::filesystem::path folder{};                  ///< of the code: where it is started, and its LAMBDA_TASK_ROOT
  std::map<std::string, std::string> variables{};  ///< besides what every function gets; the function's own win
  /// Why it cannot be started, as a clause: "not executable". Nothing when it can.
  std::optional<std::string> problem{};

  friend bool operator==(const LaunchPlan&, const LaunchPlan&) = default;
};

/// How a process that runs `code` is started, as the runtime of `function` wants it. Looks at the disk, where the code
/// may come, change and go: made anew for each process. Never fails: the plan says what is wrong.
LaunchPlan plan_launch(const FunctionDefinition& function, const CodeLocation& code);

}  // namespace millrace::lambda
