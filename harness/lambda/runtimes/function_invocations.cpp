#include "harness/lambda/runtimes/function_invocations.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "harness/lambda/invocation/failure_documents.hpp"
#include "harness/lambda/invocation/trace_id.hpp"

namespace millrace::lambda {

FunctionInvocations::FunctionInvocations(const LambdaServices& services, const FunctionDefinition& definition,
                                         RuntimeSupply& supply)
    : services_{services},
      definition_{definition},
      supply_{supply},
      broker_{services.options.queue_limit},
      failed_start_log_{definition.name, definition.memory_megabytes} {}

void FunctionInvocations::answer(const InvocationDone& done, InvocationResult result) {
  boost::asio::post(services_.io, [done, result = std::move(result)]() mutable { done(std::move(result)); });
}

void FunctionInvocations::invoke(Invocation invocation, const InvocationDone& done) {
  if (closed_ || retired_) return answer(done, to_result(not_run("the function " + definition_.name + " is gone")));
  if (invocation.trace_id.empty()) invocation.trace_id = make_trace_id(services_.random, services_.emulated_time.now());
  supply_.before_submit();
  std::string request_id = invocation.request_id;
  const bool accepted = broker_.submit(std::move(invocation), [this, request_id, done](Ending ending) {
    finished(request_id, done, std::move(ending));
  });
  if (!accepted) {
    spdlog::warn("[{}] request {} is throttled: {} invocations are waiting", definition_.name, request_id,
                 broker_.waiting());
    return answer(done, {.outcome = Outcome::kThrottled, .payload = {}});
  }
  if (ending_) return fail_waiting();
  supply_.after_submit();
}

void FunctionInvocations::withdraw(std::string_view request_id) {
  if (broker_.is_waiting(request_id)) broker_.end(request_id, not_run("the invocation was withdrawn"));
}

InvocationLog* FunctionInvocations::running_log(RuntimeId runtime) {
  const auto found = std::ranges::find_if(running_, [&](const auto& entry) { return entry.second.runtime == runtime; });
  return found == running_.end() ? nullptr : &found->second.log;
}

std::optional<ApiReply> FunctionInvocations::start_on(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver) {
  return broker_.next(runtime, waiter, [this, runtime, deliver = std::move(deliver)](const Invocation* invocation) {
    if (invocation == nullptr) return deliver(std::nullopt);
    const RealTime::TimePoint deadline = started(runtime, *invocation);
    deliver(Delivery{.payload = invocation->payload,
                     .request_id = invocation->request_id,
                     .function_arn = invocation->function_arn,
                     .trace_id = invocation->trace_id,
                     .client_context = invocation->client_context,
                     .deadline = deadline});
  });
}

RealTime::TimePoint FunctionInvocations::started(RuntimeId runtime, const Invocation& invocation) {
  const RealTime::TimePoint now = services_.real_time.now();
  const RealTime::TimePoint deadline = now + std::chrono::seconds{definition_.timeout_seconds};
  const std::string& id = invocation.request_id;
  const auto [entry, is_new] =
      running_.try_emplace(id, Running{runtime, now, 0, {definition_.name, definition_.memory_megabytes}});
  Running& running = entry->second;
  if (is_new) {
    if (InvocationLog* const written = supply_.idle_log(runtime)) std::swap(running.log, *written);
    running.log.start(id);
  } else {
    // It was given to a runtime that went away before it saw it: the clock starts anew.
    running.runtime = runtime;
    running.started = now;
    services_.real_time.cancel(running.deadline_timer);
  }
  running.deadline_timer = services_.real_time.schedule(deadline, [this, alive = supply_.lifetime(), id] {
    if (const auto kept = alive.lock()) reach_deadline(id);
  });
  return deadline;
}

void FunctionInvocations::finished(const std::string& request_id, const InvocationDone& done, Ending ending) {
  const auto found = running_.find(request_id);
  supply_.before_answer(ending, found == running_.end() ? 0 : found->second.runtime);
  log_failure(definition_.name, request_id, ending);
  InvocationResult result = to_result(ending);
  InvocationLog::Report report{.request_id = request_id, .error_type = ending.error_type};
  if (found != running_.end()) {
    services_.real_time.cancel(found->second.deadline_timer);
    report.duration = services_.real_time.now() - found->second.started;
    report.init_duration = supply_.take_init_duration(found->second.runtime);
    result.log_tail = found->second.log.finish(report);
    running_.erase(found);
  } else {
    // Never started: the process failed before, and what it wrote tells why.
    failed_start_log_.start(request_id);
    result.log_tail = failed_start_log_.finish(report);
  }
  result.duration = report.duration;
  answer(done, std::move(result));
  tell_if_ended();
}

void FunctionInvocations::reach_deadline(const std::string& request_id) {
  if (closed_ || !running_.contains(request_id)) return;
  const auto runtime = broker_.end(request_id, timed_out(request_id, definition_.timeout_seconds));
  if (runtime) supply_.timed_out_on(*runtime);
}

void FunctionInvocations::end_waiting() {
  ending_ = true;
  fail_waiting();
}

void FunctionInvocations::fail_waiting() {
  while (broker_.waiting() > 0) {
    broker_.end_first_waiting([](std::string_view) { return not_run("Millrace is shutting down"); });
  }
}

void FunctionInvocations::retire(std::function<void()> ended) {
  if (closed_ || retired_) return;
  retired_ = true;
  ended_ = std::move(ended);
  end_what_nobody_will_run();
  supply_.retiring();
  tell_if_ended();
}

void FunctionInvocations::tell_if_ended() {
  if (!ended_ || !running_.empty() || supply_.has_process()) return;
  boost::asio::post(services_.io, std::exchange(ended_, nullptr));
}

void FunctionInvocations::end_what_nobody_will_run() {
  if (!retired_) return;
  broker_.dismiss([this](std::string_view) { return not_run("the function " + definition_.name + " was removed"); });
}

void FunctionInvocations::close() {
  if (closed_) return;
  closed_ = true;
  ended_ = nullptr;
  supply_.closing();
  broker_.end_all([&](std::string_view) { return not_run("the function " + definition_.name + " was removed"); });
}

}  // namespace millrace::lambda
