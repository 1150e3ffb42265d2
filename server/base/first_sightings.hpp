// Remembers what has been logged, so that a client that asks in a loop fills no log.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace millrace::base {

/// Bounded: after 200 different names nothing is new any more. Any thread.
class FirstSightings {
 public:
  /// Whether `name` has not been seen before.
  bool add(std::string_view name);

 private:
  std::mutex mutex_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace millrace::base
