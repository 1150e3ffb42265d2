#include "server/base/faults.hpp"

namespace millrace::base {
namespace {

/// The next number of a generator with this state (SplitMix64: good for any seed, also for neighbours).
std::uint64_t next_of(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

/// Uniform over [0, 1).
double fraction_of(std::uint64_t number) {
  constexpr double kOneOf53Bits = 1.0 / static_cast<double>(std::uint64_t{1} << 53U);
  return static_cast<double>(number >> 11U) * kOneOf53Bits;
}

}  // namespace

void FaultPlan::begin(FaultPoint point, const std::optional<FaultRule>& rule) {
  Entry& entry = entries_[static_cast<std::size_t>(point)];
  entry.counted = {.rule = rule};
  std::uint64_t state = seed_ + static_cast<std::uint64_t>(point);
  entry.chance = next_of(state);
}

void FaultPlan::begin(const FaultSettings& settings) {
  seed_ = settings.seed;
  for (const FaultPointTraits& traits : fault_points()) {
    const auto found = settings.rules.find(traits.point);
    begin(traits.point, found == settings.rules.end() ? std::nullopt : std::optional{found->second});
  }
  is_there_ = true;
}

void FaultPlan::replace(const FaultSettings& settings) {
  const std::scoped_lock lock{mutex_};
  begin(settings);
}

void FaultPlan::set(FaultPoint point, FaultRule rule) {
  const std::scoped_lock lock{mutex_};
  if (!is_there_) begin(FaultSettings{});
  begin(point, rule);
}

void FaultPlan::remove() {
  const std::scoped_lock lock{mutex_};
  is_there_ = false;
}

bool FaultPlan::draw(FaultPoint point) {
  const std::scoped_lock lock{mutex_};
  if (!is_there_) return false;  // it has just gone
  Entry& entry = entries_[static_cast<std::size_t>(point)];
  FaultPointReport& counted = entry.counted;
  const std::uint64_t before = counted.passed++;
  if (!counted.rule || before < counted.rule->after) return false;
  if (counted.rule->times && counted.fired >= *counted.rule->times) return false;
  if (fraction_of(next_of(entry.chance)) >= counted.rule->probability) return false;
  ++counted.fired;
  return true;
}

std::optional<FaultReport> FaultPlan::report() const {
  const std::scoped_lock lock{mutex_};
  if (!is_there_) return std::nullopt;
  FaultReport report{.seed = seed_};
  for (std::size_t at = 0; at < entries_.size(); ++at) report.points[at] = entries_[at].counted;
  return report;
}

}  // namespace millrace::base
