#include "server/base/timer_service.hpp"

#include <algorithm>

namespace millrace::base {

VirtualTime::Id VirtualTime::schedule(TimePoint when, Callback callback) {
  const Id id = next_id_++;
  timers_.emplace(std::pair{when, id}, std::move(callback));
  return id;
}

void VirtualTime::cancel(Id id) {
  std::erase_if(timers_, [id](const auto& timer) { return timer.first.second == id; });
}

void VirtualTime::advance(Duration step) {
  const TimePoint target = now_ + step;
  while (!timers_.empty() && timers_.begin()->first.first <= target) run_next();
  now_ = std::max(now_, target);
}

bool VirtualTime::run_next() {
  if (timers_.empty()) return false;
  auto due = timers_.extract(timers_.begin());
  now_ = std::max(now_, due.key().first);
  due.mapped()();
  return true;
}

}  // namespace millrace::base
