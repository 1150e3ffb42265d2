// The time of the machine: what sockets, child processes, functions at work, a drain's patience and a shutdown wait
// for. Nobody sets or freezes it.
//
// Its time points do not convert into those of emulated time: who mixes the two up does not compile.
#pragma once

#include <cstdint>

#include "server/base/clock.hpp"
#include "server/time/timer_queue.hpp"

namespace millrace::time {

/// A clock, and timers on it. Two kinds: MachineTime, and VirtualRealTime for tests.
class RealTime {
 public:
  /// Names the clock of TimePoint; there is nothing of it.
  struct MachineClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<MachineClock, Duration>;
    static constexpr bool is_steady = false;  // NOLINT(readability-identifier-naming): as clocks have to call it
  };
  /// UTC, microseconds since the Unix epoch, as the machine's clock says.
  using TimePoint = MachineClock::time_point;

  RealTime() = default;
  RealTime(const RealTime&) = delete;
  RealTime& operator=(const RealTime&) = delete;
  virtual ~RealTime() = default;

  /// The current time. May be called from any thread; never goes backwards between two calls of one thread.
  [[nodiscard]] virtual TimePoint now() const = 0;

  /// schedule() and cancel() as of EmulatedTime.
  virtual TimerId schedule(TimePoint when, TimerCallback callback) = 0;
  virtual void cancel(TimerId id) = 0;
};

inline std::int64_t to_epoch_milliseconds(RealTime::TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace millrace::time

namespace millrace {
using time::RealTime;
}  // namespace millrace
