// Timers in the order in which they fire: by due time, then in the order they were made. The one place that orders
// them, for every kind of time, in a server and in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace millrace::time {

using TimerId = std::uint64_t;  ///< never 0, never used twice by one queue
using TimerCallback = std::function<void()>;

/// Not synchronised. Calls nothing: callbacks are handed out, to be called or destroyed.
template <class TimePoint>
class TimerQueue {
 public:
  using Key = std::pair<TimePoint, TimerId>;
  using Timers = std::map<Key, TimerCallback>;

  TimerId add(TimePoint when, TimerCallback callback) {
    const TimerId id = next_id_++;
    timers_.emplace(Key{when, id}, std::move(callback));
    due_times_.emplace(id, when);
    return id;
  }

  /// The id of a timer that is forgotten before it is there.
  TimerId skip() { return next_id_++; }

  /// The callback of a timer that will not fire; empty for an id that has fired or is unknown.
  TimerCallback remove(TimerId id) {
    const auto found = due_times_.find(id);
    if (found == due_times_.end()) return nullptr;
    const auto timer = timers_.find(Key{found->second, id});
    TimerCallback callback = std::move(timer->second);
    timers_.erase(timer);
    due_times_.erase(found);
    return callback;
  }

  /// All of them, which are forgotten here.
  Timers remove_all() {
    due_times_.clear();
    return std::exchange(timers_, {});
  }

  [[nodiscard]] bool empty() const { return timers_.empty(); }
  [[nodiscard]] std::optional<TimePoint> earliest() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first.first;
  }

  /// What the next timer will be called: those of a round are older.
  [[nodiscard]] TimerId next_id() const { return next_id_; }

  /// Takes the first timer that is due at `now` and was made before `limit`; empty when there is none.
  TimerCallback take_due(TimePoint now, TimerId limit) {
    for (auto timer = timers_.begin(); timer != timers_.end() && timer->first.first <= now; ++timer) {
      if (timer->first.second >= limit) continue;
      TimerCallback callback = std::move(timer->second);
      due_times_.erase(timer->first.second);
      timers_.erase(timer);
      return callback;
    }
    return nullptr;
  }

 private:
  TimerId next_id_{1};
  Timers timers_;
  std::unordered_map<TimerId, TimePoint> due_times_;
};

}  // namespace millrace::time
