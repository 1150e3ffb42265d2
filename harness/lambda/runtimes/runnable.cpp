#include "harness/lambda/runtimes/runnable.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "harness/lambda/control/code_location.hpp"
#include "harness/lambda/invocation/faulty_invoker.hpp"
#include "harness/lambda/invocation/metered_invoker.hpp"
#include "harness/lambda/runtimes/external_function.hpp"
#include "harness/lambda/runtimes/in_process_invoker.hpp"
#include "harness/lambda/runtimes/managed_function.hpp"
#include "harness/lambda/sandbox/launch_plan.hpp"

namespace millrace::lambda {
namespace {

ApiError cannot_run(std::string why) { return {ErrorKind::kLambdaInvalidParameterValue, std::move(why)}; }

Result<std::shared_ptr<RetirableInvoker>> make_in_process(const LambdaServices& services,
                                                          const FunctionDefinition& definition) {
  const std::string& name = definition.code.location;
  const handler::Function* const function = services.handlers.find(name);
  if (function == nullptr) {
    return cannot_run(fmt::format("No handler called {} is linked into this program. There are: {}", name,
                                  fmt::join(services.handlers.names(), ", ")));
  }
  return std::make_shared<InProcessInvoker>(services, definition, *function);
}

Result<std::shared_ptr<ExternalFunction>> make_external(const RunnableParts& parts,
                                                        const FunctionDefinition& definition) {
  auto external =
      std::make_shared<ExternalFunction>(parts.services, definition, parts.external,
                                         [attached = parts.attached, key = key_of(definition)] { attached(key); });
  if (const auto listening = external->listen(); listening.has_error()) {
    return cannot_run(
        fmt::format("The Runtime API cannot listen on port {}: {}", definition.code.port, listening.error().message()));
  }
  return external;
}

/// Of code that is run in place. The path may be filled later, so what is wrong with it is no error.
void tell_what_is_missing(const FunctionDefinition& definition) {
  const LaunchPlan plan = plan_launch(definition, CodeLocation{definition.code.location});
  if (!plan.problem) return;
  spdlog::warn("[{}] cannot start yet: {}: {}", definition.name, plan.executable.string(), *plan.problem);
}

}  // namespace

Result<Runnable> make_runnable(const RunnableParts& parts, const FunctionDefinition& definition) {
  const LambdaServices& services = parts.services;
  Runnable runnable;
  const auto manage = [&](const std::filesystem::path& path, bool watch) {
    runnable.function = std::make_shared<ManagedFunction>(services, definition, CodeLocation{path}, watch);
  };
  switch (definition.code.kind) {
    case CodeKind::kZip: manage(parts.code.path_of(definition.code.location), false); break;
    case CodeKind::kHotReload:
      tell_what_is_missing(definition);
      manage(definition.code.location, true);
      break;
    case CodeKind::kInProcess: {
      TRY_ASSIGN(runnable.function, make_in_process(services, definition));
      break;
    }
    case CodeKind::kExternal: {
      TRY_ASSIGN(auto external, make_external(parts, definition));
      runnable.function = external;
      runnable.external = std::move(external);
      break;
    }
  }
  auto faulty =
      std::make_shared<FaultyInvoker>(runnable.function, services.faults, services.io, definition.timeout_seconds);
  runnable.invoker = std::make_shared<MeteredInvoker>(std::move(faulty), services.metrics->meter(arn_of(definition)));
  return runnable;
}

}  // namespace millrace::lambda
