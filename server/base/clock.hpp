// The time of the emulated AWS, as the core sees it. It comes in from outside: nothing reads the machine's clock (a
// test greps for it). What waits for this time takes a time::EmulatedTime; real time is another type, time::RealTime.
#pragma once

#include <chrono>
#include <cstdint>

namespace millrace::base {

/// UTC, microseconds since the Unix epoch: of emulated time, as records and tables carry it.
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

/// Whole seconds since the epoch, as DynamoDB Streams stamps its records.
std::int64_t to_epoch_seconds(TimePoint time);
std::int64_t to_epoch_milliseconds(TimePoint time);

}  // namespace millrace::base

namespace millrace {
using base::Clock;
using base::Duration;
using base::TimePoint;
}  // namespace millrace
