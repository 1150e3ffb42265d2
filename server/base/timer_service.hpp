// Everything that waits asks a TimerService: back-off, batching windows, status delays, function timeouts, drain.
// One implementation runs on Asio timers (server/engine), the other is virtual time, for tests and later the clock API.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "server/base/clock.hpp"

namespace millrace::base {

class TimerService {
 public:
  using Id = std::uint64_t;  ///< never 0, never reused
  using Callback = std::function<void()>;

  TimerService() = default;
  TimerService(const TimerService&) = delete;
  TimerService& operator=(const TimerService&) = delete;
  virtual ~TimerService() = default;

  /// Calls `callback` once, at `when` or soon after; never from within schedule(), even if `when` has passed.
  /// Timers due at the same time fire in the order they were scheduled.
  virtual Id schedule(TimePoint when, Callback callback) = 0;

  /// Forgets a timer; its callback will not run. An id that has fired or is unknown is ignored.
  virtual void cancel(Id id) = 0;
};

/// Time as a variable: a clock and a timer service in one, moved only by the test. Single-threaded.
class VirtualTime final : public Clock, public TimerService {
 public:
  explicit VirtualTime(TimePoint start) : now_{start} {}

  [[nodiscard]] TimePoint now() const override { return now_; }
  Id schedule(TimePoint when, Callback callback) override;
  void cancel(Id id) override;

  /// Moves time forward by `step`, firing what falls due on the way, each at its own time and in order.
  void advance(Duration step);

  /// Jumps to the next timer and fires it. Returns false, and leaves time alone, when nothing is scheduled.
  bool run_next();

 private:
  TimePoint now_;
  Id next_id_{1};
  std::map<std::pair<TimePoint, Id>, Callback> timers_;
};

}  // namespace millrace::base
