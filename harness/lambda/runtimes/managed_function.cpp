#include "harness/lambda/runtimes/managed_function.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "harness/lambda/invocation/failure_documents.hpp"

namespace millrace::lambda {
namespace {

constexpr Duration kFirstRestartDelay = std::chrono::milliseconds{50};
constexpr Duration kLongestRestartDelay = std::chrono::seconds{2};
/// How often it is looked at what the processes hold and whether they have anything to do.
constexpr Duration kLookInterval = std::chrono::milliseconds{100};

}  // namespace

/// What the connections of one process talk to. All of them are the same runtime, also when the process opens a
/// connection per call; and what became of the process is told by its end, not by theirs.
class ManagedFunction::ProcessEndpoint final : public RuntimeEndpoint {
 public:
  ProcessEndpoint(std::weak_ptr<ManagedFunction> function, RuntimeId runtime)
      : function_{std::move(function)}, runtime_{runtime} {}

  RuntimeId attach() override { return runtime_; }

  std::optional<ApiReply> next(RuntimeId, WaiterId waiter, DeliveryCallback deliver) override {
    const auto function = function_.lock();
    if (!function) return gone();
    return function->next(runtime_, waiter, std::move(deliver));
  }

  void undelivered(RuntimeId, WaiterId waiter) override {
    if (const auto function = function_.lock()) {
      function->invocations_.broker().undelivered(runtime_, waiter);
    }
  }

  ApiReply respond(RuntimeId, std::string_view request_id, RuntimeAnswer answer) override {
    const auto function = function_.lock();
    if (!function) return gone();
    return function->invocations_.broker().respond(runtime_, request_id, std::move(answer));
  }

  ApiReply init_error(RuntimeId, RuntimeAnswer answer) override {
    const auto function = function_.lock();
    if (!function) return gone();
    return function->init_error(runtime_, std::move(answer));
  }

  bool runs(std::string_view) override { return true; }  // the listener of this process has no other
  void detach(RuntimeId, bool) override {}

 private:
  static ApiReply gone() { return api_error(500, "InternalServerError", "Internal Server Error"); }

