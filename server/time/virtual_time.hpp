// Time as a variable, moved only by the test.
#pragma once

#include <algorithm>
#include <limits>

#include "server/time/emulated_time.hpp"
#include "server/time/real_time.hpp"
#include "server/time/timer_queue.hpp"

namespace millrace::time {

/// Single-threaded.
template <class Time>
class VirtualTimeOf final : public Time {
 public:
  using typename Time::TimePoint;

  explicit VirtualTimeOf(TimePoint start) : now_{start} {}

  [[nodiscard]] TimePoint now() const override { return now_; }
  TimerId schedule(TimePoint when, TimerCallback callback) override { return timers_.add(when, std::move(callback)); }
  void cancel(TimerId id) override { timers_.remove(id); }

  /// Moves time forward by `step`, firing what falls due on the way, each at its own time and in order.
  void advance(Duration step) {
    const TimePoint target = now_ + step;
    for (auto next = timers_.earliest(); next && *next <= target; next = timers_.earliest()) run_next();
    now_ = std::max(now_, target);
  }

  /// Jumps to the next timer and fires it. Returns false, and leaves time alone, when nothing is scheduled.
  bool run_next() {
    const auto next = timers_.earliest();
    if (!next) return false;
    now_ = std::max(now_, *next);
    timers_.take_due(now_, std::numeric_limits<TimerId>::max())();
    return true;
  }

 private:
  TimePoint now_;
  TimerQueue<TimePoint> timers_;
};

using VirtualTime = VirtualTimeOf<EmulatedTime>;
using VirtualRealTime = VirtualTimeOf<RealTime>;

}  // namespace millrace::time
