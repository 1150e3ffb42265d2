// Timers that fire by themselves: one alarm, always set to the earliest of all.
//
// What is due is decided by the clock alone; the alarm only wakes us up.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "server/time/alarm.hpp"
#include "server/time/timer_queue.hpp"

namespace millrace::time {

/// `Time` is EmulatedTime or RealTime. Any thread may schedule and cancel. Callbacks run one after the other, where the
/// alarm rings, so a callback may still be running when cancel(), called on another thread, returns; on the same thread
/// it is not.
template <class Time>
class AlarmedTime : public Time {
 public:
  using typename Time::TimePoint;

  TimerId schedule(TimePoint when, TimerCallback callback) override {
    const std::scoped_lock lock{mutex_};
    if (!alarm_) return timers_.skip();
    const TimerId id = timers_.add(when, std::move(callback));
    // While firing, this follows when the round is over.
    if (!firing_ && (!armed_for_ || when < *armed_for_)) arm();
    return id;
  }

  void cancel(TimerId id) override {
    TimerCallback forgotten;  // destroyed without the lock: what it captured may cancel timers in its destructor
    const std::scoped_lock lock{mutex_};
    forgotten = timers_.remove(id);
    if (forgotten && timers_.empty() && !firing_ && alarm_) {
      armed_for_.reset();
      alarm_->clear();
    }
  }

  /// Forgets every timer, and the alarm; later timers are ignored. Called before what the alarm works with goes: what
  /// lives in there may still cancel its timers while it is destroyed.
  void close() {
    typename TimerQueue<TimePoint>::Timers forgotten;  // destroyed without the lock, as in cancel()
    const std::scoped_lock lock{mutex_};
    forgotten = timers_.remove_all();
    armed_for_.reset();
    alarm_.reset();
  }

 protected:
  explicit AlarmedTime(std::unique_ptr<Alarm> alarm) : alarm_{std::move(alarm)} {}

  /// How long it is until `when`, in real time; nothing when `when` does not come by itself. Called with the lock held.
  [[nodiscard]] virtual std::optional<Duration> time_until(TimePoint when) const = 0;
  /// A round of timers begins, or is over.
  virtual void round_begins() {}
  virtual void round_ends() {}

  /// Sets the alarm to the earliest timer. Called with the lock held.
  void arm() {
    armed_for_.reset();
    if (!alarm_) return;
    const auto earliest = timers_.earliest();
    const auto wait = earliest ? time_until(*earliest) : std::nullopt;
    if (!wait) return alarm_->clear();
    armed_for_ = earliest;
    alarm_->set(std::clamp(*wait, Duration::zero(), kLongestWait), [this] { fire(); });
  }

  /// Runs what is due, in order; what a callback schedules waits for the next round.
  void fire() {
    TimerId limit = 0;
    {
      const std::scoped_lock lock{mutex_};
      // A wake-up that was overtaken by an earlier one comes here as well; the round that runs looks after its timers.
      if (firing_) return;
      firing_ = true;
      limit = timers_.next_id();
    }
    round_begins();
    try {
      while (auto callback = take_due(limit)) callback();
    } catch (...) {
      end_round();  // a bug in one callback leaves the timers of all others alive
      throw;
    }
    end_round();
  }

  mutable std::mutex mutex_;
  TimerQueue<TimePoint> timers_;  // guarded by mutex_

 private:
  // An alarm counts on while the machine sleeps or its clock is set; looking again this often bounds the error.
  static constexpr Duration kLongestWait = std::chrono::minutes{1};

  void end_round() {
    {
      const std::scoped_lock lock{mutex_};
      firing_ = false;
      arm();
    }
    round_ends();
  }

  TimerCallback take_due(TimerId limit) {
    const std::scoped_lock lock{mutex_};
    return timers_.take_due(this->now(), limit);
  }

  // Guarded by mutex_.
  std::unique_ptr<Alarm> alarm_;  ///< null when closed
  std::optional<TimePoint> armed_for_;
  bool firing_{false};
};

}  // namespace millrace::time
