// Faults at named points, drawn from one seeded plan that may come, change and go while the server runs. Without a plan
// a point costs one comparison.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "server/base/fault_points.hpp"

namespace millrace::base {

/// When a point fires. By default each time it is passed.
struct FaultRule {
  double probability{1.0};               ///< of each passing, from 0 to 1
  std::uint64_t after{0};                ///< passings that are let through first
  std::optional<std::uint64_t> times{};  ///< how often it fires at most; absent: without end
};

/// What a plan is made of.
struct FaultSettings {
  std::uint64_t seed{0};
  std::map<FaultPoint, FaultRule> rules{};  ///< points without a rule never fire
};

/// What has become of one point since it got its rule, or else since the plan has been there.
struct FaultPointReport {
  std::optional<FaultRule> rule{};
  std::uint64_t passed{0};  ///< the faults among them
  std::uint64_t fired{0};
};
struct FaultReport {
  std::uint64_t seed{0};
  std::array<FaultPointReport, kFaultPointCount> points{};  ///< in the order of FaultPoint
};

/// Which points fire, and when. Begins as no plan at all. Every function from any thread.
class FaultPlan {
 public:
  FaultPlan() = default;
  FaultPlan(const FaultPlan&) = delete;
  FaultPlan& operator=(const FaultPlan&) = delete;

  /// Makes these the plan, and all counts 0.
  void replace(const FaultSettings& settings);
  /// Gives one point another rule, and begins to count it anew; makes a plan (seed 0) if there is none.
  void set(FaultPoint point, FaultRule rule);
  /// From now on there is no plan.
  void remove();

  /// Counts that `point` is passed and says whether it fires. The same seed and the same number of passings give the
  /// same faults, at each point for itself, whatever happens at others.
  bool draw(FaultPoint point);
  /// Nothing when there is no plan.
  [[nodiscard]] std::optional<FaultReport> report() const;

 private:
  friend class Faults;
  struct Entry {
    FaultPointReport counted;
    std::uint64_t chance{0};  ///< state of its own generator
  };
  // With the mutex held.
  void begin(const FaultSettings& settings);
  void begin(FaultPoint point, const std::optional<FaultRule>& rule);

  std::atomic<bool> is_there_{false};
  mutable std::mutex mutex_;
  std::uint64_t seed_{0};
  std::array<Entry, kFaultPointCount> entries_{};
};

/// What code on the way holds. Copies share the plan, which must outlive them.
class Faults {
 public:
  Faults() = default;
  explicit Faults(FaultPlan& plan) : is_there_{&plan.is_there_}, plan_{&plan} {}

  /// Whether there is a plan: for who has to find out first whether he passes a point.
  [[nodiscard]] bool planned() const { return is_there_->load(std::memory_order_relaxed); }
  [[nodiscard]] bool fires(FaultPoint point) const { return planned() && plan_->draw(point); }

 private:
  static constexpr std::atomic<bool> kNever{false};

  const std::atomic<bool>* is_there_{&kNever};
  FaultPlan* plan_{nullptr};
};

}  // namespace millrace::base

namespace millrace {
using base::FaultPlan;
using base::Faults;
}  // namespace millrace
