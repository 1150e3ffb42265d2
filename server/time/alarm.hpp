// What wakes timers up when real time has passed: the one thing here that a loop of events has to give.
#pragma once

#include <functional>

#include "server/base/clock.hpp"

namespace millrace::time {

class Alarm {
 public:
  Alarm() = default;
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  virtual ~Alarm() = default;

  /// Has `ring` called once, `wait` from now; never from within set(). Replaces what was set before, which may ring
  /// all the same when it is due already.
  virtual void set(Duration wait, std::function<void()> ring) = 0;
  /// Nothing is left to be woken for: a loop without other work may end.
  virtual void clear() = 0;
};

}  // namespace millrace::time
