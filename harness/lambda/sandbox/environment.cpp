#include "harness/lambda/sandbox/environment.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <utility>

#include "harness/lambda/sandbox/environment_variables.hpp"
#include "harness/lambda/sandbox/process_memory.hpp"

namespace millrace::lambda {
namespace {

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

Environment::Environment(const LambdaServices& services, const FunctionDefinition& function, RuntimeId runtime)
    : function_name_{function.name},
      memory_megabytes_{function.memory_megabytes},
      runtime_{runtime},
      started_at_{services.real_time.now()},
      asked_at_{started_at_},
      marker_{next_number()},
      idle_log_{function.name, function.memory_megabytes} {}

Result<std::unique_ptr<Environment>> Environment::start(const LambdaServices& services,
                                                        const FunctionDefinition& function, const LaunchPlan& plan,
                                                        RuntimeId runtime, std::shared_ptr<RuntimeEndpoint> endpoint,
                                                        std::function<void(ChildProcess::Notice)> notify) {
  const auto failed = [](std::string why) { return ApiError{ErrorKind::kLambdaService, std::move(why)}; };
  std::unique_ptr<Environment> environment{new Environment{services, function, runtime}};
  environment->endpoint_ = std::move(endpoint);
  auto listener =
      RuntimeApiListener::open(runtime_api_parts(services), "127.0.0.1", 0, single_function(environment->endpoint_));
  if (listener.has_error()) return failed("no port for its Runtime API: " + listener.error().message());
  environment->listener_ = *std::move(listener);
  auto variables = environment_variables(services, function, plan, environment->listener_->port());
  variables.push_back(environment->marker_.variable());
  auto process = ChildProcess::start(services.io, {plan.executable, plan.folder, std::move(variables), plan.arguments},
                                     std::move(notify));
  if (process.has_error()) return failed(process.error().message());
  environment->process_ = *std::move(process);
  return environment;
}

Environment::~Environment() {
  if (!process_) return;
  process_.reset();
  marker_.kill_all();
}

void Environment::condemn() {
  condemned_ = true;
  process_->kill();
}

bool Environment::asked_for_work(RealTime::TimePoint now) {
  asked_at_ = now;
  if (std::exchange(ready_, true)) return false;
  init_duration_ = now - started_at_;
  return true;
}

std::optional<Duration> Environment::take_init_duration() { return std::exchange(init_duration_, std::nullopt); }

bool Environment::kill_if_too_large() {
  if (condemned_ || too_large_) return false;
  const std::int64_t bytes = memory_of_process_tree(process_->id());
  if (bytes <= std::int64_t{memory_megabytes_} << 20U) return false;
  spdlog::warn("[{}] process {} holds {} MB of memory and may hold {} (MemorySize): killed", function_name_,
               process_->id(), bytes >> 20U, memory_megabytes_);
  too_large_ = true;
  process_->kill();
  return true;
}

void Environment::read_output(InvocationLog& log) {
  process_->read_output([&](std::string_view bytes) { log.write(bytes); });
}

}  // namespace millrace::lambda
