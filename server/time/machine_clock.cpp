#include "server/time/machine_clock.hpp"

#include <algorithm>

namespace millrace::time {

Duration machine_clock() {
  const auto read = std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch());
  // An operator or NTP may set the clock back; callers were promised that time does not run backwards.
  thread_local Duration latest{};
  latest = std::max(latest, read);
  return latest;
}

}  // namespace millrace::time
