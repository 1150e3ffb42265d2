// Which runtimes Millrace starts processes for. The one list of them: CreateFunction refuses code for any other, and
// plan_launch() (sandbox/launch_plan.hpp) knows how to start each.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::lambda {

enum class ManagedRuntime : std::uint8_t {
  kProvided,  ///< an executable called bootstrap, which asks the Runtime API itself
};

/// What `name`, the Runtime of a function, stands for. Nothing for a runtime that Millrace does not start.
std::optional<ManagedRuntime> find_managed_runtime(std::string_view name);

}  // namespace millrace::lambda
