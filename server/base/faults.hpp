// Named fault points, drawn from one seeded plan. With no plan a point costs one comparison with null.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace millrace::base {

/// One rule of a plan: the fault point fires on its calls number `first` to `last` (counted from 0).
struct FaultRule {
  std::uint64_t first{0};
  std::uint64_t last{0};
};

/// Which fault points fire, and when. May be asked from any thread.
class FaultPlan {
 public:
  /// Names are dotted paths of layer and place: `storage.commit`, `lambda.invoke.throttle`. A later rule for the same
  /// point replaces the earlier one.
  void set(std::string point, FaultRule rule);
  /// Counts this call of `point` and says whether it is to fail.
  bool draw(std::string_view point);
  /// How often `point` was reached: a sweep that never reaches its target must fail.
  [[nodiscard]] std::uint64_t calls(std::string_view point) const;

 private:
  struct Entry {
    FaultRule rule;
    bool armed{false};
    std::uint64_t calls{0};
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// What code on the way holds. Copies share the plan, which must outlive them.
class Faults {
 public:
  Faults() = default;
  explicit Faults(FaultPlan& plan) : plan_{&plan} {}

  [[nodiscard]] bool fires(std::string_view point) const { return plan_ != nullptr && plan_->draw(point); }

 private:
  FaultPlan* plan_{nullptr};
};

}  // namespace millrace::base

namespace millrace {
using base::FaultPlan;
using base::Faults;
}  // namespace millrace
