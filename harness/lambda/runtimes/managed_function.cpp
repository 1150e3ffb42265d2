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
    const auto held = function->invocations_.lock();
    return function->next(*held, runtime_, waiter, std::move(deliver));
  }

  void undelivered(RuntimeId, WaiterId waiter) override {
    if (const auto function = function_.lock()) {
      function->invocations_.lock()->broker().undelivered(runtime_, waiter);
    }
  }

  ApiReply respond(RuntimeId, std::string_view request_id, RuntimeAnswer answer) override {
    const auto function = function_.lock();
    if (!function) return gone();
    const auto held = function->invocations_.lock();
    return held->broker().respond(runtime_, request_id, std::move(answer));
  }

  ApiReply init_error(RuntimeId, RuntimeAnswer answer) override {
    const auto function = function_.lock();
    if (!function) return gone();
    const auto held = function->invocations_.lock();
    return function->init_error(*held, runtime_, std::move(answer));
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

Environment* ManagedFunction::find(const LockedInvocations& /*held*/, RuntimeId runtime) {
  const auto found = environments_.find(runtime);
  return found == environments_.end() ? nullptr : found->second.get();
}

void ManagedFunction::before_submit(LockedInvocations& held) {
  if (!watch_code_ || environments_.empty()) return;
  const CodeFingerprint now = code_.fingerprint();
  for (const auto& [runtime, environment] : environments_) {
    if (held.broker().phase(runtime) == RuntimeBroker::Phase::kReady) end_if_changed(held, *environment, now);
  }
}

void ManagedFunction::after_submit(LockedInvocations& held) { start_as_needed(held); }

void ManagedFunction::end_if_changed(LockedInvocations& held, Environment& environment, const CodeFingerprint& now) {
  if (environment.condemned() || now == environment.fingerprint) return;
  spdlog::info("[{}] the code has changed: starting it again", definition_.name);
  held.broker().retire(environment.runtime());
  environment.condemn();
}

void ManagedFunction::timed_out_on(LockedInvocations& held, RuntimeId runtime) {
  if (Environment* const environment = find(held, runtime)) environment->condemn();
}

void ManagedFunction::before_answer(LockedInvocations& held, const Ending& ending, RuntimeId runtime) {
  if (ending.outcome == Outcome::kSuccess) failures_in_a_row_ = 0;
  Environment* const environment = find(held, runtime);
  if (environment == nullptr) return;
  // What the function wrote before it answered belongs to the log of this invocation.
  read_output(held, *environment);
  if (held.retired()) environment->condemn();
}

std::optional<Duration> ManagedFunction::take_init_duration(LockedInvocations& held, RuntimeId runtime) {
  Environment* const environment = find(held, runtime);
  return environment == nullptr ? std::nullopt : environment->take_init_duration();
}

InvocationLog* ManagedFunction::idle_log(LockedInvocations& held, RuntimeId runtime) {
  Environment* const environment = find(held, runtime);
  return environment == nullptr ? nullptr : &environment->idle_log();
}

void ManagedFunction::read_output(LockedInvocations& held, Environment& environment) {
  InvocationLog* const running = held.running_log(environment.runtime());
  environment.read_output(running != nullptr ? *running : environment.idle_log());
}

void ManagedFunction::explain_failed_start(LockedInvocations& held, Environment& environment) {
  read_output(held, environment);
  std::swap(held.failed_start_log(), environment.idle_log());
}

Duration ManagedFunction::restart_delay(const LockedInvocations& /*held*/) const {
  if (failures_in_a_row_ < 2) return Duration::zero();
  const int doublings = std::min(failures_in_a_row_ - 2, 10);
  return std::min(kFirstRestartDelay * (1 << doublings), kLongestRestartDelay);
}

std::size_t ManagedFunction::count(const LockedInvocations& held, Expected expected) const {
  return static_cast<std::size_t>(std::ranges::count_if(environments_, [&](const auto& entry) {
    const auto& [runtime, environment] = entry;
    if (environment->starting()) return true;
    return expected == Expected::kStartingOrAnswered && !environment->condemned() &&
           held.broker().phase(runtime) == RuntimeBroker::Phase::kResponseSent;
  }));
}

void ManagedFunction::start_as_needed(LockedInvocations& held, Expected expected) {
  if (held.closed() || held.retired() || restart_scheduled_) return;
  const std::size_t most_starting = failures_in_a_row_ > 0 ? 1 : services_.options.concurrency;
  while (environments_.size() < services_.options.concurrency &&
         count(held, expected) < std::min(held.broker().waiting(), most_starting)) {
    const Duration delay = restart_delay(held);
    if (delay == Duration::zero()) {
      if (!start_one(held)) return;
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
  const auto held = invocations_.lock();
  restart_scheduled_ = false;
  if (held->closed() || held->retired() || held->broker().waiting() <= count(*held, Expected::kStarting)) return;
  if (start_one(*held)) start_as_needed(*held);
}

void ManagedFunction::fail_start(LockedInvocations& held, const std::filesystem::path& executable,
                                 const std::string& reason) {
  ++failures_in_a_row_;
  const std::string path = executable.string();
  while (held.broker().waiting() > 0) {
    held.broker().end_first_waiting([&](std::string_view id) { return no_entry_point(id, path, reason); });
  }
}

bool ManagedFunction::start_one(LockedInvocations& held) {
  const LaunchPlan plan = plan_launch(definition_, code_);
  if (plan.problem) {
    fail_start(held, plan.executable, *plan.problem);
    return false;
  }
  // Taken before the start: what changes from now on, the process may have missed.
  const CodeFingerprint fingerprint = code_.fingerprint();
  const RuntimeId runtime = held.broker().attach();
  const std::weak_ptr<ManagedFunction> weak = weak_from_this();
  auto started =
      Environment::start(services_, definition_, plan, runtime, std::make_shared<ProcessEndpoint>(weak, runtime),
                         [weak, runtime](ChildProcess::Notice notice) {
                           if (const auto self = weak.lock()) self->on_notice(runtime, notice);
                         });
  if (started.has_error()) {
    held.broker().detach(runtime, connection_lost);
    fail_start(held, plan.executable, started.error().message);
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
  watch_processes(held);
  return true;
}

std::optional<ApiReply> ManagedFunction::next(LockedInvocations& held, RuntimeId runtime, WaiterId waiter,
                                              DeliveryCallback deliver) {
  Environment* const environment = find(held, runtime);
  if (environment == nullptr || environment->condemned()) {
    return api_error(500, "InternalServerError", "Internal Server Error");
  }
  if (environment->asked_for_work(services_.real_time.now())) {
    services_.real_time.cancel(environment->init_timer);
  } else if (watch_code_ && held.broker().waiting() > 0) {
    end_if_changed(held, *environment, code_.fingerprint());
    if (environment->condemned()) return api_error(500, "InternalServerError", "Internal Server Error");
  }
  return held.start_on(runtime, waiter, std::move(deliver));
}

ApiReply ManagedFunction::init_error(LockedInvocations& held, RuntimeId runtime, RuntimeAnswer answer) {
  if (Environment* const environment = find(held, runtime)) explain_failed_start(held, *environment);
  return held.broker().init_error(runtime, std::move(answer));
}

void ManagedFunction::on_init_timeout(RuntimeId runtime) {
  const auto lock = invocations_.lock();
  LockedInvocations& held = *lock;
  Environment* const environment = find(held, runtime);
  if (environment == nullptr || !environment->starting()) return;
  ++failures_in_a_row_;
  explain_failed_start(held, *environment);
  held.broker().end_first_waiting([this](std::string_view id) { return timed_out(id, definition_.timeout_seconds); });
  environment->condemn();
}

void ManagedFunction::on_notice(RuntimeId runtime, ChildProcess::Notice notice) {
  const auto lock = invocations_.lock();
  LockedInvocations& held = *lock;
  Environment* const environment = find(held, runtime);
  if (environment == nullptr) return;
  read_output(held, *environment);
  if (notice == ChildProcess::Notice::kOutput) {
    environment->process().watch_output();
  } else if (const auto exit = environment->process().reap()) {
    environment_ended(held, *environment, *exit);
  } else {
    environment->process().watch_exit();
  }
}

void ManagedFunction::environment_ended(LockedInvocations& held, Environment& environment, const ProcessExit& exit) {
  services_.real_time.cancel(environment.init_timer);
  const RuntimeId runtime = environment.runtime();
  const auto ending = [&](std::string_view id) {
    Ending ended = process_exited(id, exit);
    if (environment.was_too_large()) ended.error_type = "Runtime.OutOfMemory";
    return ended;
  };
  const RuntimeBroker::Phase phase = held.broker().phase(runtime);
  const bool failed = !environment.condemned();
  if (failed && phase != RuntimeBroker::Phase::kReady && phase != RuntimeBroker::Phase::kResponseSent) {
    ++failures_in_a_row_;
  }
  held.broker().detach(runtime, ending);
  if (failed && phase == RuntimeBroker::Phase::kStarted) {
    explain_failed_start(held, environment);
    held.broker().end_first_waiting(ending);
  }
  environments_.erase(runtime);
  held.tell_if_ended();
  start_as_needed(held);
}

void ManagedFunction::watch_processes(const LockedInvocations& /*held*/) {
  if (watching_) return;
  watching_ = true;
  services_.real_time.schedule(services_.real_time.now() + kLookInterval, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->look_at_processes();
  });
}

void ManagedFunction::look_at_processes() {
  const auto lock = invocations_.lock();
  LockedInvocations& held = *lock;
  watching_ = false;
  if (held.closed() || environments_.empty()) return;
  const RealTime::TimePoint now = services_.real_time.now();
  for (const auto& [runtime, environment] : environments_) {
    if (environment->condemned()) continue;
    if (held.broker().phase(runtime) != RuntimeBroker::Phase::kReady) {
      environment->kill_if_too_large();
    } else if (now - environment->asked_at() >= services_.options.idle_limit) {
      held.broker().retire(runtime);
      environment->condemn();
    }
  }
  // One that has answered and does not ask again for so long will not: it must hold up nothing.
  start_as_needed(held, Expected::kStarting);
  watch_processes(held);
}

void ManagedFunction::retiring(LockedInvocations& held) {
  for (const auto& [runtime, environment] : environments_) {
    if (held.broker().phase(runtime) != RuntimeBroker::Phase::kRunning) environment->condemn();
  }
}

void ManagedFunction::closing(LockedInvocations& /*held*/) {
  for (const auto& [runtime, environment] : environments_) services_.real_time.cancel(environment->init_timer);
  environments_.clear();
}

}  // namespace millrace::lambda
