#include "server/base/first_sightings.hpp"

namespace millrace::base {

bool FirstSightings::add(std::string_view name) {
  constexpr std::size_t kMostSightings = 200;
  const std::scoped_lock lock{mutex_};
  if (seen_.size() >= kMostSightings || seen_.contains(name)) return false;
  seen_.emplace(name);
  return true;
}

}  // namespace millrace::base
