#include "harness/lambda/event_invocations.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::lambda {
namespace {

/// Delays before the second and the third attempt after a function error.
constexpr std::array<Duration, 2> kErrorDelays{std::chrono::minutes{1}, std::chrono::minutes{2}};
/// Throttles and failures of the platform are repeated with a growing delay until the event is too old.
constexpr Duration kFirstThrottleDelay = std::chrono::seconds{1};
constexpr Duration kLongestThrottleDelay = std::chrono::minutes{5};
/// A function nobody has attached to is asked again soon: its process may come at any moment.
constexpr Duration kAbsenceDelay = std::chrono::seconds{5};
constexpr Duration kOldest = std::chrono::hours{6};

}  // namespace

struct EventInvocations::Event {
  FunctionReference function;
  Invocation invocation;
  TimePoint accepted{};
  std::size_t errors{0};
  Duration throttle_delay{kFirstThrottleDelay};
};

EventInvocations::EventInvocations(InvokerDirectory& functions, const LambdaServices& services, std::size_t limit,
                                   std::size_t limit_bytes)
    : functions_{functions},
      emulated_time_{services.emulated_time},
      real_time_{services.real_time},
      limit_{limit},
      limit_bytes_{limit_bytes} {}

bool EventInvocations::submit(FunctionReference function, Invocation invocation) {
  const std::size_t bytes = invocation.payload->size();
  const bool too_many = pending_.fetch_add(1) >= limit_;
  if (pending_bytes_.fetch_add(bytes) + bytes > limit_bytes_ || too_many) {
    release(bytes);
    return false;
  }
  attempt(std::make_shared<Event>(Event{std::move(function), std::move(invocation), emulated_time_.now()}));
  return true;
}

void EventInvocations::attempt(const std::shared_ptr<Event>& event) {
  const auto invoker = functions_.find(event->function);
  if (!invoker) return drop(*event, "the function is gone");
  emulated_time_.under_way().begin(time::Work::kEvent);
  invoker->invoke(event->invocation, [weak = weak_from_this(), event](const InvocationResult& result) {
    const auto self = weak.lock();
    if (!self) return;
    const auto attempt = time::WorkScope::ending(self->emulated_time_.under_way(), time::Work::kEvent);
    self->finished(event, result);
  });
}

void EventInvocations::finished(const std::shared_ptr<Event>& event, const InvocationResult& result) {
  switch (result.outcome) {
    case Outcome::kSuccess: return release(event->invocation.payload->size());
    case Outcome::kFunctionError:
      if (event->errors == kErrorDelays.size()) return drop(*event, "its last attempt failed");
      return retry(event, kErrorDelays[event->errors++]);
    case Outcome::kNoRuntime: return look_for_runtime(event);
    case Outcome::kThrottled:
    case Outcome::kServiceError:
      event->throttle_delay = std::min(event->throttle_delay * 2, kLongestThrottleDelay);
      return retry(event, event->throttle_delay / 2);
  }
}

void EventInvocations::retry(const std::shared_ptr<Event>& event, Duration delay) {
  const TimePoint when = emulated_time_.now() + delay;
  if (when - event->accepted > kOldest) return drop(*event, "it is older than six hours");
  emulated_time_.schedule(when, [weak = weak_from_this(), event] {
    if (const auto self = weak.lock()) self->attempt(event);
  });
}

void EventInvocations::look_for_runtime(const std::shared_ptr<Event>& event) {
  if (emulated_time_.now() - event->accepted > kOldest) return drop(*event, "it is older than six hours");
  real_time_.schedule(real_time_.now() + kAbsenceDelay, [weak = weak_from_this(), event] {
    if (const auto self = weak.lock()) self->attempt(event);
  });
}

void EventInvocations::drop(const Event& event, std::string_view reason) {
  release(event.invocation.payload->size());
  spdlog::warn("[{}] the event {} is dropped: {}", arn_of(event.function), event.invocation.request_id, reason);
}

void EventInvocations::release(std::size_t bytes) {
  --pending_;
  pending_bytes_ -= bytes;
}

}  // namespace millrace::lambda
