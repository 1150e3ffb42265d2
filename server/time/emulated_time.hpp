// The time of the emulated AWS: what records, tables, iterators, mappings and retries are stamped with and wait for.
//
// Not the time of sockets, child processes or a shutdown: that is RealTime, and the two do not convert.
#pragma once

#include "server/base/clock.hpp"
#include "server/time/timer_queue.hpp"
#include "server/time/work_under_way.hpp"

namespace millrace::time {

/// A clock, and timers on it. Two kinds: AdjustableTime, which a server has, and VirtualTime, for tests.
class EmulatedTime : public Clock {
 public:
  using TimePoint = base::TimePoint;

  /// Calls `callback` once, at `when` or soon after; never from within schedule(), even if `when` has passed.
  /// Timers due at the same time fire in the order they were scheduled.
  virtual TimerId schedule(TimePoint when, TimerCallback callback) = 0;

  /// Forgets a timer; its callback will not run. An id that has fired or is unknown is ignored.
  virtual void cancel(TimerId id) = 0;

  /// Where work that timers set off is counted, so that an advance() waits for it.
  [[nodiscard]] WorkUnderWay& under_way() { return under_way_; }
  [[nodiscard]] const WorkUnderWay& under_way() const { return under_way_; }

 private:
  WorkUnderWay under_way_;
};

}  // namespace millrace::time

namespace millrace {
using time::EmulatedTime;
}  // namespace millrace
