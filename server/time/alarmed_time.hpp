// Timers that fire by themselves: one alarm, always set to the earliest of all.
//
// What is due is decided by the clock alone; the alarm only wakes us up.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "server/time/alarm.hpp"
#include "server/time/timer_queue.hpp"

namespace millrace::time {

/// `Time` is EmulatedTime or RealTime. Of the thread on which the alarm rings: callbacks run there, one after the
/// other.
template <class Time>
class AlarmedTime : public Time {
 public:
  using typename Time::TimePoint;

  TimerId schedule(TimePoint when, TimerCallback callback) override {
    if (!alarm_) return timers_.skip();
    const TimerId id = timers_.add(when, std::move(callback));
    // While firing, this follows when the round is over.
    if (!firing_ && (!armed_for_ || when < *armed_for_)) arm();
    return id;
  }

  void cancel(TimerId id) override {
    // Destroyed last: what it captured may cancel timers in its destructor.
    const TimerCallback forgotten = timers_.remove(id);
    if (forgotten && timers_.empty() && !firing_ && alarm_) {
      armed_for_.reset();
      alarm_->clear();
    }
  }

  /// Forgets every timer, and the alarm; later timers are ignored. Called before what the alarm works with goes: what
  /// lives in there may still cancel its timers while it is destroyed.
  void close() {
    const typename TimerQueue<TimePoint>::Timers forgotten = timers_.remove_all();  // destroyed last, as in cancel()
    armed_for_.reset();
    alarm_.reset();
  }

 protected:
  explicit AlarmedTime(std::unique_ptr<Alarm> alarm) : alarm_{std::move(alarm)} {}

  /// How long it is until `when`, in real time; nothing when `when` does not come by itself.
  [[nodiscard]] virtual std::optional<Duration> time_until(TimePoint when) const = 0;
  /// A round of timers begins, or is over.
  virtual void round_begins() {}
  virtual void round_ends() {}

  /// Sets the alarm to the earliest timer.
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
    if (firing_) return;  // from within a callback: the round that runs looks after the timers
    firing_ = true;
    const TimerId limit = timers_.next_id();
    round_begins();
    try {
      while (auto callback = timers_.take_due(this->now(), limit)) callback();
    } catch (...) {
      end_round();  // a bug in one callback leaves the timers of all others alive
      throw;
    }
    end_round();
  }

  TimerQueue<TimePoint> timers_;

 private:
  // An alarm counts on while the machine sleeps or its clock is set; looking again this often bounds the error.
  static constexpr Duration kLongestWait = std::chrono::minutes{1};

  void end_round() {
    firing_ = false;
    arm();
    round_ends();
  }

  std::unique_ptr<Alarm> alarm_;  ///< null when closed
  std::optional<TimePoint> armed_for_;
  bool firing_{false};
};

}  // namespace millrace::time
