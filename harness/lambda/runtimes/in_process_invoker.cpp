#include "harness/lambda/runtimes/in_process_invoker.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <functional>
#include <thread>
#include <utility>

#include "handler/json_log.hpp"
#include "harness/lambda/invocation/invocation_log.hpp"
#include "harness/lambda/invocation/trace_id.hpp"

namespace millrace::lambda {
namespace {

/// What the handler logs, gathered into the log of its invocation.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LogSink(const FunctionDefinition& definition) : log_{definition.name, definition.memory_megabytes} {}

  void start(std::string_view request_id) {
    const std::scoped_lock lock{mutex_};
    log_.start(request_id);
  }
  std::string finish(const InvocationLog::Report& report) {
    const std::scoped_lock lock{mutex_};
    return log_.finish(report);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    log_.write({line.data(), line.size()});
  }
  void flush_() override {}

  InvocationLog log_;
};

constexpr std::string_view kShuttingDown = "Millrace is shutting down";
constexpr auto kGrace = std::chrono::seconds{1};

}  // namespace

/// A thread that runs one task at a time. It outlives whoever let go of it while a task is running.
class InProcessInvoker::HandlerThread : public std::enable_shared_from_this<HandlerThread> {
 public:
  explicit HandlerThread(const FunctionDefinition& definition)
      : sink{std::make_shared<LogSink>(definition)}, logger{handler::make_json_logger(definition.name, sink)} {}

  void start() {
    std::thread{[self = shared_from_this()] { self->loop(); }}.detach();
  }

  void run(std::function<void()> task) {
    {
      const std::scoped_lock lock{mutex_};
      task_ = std::move(task);
    }
    changed_.notify_all();
  }

  /// Ends the thread as soon as its task, if any, is done.
  void stop() {
    {
      const std::scoped_lock lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_all();
  }

  /// Waits for the end; false when it does not come in time.
  bool wait_for_end(std::chrono::seconds limit) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, limit, [this] { return ended_; });
  }

  const std::shared_ptr<LogSink> sink;
  const std::shared_ptr<spdlog::logger> logger;

 private:
  void loop() {
    std::unique_lock lock{mutex_};
    while (true) {
      changed_.wait(lock, [this] { return task_ || stopping_; });
      if (!task_) break;
      const auto task = std::exchange(task_, nullptr);
      lock.unlock();
      task();
      lock.lock();
    }
    ended_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> task_;
  bool stopping_{false};
  bool ended_{false};
};

InProcessInvoker::InProcessInvoker(const LambdaServices& services, const FunctionDefinition& definition,
                                   handler::Function function)
    : services_{services}, definition_{definition}, function_{std::move(function)} {}

InProcessInvoker::~InProcessInvoker() {
  if (thread_) thread_->stop();
}

void InProcessInvoker::answer(const InvocationDone& done, InvocationResult result) {
  boost::asio::post(services_.io, [done, result = std::move(result)]() mutable { done(std::move(result)); });
}

void InProcessInvoker::invoke(Invocation invocation, InvocationDone done) {
  if (closed_ || retired_) return answer(done, to_result(not_run("the function " + definition_.name + " is gone")));
  if (invocation.trace_id.empty()) invocation.trace_id = make_trace_id(services_.random, services_.emulated_time.now());
  if (queue_.size() >= services_.options.queue_limit) {
    spdlog::warn("[{}] request {} is throttled: {} invocations are waiting", definition_.name, invocation.request_id,
                 queue_.size());
    return answer(done, {.outcome = Outcome::kThrottled, .payload = {}});
  }
  queue_.push_back({std::move(invocation), std::move(done)});
  if (!running_) return run_next();
  if (ending_) fail_waiting(kShuttingDown);
}

void InProcessInvoker::withdraw(std::string_view request_id) {
  const auto found =
      std::ranges::find_if(queue_, [&](const Work& work) { return work.invocation.request_id == request_id; });
  if (found == queue_.end()) return;
  const Work work = std::move(*found);
  queue_.erase(found);
  answer(work.done, to_result(not_run("the invocation was withdrawn")));
}

