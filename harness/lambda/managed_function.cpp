#include "harness/lambda/managed_function.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "harness/lambda/external_functions.hpp"

namespace millrace::lambda {
namespace {

constexpr Duration kFirstRestartDelay = std::chrono::milliseconds{50};
constexpr Duration kLongestRestartDelay = std::chrono::seconds{2};

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
    const std::scoped_lock lock{function->mutex_};
    return function->next(runtime_, waiter, std::move(deliver));
  }

  void undelivered(RuntimeId, WaiterId waiter) override {
    if (const auto function = function_.lock()) {
      const std::scoped_lock lock{function->mutex_};
      function->broker_.undelivered(runtime_, waiter);
    }
  }

  ApiReply respond(RuntimeId, std::string_view request_id, RuntimeAnswer answer) override {
    const auto function = function_.lock();
    if (!function) return gone();
    const std::scoped_lock lock{function->mutex_};
    return function->broker_.respond(runtime_, request_id, std::move(answer));
  }

  ApiReply init_error(RuntimeId, RuntimeAnswer answer) override {
    const auto function = function_.lock();
    if (!function) return gone();
    const std::scoped_lock lock{function->mutex_};
    return function->broker_.init_error(runtime_, std::move(answer));
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
    : RuntimeFunction{services, std::move(definition)}, code_{std::move(code)}, watch_code_{watch_code} {}

int ManagedFunction::process_id() {
  const std::scoped_lock lock{mutex_};
  return process_ ? process_->child->id() : 0;
}

void ManagedFunction::before_submit() {
  if (process_ && broker_.phase(process_->runtime) == RuntimeBroker::Phase::kReady) replace_if_changed();
}

void ManagedFunction::after_submit(const std::string& /*request_id*/) { ensure_process(); }

void ManagedFunction::replace_if_changed() {
  if (!watch_code_ || process_->condemned || code_.fingerprint() == process_->fingerprint) return;
  spdlog::info("[{}] the code has changed: starting it again", definition_.name);
  broker_.retire(process_->runtime);
  condemn();
}

void ManagedFunction::condemn() {
  process_->condemned = true;
  process_->child->kill();
}

void ManagedFunction::timed_out_on(RuntimeId runtime) {
  if (process_ && process_->runtime == runtime) condemn();
}

void ManagedFunction::before_answer(const Ending& ending) {
  if (ending.outcome == Outcome::kSuccess) failures_in_a_row_ = 0;
  // What the function wrote before it answered belongs to the log of this invocation.
  if (process_) process_->child->read_output([this](std::string_view bytes) { current_log().write(bytes); });
  if (retired_ && process_) condemn();
}

std::optional<Duration> ManagedFunction::take_init_duration() {
  return process_ ? std::exchange(process_->init_duration, std::nullopt) : std::nullopt;
}

Duration ManagedFunction::restart_delay() const {
  if (failures_in_a_row_ < 2) return Duration::zero();
  const int doublings = std::min(failures_in_a_row_ - 2, 10);
  return std::min(kFirstRestartDelay * (1 << doublings), kLongestRestartDelay);
}

void ManagedFunction::ensure_process() {
  if (closed_ || process_ || restart_scheduled_ || broker_.waiting() == 0) return;
  const Duration delay = restart_delay();
  if (delay == Duration::zero()) return start_process();
  restart_scheduled_ = true;
  services_.timers.schedule(services_.clock.now() + delay, [weak = weak_from_this()] {
    const auto self = std::static_pointer_cast<ManagedFunction>(weak.lock());
    if (!self) return;
    const std::scoped_lock lock{self->mutex_};
    self->restart_scheduled_ = false;
    if (!self->closed_ && !self->process_ && self->broker_.waiting() > 0) self->start_process();
  });
}

void ManagedFunction::start_process() {
  const auto fail_waiting = [this](const std::string& reason) {
    ++failures_in_a_row_;
    const std::string path = code_.executable().string();
    while (broker_.waiting() > 0) {
      broker_.end_first_waiting([&](std::string_view id) { return no_entry_point(id, path, reason); });
    }
  };
  if (const auto problem = code_.problem()) return fail_waiting(*problem);

  Process process;
  process.runtime = broker_.attach();
  process.started = services_.clock.now();
  process.fingerprint = code_.fingerprint();
  const std::weak_ptr<ManagedFunction> weak{std::static_pointer_cast<ManagedFunction>(shared_from_this())};
  process.endpoint = std::make_shared<ProcessEndpoint>(weak, process.runtime);
  auto listener =
      RuntimeApiListener::open(runtime_api_parts(services_), "127.0.0.1", 0, single_function(process.endpoint));
  if (listener.has_error()) {
    broker_.detach(process.runtime, connection_lost);
    return fail_waiting("no port for its Runtime API: " + listener.error().message());
  }
  process.listener = *std::move(listener);
  auto child =
      ChildProcess::start(services_.io, {code_.executable(), code_.folder(), environment(process.listener->port())},
                          [weak, runtime = process.runtime](ChildProcess::Notice notice) {
                            if (const auto self = weak.lock()) self->on_notice(runtime, notice);
                          });
  if (child.has_error()) {
    broker_.detach(process.runtime, connection_lost);
    return fail_waiting(child.error().message());
  }
  process.child = *std::move(child);
  // On AWS an init that overruns is started again under the function's own time limit: this long altogether.
  const Duration limit = services_.options.init_timeout + std::chrono::seconds{definition_.timeout_seconds};
  process.init_timer = services_.timers.schedule(process.started + limit, [weak, runtime = process.runtime] {
    if (const auto self = weak.lock()) self->on_init_timeout(runtime);
  });
  process_ = std::move(process);
}

std::optional<ApiReply> ManagedFunction::next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver) {
  if (!process_ || process_->runtime != runtime || process_->condemned) {
    return api_error(500, "InternalServerError", "Internal Server Error");
  }
  if (!process_->ready) {
    process_->ready = true;
    process_->init_duration = services_.clock.now() - process_->started;
    services_.timers.cancel(process_->init_timer);
  } else if (broker_.waiting() > 0) {
    replace_if_changed();
    if (process_->condemned) return api_error(500, "InternalServerError", "Internal Server Error");
  }
  return start_on(runtime, waiter, std::move(deliver));
}

void ManagedFunction::on_init_timeout(RuntimeId runtime) {
  const std::scoped_lock lock{mutex_};
  if (!process_ || process_->runtime != runtime || process_->ready || process_->condemned) return;
  ++failures_in_a_row_;
  broker_.end_first_waiting([this](std::string_view id) { return timed_out(id, definition_.timeout_seconds); });
  condemn();
}

void ManagedFunction::on_notice(RuntimeId runtime, ChildProcess::Notice notice) {
  const std::scoped_lock lock{mutex_};
  if (!process_ || process_->runtime != runtime) return;
  process_->child->read_output([this](std::string_view bytes) { current_log().write(bytes); });
  if (notice == ChildProcess::Notice::kOutput) {
    process_->child->watch_output();
  } else if (const auto exit = process_->child->reap()) {
    process_ended(*exit);
  } else {
    process_->child->watch_exit();
  }
}

void ManagedFunction::process_ended(const ProcessExit& exit) {
  services_.timers.cancel(process_->init_timer);
  const auto ending = [&](std::string_view id) { return process_exited(id, exit); };
  const RuntimeId runtime = process_->runtime;
  const RuntimeBroker::Phase phase = broker_.phase(runtime);
  const bool condemned = process_->condemned;
  if (!condemned && phase != RuntimeBroker::Phase::kReady && phase != RuntimeBroker::Phase::kResponseSent) {
    ++failures_in_a_row_;
  }
  broker_.detach(runtime, ending);
  if (!condemned && phase == RuntimeBroker::Phase::kStarted) broker_.end_first_waiting(ending);
  process_.reset();
  ensure_process();
}

void ManagedFunction::retiring() {
  if (process_ && broker_.phase(process_->runtime) != RuntimeBroker::Phase::kRunning) condemn();
}

void ManagedFunction::closing() {
  if (!process_) return;
  services_.timers.cancel(process_->init_timer);
  process_.reset();
}

std::vector<std::string> ManagedFunction::environment(std::uint16_t port) const {
  const FunctionDefinition& function = definition_;
  const std::string folder = code_.folder().string();
  const std::string& region = services_.options.account.region;
  const std::time_t day = base::to_epoch_seconds(services_.clock.now());
  std::vector<std::string> variables{
      fmt::format("AWS_LAMBDA_RUNTIME_API=127.0.0.1:{}", port),
      "_HANDLER=" + function.handler,
      "LAMBDA_TASK_ROOT=" + folder,
      "LAMBDA_RUNTIME_DIR=/var/runtime",
      "AWS_LAMBDA_FUNCTION_NAME=" + function.name,
      "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
      fmt::format("AWS_LAMBDA_FUNCTION_MEMORY_SIZE={}", function.memory_megabytes),
      "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + function.name,
      fmt::format("AWS_LAMBDA_LOG_STREAM_NAME={:%Y/%m/%d}/[$LATEST]{}", fmt::gmtime(day),
                  base::make_hex(services_.random, 32)),
      "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
      "AWS_REGION=" + region,
      "AWS_DEFAULT_REGION=" + region,
      // Any credentials are accepted; SDKs only insist on having some.
      "AWS_ACCESS_KEY_ID=test",
      "AWS_SECRET_ACCESS_KEY=test",
      "AWS_SESSION_TOKEN=test",
      "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
      "AWS_XRAY_DAEMON_ADDRESS=169.254.100.1:2000",
      "_AWS_XRAY_DAEMON_ADDRESS=169.254.100.1",
      "_AWS_XRAY_DAEMON_PORT=2000",
      "LANG=en_US.UTF-8",
      "TZ=:UTC",
      "PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
      fmt::format("LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:{0}:{0}/lib:/opt/lib",
                  folder),
  };
  const std::string& endpoint = services_.options.endpoint_url;
  if (!endpoint.empty() && !function.environment.contains("AWS_ENDPOINT_URL")) {
    variables.push_back("AWS_ENDPOINT_URL=" + endpoint);
  }
  for (const auto& [name, value] : function.environment) {
    // The user's value wins over ours where both are allowed (LANG, PATH, …).
    std::erase_if(variables, [&](const std::string& variable) { return variable.starts_with(name + "="); });
    variables.push_back(name + "=" + value);
  }
  return variables;
}

}  // namespace millrace::lambda
