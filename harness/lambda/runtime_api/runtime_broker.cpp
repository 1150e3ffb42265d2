#include "harness/lambda/runtime_api/runtime_broker.hpp"

#include <algorithm>
#include <utility>

#include "harness/lambda/invocation/failure_documents.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::lambda {
namespace {

using Phase = RuntimeBroker::Phase;

/// The names that the Runtime API prints.
std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::kStarted: return "Started";
    case Phase::kInitError: return "InitError";
    case Phase::kReady: return "Ready";
    case Phase::kRunning: return "Running";
    case Phase::kResponseSent: return "RuntimeResponseSentState";
  }
  return "Unknown";
}

ApiReply transition_refused(Phase from, std::string_view to) {
  std::string message{"State transition from "};
  message.append(name_of(from)).append(" to ").append(to);
  message.append(" failed for runtime. Error: State transition is not allowed");
  return api_error(403, "InvalidStateTransition", message);
}

}  // namespace

ApiReply api_error(std::uint16_t status, std::string_view type, std::string_view message) {
  ApiReply reply{.status = status, .body = {}};
  json::ObjectWriter writer{reply.body};
  writer.string("errorMessage", message);
  writer.string("errorType", type);
  writer.finish();
  return reply;
}

void RuntimeBroker::run_next_on(RuntimeId id, Runtime& runtime) {
  std::erase(ready_, id);
  runtime.phase = Phase::kRunning;
  runtime.work = std::move(queue_.front());
  queue_.pop_front();
  // The callback may be what keeps its owner alive: it goes when it has been called.
  const StartCallback start = std::exchange(runtime.start, nullptr);
  start(&runtime.work->invocation);
}

void RuntimeBroker::end_running(Runtime& runtime, Ending ending) {
  Work work = *std::exchange(runtime.work, std::nullopt);
  runtime.answered = work.invocation.request_id;
  runtime.phase = Phase::kResponseSent;
  work.done(std::move(ending));
}

bool RuntimeBroker::submit(Invocation invocation, EndingCallback done) {
  if (ready_.empty() && queue_.size() >= queue_limit_) return false;
  if (ready_.empty() && queue_.empty() && failed_start_) {
    done(*std::exchange(failed_start_, std::nullopt));
    return true;
  }
  queue_.push_back({std::move(invocation), std::move(done)});
  if (!ready_.empty()) {
    const RuntimeId id = ready_.back();
    run_next_on(id, runtimes_.at(id));
  }
  return true;
}

std::optional<RuntimeId> RuntimeBroker::end(std::string_view request_id, Ending ending) {
  for (auto& [id, runtime] : runtimes_) {
    if (!runtime.work || runtime.work->invocation.request_id != request_id) continue;
    end_running(runtime, std::move(ending));
    runtime.answered.clear();  // an answer that comes now names no invocation any more
    return id;
  }
  const auto found = std::find_if(queue_.begin(), queue_.end(),
                                  [&](const Work& work) { return work.invocation.request_id == request_id; });
  if (found != queue_.end()) {
    const Work work = std::move(*found);
    queue_.erase(found);
    work.done(std::move(ending));
  }
  return std::nullopt;
}

void RuntimeBroker::end_first_waiting(const EndingMaker& make_ending) {
  if (queue_.empty()) return;
  const Work work = std::move(queue_.front());
  queue_.pop_front();
  work.done(make_ending(work.invocation.request_id));
}

void RuntimeBroker::end_all(const EndingMaker& make_ending) {
  for (auto& [id, runtime] : runtimes_) {
    if (runtime.work) end_running(runtime, make_ending(runtime.work->invocation.request_id));
  }
  while (!queue_.empty()) end_first_waiting(make_ending);
}

void RuntimeBroker::dismiss(const EndingMaker& make_ending) {
  while (!queue_.empty()) end_first_waiting(make_ending);
  for (const RuntimeId id : std::exchange(ready_, {})) {
    Runtime& runtime = runtimes_.at(id);
    runtime.phase = Phase::kResponseSent;
    if (const StartCallback start = std::exchange(runtime.start, nullptr)) start(nullptr);
  }
}

RuntimeId RuntimeBroker::attach() {
  runtimes_.emplace(++last_id_, Runtime{});
  return last_id_;
}

