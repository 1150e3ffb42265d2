#include "server/base/faults.hpp"

#include <utility>

namespace millrace::base {

void FaultPlan::set(std::string point, FaultRule rule) {
  const std::scoped_lock lock{mutex_};
  Entry& entry = entries_[std::move(point)];
  entry.rule = rule;
  entry.armed = true;
}

bool FaultPlan::draw(std::string_view point) {
  const std::scoped_lock lock{mutex_};
  auto found = entries_.find(point);
  if (found == entries_.end()) found = entries_.emplace(std::string{point}, Entry{}).first;
  const std::uint64_t call = found->second.calls++;
  return found->second.armed && call >= found->second.rule.first && call <= found->second.rule.last;
}

std::uint64_t FaultPlan::calls(std::string_view point) const {
  const std::scoped_lock lock{mutex_};
  const auto found = entries_.find(point);
  return found == entries_.end() ? 0 : found->second.calls;
}

}  // namespace millrace::base
