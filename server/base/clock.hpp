// Time comes in from outside: nothing on the core side reads a real clock (a test greps for it).
#pragma once

#include <chrono>
#include <cstdint>

namespace millrace::base {

/// UTC, microseconds since the Unix epoch. The one time type of the project.
using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// The current time. May be called from any thread; never goes backwards between two calls of one thread.
  [[nodiscard]] virtual TimePoint now() const = 0;
};

/// The machine's clock. The only place that reads it.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
};

/// Whole seconds since the epoch, as DynamoDB Streams stamps its records.
std::int64_t to_epoch_seconds(TimePoint time);
std::int64_t to_epoch_milliseconds(TimePoint time);

}  // namespace millrace::base

namespace millrace {
using base::Clock;
using base::Duration;
using base::TimePoint;
}  // namespace millrace
