#include "harness/lambda/control/managed_runtime.hpp"

#include <algorithm>
#include <array>

namespace millrace::lambda {
namespace {

struct NamedRuntime {
  std::string_view name;
  ManagedRuntime runtime;
};

constexpr std::array kManagedRuntimes{
    NamedRuntime{"provided.al2023", ManagedRuntime::kProvided},
    NamedRuntime{"provided.al2", ManagedRuntime::kProvided},
    NamedRuntime{"provided", ManagedRuntime::kProvided},
};

}  // namespace

std::optional<ManagedRuntime> find_managed_runtime(std::string_view name) {
  const auto* const found = std::ranges::find(kManagedRuntimes, name, &NamedRuntime::name);
  return found == kManagedRuntimes.end() ? std::nullopt : std::optional{found->runtime};
}

}  // namespace millrace::lambda
