#include "server/base/clock.hpp"

#include <algorithm>

namespace millrace::base {

TimePoint SystemClock::now() const {
  const auto read = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  // An operator or NTP may set the clock back; callers were promised that time does not run backwards.
  thread_local TimePoint latest{};
  latest = std::max(latest, read);
  return latest;
}

std::int64_t to_epoch_seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::int64_t to_epoch_milliseconds(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace millrace::base