  std::weak_ptr<ManagedFunction> function_;
  RuntimeId runtime_;
};

ManagedFunction::ManagedFunction(const LambdaServices& services, FunctionDefinition definition, CodeLocation code,
                                 bool watch_code)
    : services_{services}, definition_{std::move(definition)}, code_{std::move(code)}, watch_code_{watch_code} {}

Environment* ManagedFunction::find(RuntimeId runtime) {
  const auto found = environments_.find(runtime);
  return found == environments_.end() ? nullptr : found->second.get();
}

void ManagedFunction::before_submit() {
  if (!watch_code_ || environments_.empty()) return;
  const CodeFingerprint now = code_.fingerprint();
  for (const auto& [runtime, environment] : environments_) {
    if (invocations_.broker().phase(runtime) == RuntimeBroker::Phase::kReady) end_if_changed(*environment, now);
  }
}

void ManagedFunction::after_submit() { start_as_needed(); }

void ManagedFunction::end_if_changed(Environment& environment, const CodeFingerprint& now) {
  if (environment.condemned() || now == environment.fingerprint) return;
  spdlog::info("[{}] the code has changed: starting it again", definition_.name);
  invocations_.broker().retire(environment.runtime());
  environment.condemn();
}

void ManagedFunction::timed_out_on(RuntimeId runtime) {
  if (Environment* const environment = find(runtime)) environment->condemn();
}

void ManagedFunction::before_answer(const Ending& ending, RuntimeId runtime) {
  if (ending.outcome == Outcome::kSuccess) failures_in_a_row_ = 0;
  Environment* const environment = find(runtime);
  if (environment == nullptr) return;
  // What the function wrote before it answered belongs to the log of this invocation.
  read_output(*environment);
  if (invocations_.retired()) environment->condemn();
}

std::optional<Duration> ManagedFunction::take_init_duration(RuntimeId runtime) {
  Environment* const environment = find(runtime);
  return environment == nullptr ? std::nullopt : environment->take_init_duration();
}

InvocationLog* ManagedFunction::idle_log(RuntimeId runtime) {
  Environment* const environment = find(runtime);
  return environment == nullptr ? nullptr : &environment->idle_log();
}

void ManagedFunction::read_output(Environment& environment) {
  InvocationLog* const running = invocations_.running_log(environment.runtime());
  environment.read_output(running != nullptr ? *running : environment.idle_log());
}

void ManagedFunction::explain_failed_start(Environment& environment) {
  read_output(environment);
  std::swap(invocations_.failed_start_log(), environment.idle_log());
}

Duration ManagedFunction::restart_delay() const {
  if (failures_in_a_row_ < 2) return Duration::zero();
  const int doublings = std::min(failures_in_a_row_ - 2, 10);
  return std::min(kFirstRestartDelay * (1 << doublings), kLongestRestartDelay);
}

std::size_t ManagedFunction::count(Expected expected) const {
  return static_cast<std::size_t>(std::ranges::count_if(environments_, [&](const auto& entry) {
    const auto& [runtime, environment] = entry;
    if (environment->starting()) return true;
    return expected == Expected::kStartingOrAnswered && !environment->condemned() &&
           invocations_.broker().phase(runtime) == RuntimeBroker::Phase::kResponseSent;
  }));
}

void ManagedFunction::start_as_needed(Expected expected) {
  if (invocations_.closed() || invocations_.retired() || restart_scheduled_) return;
  const std::size_t most_starting = failures_in_a_row_ > 0 ? 1 : services_.options.concurrency;
  while (environments_.size() < services_.options.concurrency &&
         count(expected) < std::min(invocations_.broker().waiting(), most_starting)) {
    const Duration delay = restart_delay();
    if (delay == Duration::zero()) {
      if (!start_one()) return;
      continue;
    }
    restart_scheduled_ = true;
    services_.real_time.schedule(services_.real_time.now() + delay, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->restart();
    });
    return;
  }
}

void ManagedFunction::restart() {
  restart_scheduled_ = false;
  if (invocations_.closed() || invocations_.retired() || invocations_.broker().waiting() <= count(Expected::kStarting))
    return;
  if (start_one()) start_as_needed();
}

void ManagedFunction::fail_start(const std::filesystem::path& executable, const std::string& reason) {
  ++failures_in_a_row_;
  const std::string path = executable.string();
  while (invocations_.broker().waiting() > 0) {
    invocations_.broker().end_first_waiting([&](std::string_view id) { return no_entry_point(id, path, reason); });
  }
}

bool ManagedFunction::start_one() {
  const LaunchPlan plan = plan_launch(definition_, code_);
  if (plan.problem) {
    fail_start(plan.executable, *plan.problem);
    return false;
  }
  // Taken before the start: what changes from now on, the process may have missed.
  const CodeFingerprint fingerprint = code_.fingerprint();
  const RuntimeId runtime = invocations_.broker().attach();
  const std::weak_ptr<ManagedFunction> weak = weak_from_this();
  auto started =
      Environment::start(services_, definition_, plan, runtime, std::make_shared<ProcessEndpoint>(weak, runtime),
                         [weak, runtime](ChildProcess::Notice notice) {
                           if (const auto self = weak.lock()) self->on_notice(runtime, notice);
                         });
  if (started.has_error()) {
    invocations_.broker().detach(runtime, connection_lost);
    fail_start(plan.executable, started.error().message);
    return false;
  }
  Environment& environment = **started;
  environment.fingerprint = fingerprint;
  environments_.emplace(runtime, *std::move(started));
  // On AWS an init that overruns is started again under the function's own time limit: this long altogether.
  const Duration limit = services_.options.init_timeout + std::chrono::seconds{definition_.timeout_seconds};
  environment.init_timer = services_.real_time.schedule(environment.started_at() + limit, [weak, runtime] {
    if (const auto self = weak.lock()) self->on_init_timeout(runtime);
  });
  watch_processes();
  return true;
}