std::optional<ApiReply> RuntimeBroker::next(RuntimeId id, WaiterId waiter, StartCallback start) {
  const auto found = runtimes_.find(id);
  if (found == runtimes_.end()) return api_error(500, "InternalServerError", "Internal Server Error");
  Runtime& runtime = found->second;
  if (runtime.phase == Phase::kRunning || runtime.phase == Phase::kInitError) {
    return transition_refused(runtime.phase, "Ready");
  }
  failed_start_.reset();
  runtime.phase = Phase::kReady;
  runtime.answered.clear();
  runtime.waiter = waiter;
  runtime.start = std::move(start);
  std::erase(ready_, id);
  ready_.push_back(id);
  if (!queue_.empty()) run_next_on(id, runtime);
  return std::nullopt;
}

void RuntimeBroker::retire(RuntimeId id) {
  const auto found = runtimes_.find(id);
  if (found == runtimes_.end() || found->second.phase != Phase::kReady) return;
  std::erase(ready_, id);
  found->second.start = nullptr;
}

void RuntimeBroker::undelivered(RuntimeId id, WaiterId waiter) {
  const auto found = runtimes_.find(id);
  if (found == runtimes_.end() || found->second.waiter != waiter) return;
  Runtime& runtime = found->second;
  if (runtime.phase != Phase::kReady && runtime.phase != Phase::kRunning) return;
  std::erase(ready_, id);
  runtime.start = nullptr;
  runtime.phase = Phase::kResponseSent;
  if (!runtime.work) return;
  queue_.push_front(*std::exchange(runtime.work, std::nullopt));
  if (!ready_.empty()) {
    const RuntimeId other = ready_.back();
    run_next_on(other, runtimes_.at(other));
  }
}

ApiReply RuntimeBroker::respond(RuntimeId id, std::string_view request_id, RuntimeAnswer answer) {
  const auto found = runtimes_.find(id);
  if (found == runtimes_.end()) return api_error(400, "InvalidRequestID", "Invalid request ID");
  Runtime& runtime = found->second;
  if (runtime.work && runtime.work->invocation.request_id == request_id) {
    if (answer.body.size() > kLargestResponse) {
      end_running(runtime, response_too_large());
      return api_error(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes).");
    }
    end_running(runtime, {answer.is_error ? Outcome::kFunctionError : Outcome::kSuccess, std::move(answer.body),
                          std::move(answer.error_type)});
    return {};
  }
  if (!request_id.empty() && runtime.answered == request_id) {
    return transition_refused(runtime.phase, answer.is_error ? "InvocationErrorResponse" : "InvocationResponse");
  }
  return api_error(400, "InvalidRequestID", "Invalid request ID");
}

ApiReply RuntimeBroker::init_error(RuntimeId id, RuntimeAnswer answer) {
  const auto found = runtimes_.find(id);
  if (found == runtimes_.end()) return api_error(500, "InternalServerError", "Internal Server Error");
  Runtime& runtime = found->second;
  if (runtime.phase != Phase::kStarted) return transition_refused(runtime.phase, "InitError");
  runtime.phase = Phase::kInitError;
  Ending ending{Outcome::kFunctionError, std::move(answer.body), std::move(answer.error_type)};
  if (queue_.empty()) {
    failed_start_ = std::move(ending);
  } else {
    end_first_waiting([&](std::string_view) { return std::move(ending); });
  }
  return {};
}

void RuntimeBroker::detach(RuntimeId id, const EndingMaker& make_ending) {
  const auto found = runtimes_.find(id);
  if (found == runtimes_.end()) return;
  std::erase(ready_, id);
  Runtime& runtime = found->second;
  if (runtime.work) end_running(runtime, make_ending(runtime.work->invocation.request_id));
  runtimes_.erase(found);
}

Phase RuntimeBroker::phase(RuntimeId id) const {
  const auto found = runtimes_.find(id);
  return found == runtimes_.end() ? Phase::kStarted : found->second.phase;
}

std::optional<RuntimeId> RuntimeBroker::runtime_of(std::string_view request_id) const {
  if (request_id.empty()) return std::nullopt;
  for (const auto& [id, runtime] : runtimes_) {
    if (runtime.answered == request_id) return id;
    if (runtime.work && runtime.work->invocation.request_id == request_id) return id;
  }
  return std::nullopt;
}

bool RuntimeBroker::is_waiting(std::string_view request_id) const {
  return std::any_of(queue_.begin(), queue_.end(),
                     [&](const Work& work) { return work.invocation.request_id == request_id; });
}

}  // namespace millrace::lambda