void InProcessInvoker::run_next() {
  if (retired_ && thread_) std::exchange(thread_, nullptr)->stop();
  if (ended_) boost::asio::post(services_.io, std::exchange(ended_, nullptr));
  if (closed_ || queue_.empty()) return;
  Work work = std::move(queue_.front());
  queue_.pop_front();
  running_ = Running{std::move(work.invocation), std::move(work.done), services_.real_time.now()};
  if (abandoned_ >= kMostAbandonedThreads) {
    return finish(not_run("too many calls of " + definition_.name + " are still running after their time-out"));
  }
  if (!thread_) {
    thread_ = std::make_shared<HandlerThread>(definition_);
    thread_->start();
  }
  const Invocation& invocation = running_->invocation;
  const RealTime::TimePoint deadline = running_->started + std::chrono::seconds{definition_.timeout_seconds};
  running_->deadline_timer =
      services_.real_time.schedule(deadline, [weak = weak_from_this(), request_id = invocation.request_id] {
        if (const auto self = weak.lock()) self->on_deadline(request_id);
      });
  thread_->sink->start(invocation.request_id);
  // The task owns all that the handler sees: it may go on after the invoker has gone.
  thread_->run([weak = weak_from_this(), function = function_, thread = thread_.get(), logger = thread_->logger,
                invocation, deadline] {
    const handler::InvocationRequest request{.payload = *invocation.payload,
                                             .request_id = invocation.request_id,
                                             .function_arn = invocation.function_arn,
                                             .deadline = deadline,
                                             .trace_id = invocation.trace_id,
                                             .client_context = invocation.client_context,
                                             .logger = logger};
    auto result = handler::call(function, request);
    if (const auto self = weak.lock()) self->hand_over(thread, std::move(result));
  });
}

void InProcessInvoker::hand_over(const HandlerThread* thread, handler::HandlerResult<std::string> result) {
  const std::scoped_lock lock{closing_};
  if (closed_) return;  // the io_context may be gone
  boost::asio::post(services_.io, [weak = weak_from_this(), thread, result = std::move(result)]() mutable {
    if (const auto self = weak.lock()) self->on_returned(thread, std::move(result));
  });
}

void InProcessInvoker::on_returned(const HandlerThread* thread, handler::HandlerResult<std::string> result) {
  if (closed_) return;
  if (thread != thread_.get() || !running_) {
    --abandoned_;
    return;
  }
  if (result.has_error()) {
    return finish({Outcome::kFunctionError, handler::to_json(result.error()), result.error().error_type});
  }
  if (result->size() > kLargestResponse) return finish(response_too_large());
  finish({Outcome::kSuccess, *std::move(result)});
}

void InProcessInvoker::on_deadline(const std::string& request_id) {
  if (closed_ || !running_ || running_->invocation.request_id != request_id) return;
  const auto thread = std::exchange(thread_, nullptr);
  thread->stop();
  ++abandoned_;
  Ending ending = timed_out(request_id, definition_.timeout_seconds);
  const Duration duration = services_.real_time.now() - running_->started;
  const Running running = *std::exchange(running_, std::nullopt);
  log_failure(definition_.name, request_id, ending);
  InvocationResult result = to_result(ending);
  result.log_tail = thread->sink->finish({request_id, duration, std::nullopt, ending.error_type});
  result.duration = duration;
  answer(running.done, std::move(result));
  run_next();
}

void InProcessInvoker::finish(Ending ending) {
  const Running running = *std::exchange(running_, std::nullopt);
  services_.real_time.cancel(running.deadline_timer);
  log_failure(definition_.name, running.invocation.request_id, ending);
  InvocationResult result = to_result(ending);
  result.duration = services_.real_time.now() - running.started;
  if (thread_) {
    result.log_tail =
        thread_->sink->finish({running.invocation.request_id, result.duration, std::nullopt, ending.error_type});
  }
  answer(running.done, std::move(result));
  run_next();
}

void InProcessInvoker::fail_waiting(std::string_view reason) {
  for (const auto& work : std::exchange(queue_, {})) answer(work.done, to_result(not_run(reason)));
}

void InProcessInvoker::retire(std::function<void()> ended) {
  if (closed_ || retired_) return;
  retired_ = true;
  ended_ = std::move(ended);
  fail_waiting("the function " + definition_.name + " was removed");
  if (!running_) run_next();
}

void InProcessInvoker::end_waiting() {
  ending_ = true;
  fail_waiting(kShuttingDown);
}

void InProcessInvoker::close() {
  if (closed_) return;
  {
    const std::scoped_lock lock{closing_};
    closed_ = true;
  }
  ended_ = nullptr;
  const std::string reason = "the function " + definition_.name + " was removed";
  if (running_) {
    services_.real_time.cancel(running_->deadline_timer);
    answer(running_->done, to_result(not_run(reason)));
    running_.reset();
  }
  fail_waiting(reason);
  const auto thread = std::exchange(thread_, nullptr);
  if (!thread) return;
  thread->stop();
  // A handler that goes on for longer ends with the process.
  thread->wait_for_end(kGrace);
}

}  // namespace millrace::lambda