std::optional<ApiReply> ManagedFunction::next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver) {
  Environment* const environment = find(runtime);
  if (environment == nullptr || environment->condemned()) {
    return api_error(500, "InternalServerError", "Internal Server Error");
  }
  if (environment->asked_for_work(services_.real_time.now())) {
    services_.real_time.cancel(environment->init_timer);
  } else if (watch_code_ && invocations_.broker().waiting() > 0) {
    end_if_changed(*environment, code_.fingerprint());
    if (environment->condemned()) return api_error(500, "InternalServerError", "Internal Server Error");
  }
  return invocations_.start_on(runtime, waiter, std::move(deliver));
}

ApiReply ManagedFunction::init_error(RuntimeId runtime, RuntimeAnswer answer) {
  if (Environment* const environment = find(runtime)) explain_failed_start(*environment);
  return invocations_.broker().init_error(runtime, std::move(answer));
}

void ManagedFunction::on_init_timeout(RuntimeId runtime) {
  Environment* const environment = find(runtime);
  if (environment == nullptr || !environment->starting()) return;
  ++failures_in_a_row_;
  explain_failed_start(*environment);
  invocations_.broker().end_first_waiting(
      [this](std::string_view id) { return timed_out(id, definition_.timeout_seconds); });
  environment->condemn();
}

void ManagedFunction::on_notice(RuntimeId runtime, ChildProcess::Notice notice) {
  Environment* const environment = find(runtime);
  if (environment == nullptr) return;
  read_output(*environment);
  if (notice == ChildProcess::Notice::kOutput) {
    environment->process().watch_output();
  } else if (const auto exit = environment->process().reap()) {
    environment_ended(*environment, *exit);
  } else {
    environment->process().watch_exit();
  }
}

void ManagedFunction::environment_ended(Environment& environment, const ProcessExit& exit) {
  services_.real_time.cancel(environment.init_timer);
  const RuntimeId runtime = environment.runtime();
  const auto ending = [&](std::string_view id) {
    Ending ended = process_exited(id, exit);
    if (environment.was_too_large()) ended.error_type = "Runtime.OutOfMemory";
    return ended;
  };
  const RuntimeBroker::Phase phase = invocations_.broker().phase(runtime);
  const bool failed = !environment.condemned();
  if (failed && phase != RuntimeBroker::Phase::kReady && phase != RuntimeBroker::Phase::kResponseSent) {
    ++failures_in_a_row_;
  }
  invocations_.broker().detach(runtime, ending);
  if (failed && phase == RuntimeBroker::Phase::kStarted) {
    explain_failed_start(environment);
    invocations_.broker().end_first_waiting(ending);
  }
  environments_.erase(runtime);
  invocations_.tell_if_ended();
  start_as_needed();
}

void ManagedFunction::watch_processes() {
  if (watching_) return;
  watching_ = true;
  services_.real_time.schedule(services_.real_time.now() + kLookInterval, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->look_at_processes();
  });
}

void ManagedFunction::look_at_processes() {
  watching_ = false;
  if (invocations_.closed() || environments_.empty()) return;
  const RealTime::TimePoint now = services_.real_time.now();
  for (const auto& [runtime, environment] : environments_) {
    if (environment->condemned()) continue;
    if (invocations_.broker().phase(runtime) != RuntimeBroker::Phase::kReady) {
      environment->kill_if_too_large();
    } else if (now - environment->asked_at() >= services_.options.idle_limit) {
      invocations_.broker().retire(runtime);
      environment->condemn();
    }
  }
  // One that has answered and does not ask again for so long will not: it must hold up nothing.
  start_as_needed(Expected::kStarting);
  watch_processes();
}

void ManagedFunction::retiring() {
  for (const auto& [runtime, environment] : environments_) {
    if (invocations_.broker().phase(runtime) != RuntimeBroker::Phase::kRunning) environment->condemn();
  }
}

void ManagedFunction::closing() {
  for (const auto& [runtime, environment] : environments_) services_.real_time.cancel(environment->init_timer);
  environments_.clear();
}

}  // namespace millrace::lambda
