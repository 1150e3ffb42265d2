// The timer service on real time: one Asio timer, always set to the earliest of all.
//
// What is due is decided by the given clock alone; the Asio timer only wakes us up. Precision is that of the kernel's
// timers, well below a millisecond.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "server/base/timer_service.hpp"

namespace millrace::engine {

/// Any thread may schedule and cancel. Callbacks run one after the other on a thread of the io_context, so a callback
/// may still be running when cancel(), called on another thread, returns; on the same thread it is not.
class AsioTimers final : public base::TimerService {
 public:
  /// `io` lives at least until close(), `clock` as long as the timers.
  AsioTimers(boost::asio::io_context& io, const Clock& clock);
  ~AsioTimers() override;

  Id schedule(TimePoint when, Callback callback) override;
  void cancel(Id id) override;

  /// Forgets every timer; later ones are ignored. Called before `io` goes: what lives in its handlers may still cancel
  /// its timers while it is destroyed.
  void close();

 private:
  using Key = std::pair<TimePoint, Id>;

  /// Sets the Asio timer to the earliest timer. Called with the lock held.
  void arm();
  /// Runs what is due, in order; what a callback schedules waits for the next round.
  void fire();
  void end_round();
  /// Takes the first timer that is due and was scheduled before `limit`.
  std::optional<Callback> take_due(Id limit);

  const Clock& clock_;
  std::mutex mutex_;
  std::optional<boost::asio::steady_timer> wake_up_;  ///< empty when closed
  std::optional<TimePoint> armed_for_;
  bool firing_{false};
  Id next_id_{1};
  std::map<Key, Callback> timers_;
  std::unordered_map<Id, TimePoint> due_times_;
};

}  // namespace millrace::engine
