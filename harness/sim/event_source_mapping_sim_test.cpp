// The event source mapping in virtual time, under faults. A failure prints its seed and faults; run it alone with
//   MILLRACE_SIM_SEED=<seed> build/dev/bin/harness_sim_tests
// and look at more seeds than CI does with MILLRACE_SIM_SEEDS=<number>.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string>

#include "harness/sim/sim_world.hpp"

namespace millrace::sim {
namespace {

/// Enough worlds to reach every branch that the sweep demands, several times over.
constexpr std::uint64_t kSweptSeeds = 60;

struct Seeds {
  std::uint64_t first{0};
  std::uint64_t count{0};
};

Seeds seeds(std::uint64_t by_default) {
  if (const char* const one = std::getenv("MILLRACE_SIM_SEED")) return {std::stoull(one), 1};
  if (const char* const count = std::getenv("MILLRACE_SIM_SEEDS")) return {1, std::stoull(count)};
  return {1, by_default};
}

std::string describe(const Knobs& knobs, const FaultsByOperation& faults, const SimWorld& world) {
  std::string text = fmt::format("seed {}", knobs.seed);
  for (const auto& [operation, fault] : faults) {
    text.append(fmt::format(", operation {}: {}", operation, to_text(fault)));
  }
  for (const std::string& violation : world.violations()) text.append("\n  ").append(violation);
  text.append("\n");
  for (const std::string& line : world.trace()) text.append("  ").append(line).append("\n");
  return text;
}

class EventSourceMappingSim : public testing::Test {
 protected:
  EventSourceMappingSim() { spdlog::set_level(spdlog::level::off); }

  /// The number of operations of the run; fails the test when something did not hold.
  std::uint64_t run(const Knobs& knobs, const FaultsByOperation& faults) {
    SimWorld world{knobs, faults, coverage_};
    world.run();
    EXPECT_TRUE(world.violations().empty()) << describe(knobs, faults, world);
    return world.operations();
  }

  Coverage coverage_;
};

TEST_F(EventSourceMappingSim, EverySingleFaultInEveryStep) {
  const auto [first, count] = seeds(kSweptSeeds);
  std::uint64_t runs = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Knobs knobs = Knobs::from_seed(seed);
    const std::uint64_t operations = run(knobs, {});
    for (const Fault fault : kAllFaults) {
      for (std::uint64_t operation = 0; operation < operations; ++operation) {
        run(knobs, {{operation, fault}});
        if (HasFailure()) return;
        ++runs;
      }
    }
  }
  RecordProperty("runs", static_cast<int>(runs));
  if (count < kSweptSeeds) return;
  for (const std::string_view branch : {"list failed",
                                        "list failed late",
                                        "crash before list",
                                        "crash after list",
                                        "read failed",
                                        "read failed late",
                                        "crash before read",
                                        "crash after read",
                                        "save failed",
                                        "save lost its answer",
                                        "crash before save",
                                        "crash after save",
                                        "function error",
                                        "timeout after the side effect",
                                        "crash before invoke",
                                        "crash after invoke",
                                        "throttle",
                                        "service error",
                                        "function missing",
                                        "malformed reply",
                                        "new shard noticed by a commit",
                                        "change failed",
                                        "change lost its answer",
                                        "crash before change",
                                        "crash after change",
                                        "kept at a second attempt",
                                        "kept late",
                                        "crash before a failure is kept",
                                        "crash after it",
                                        "mapping made in the middle",
                                        "mapping deleted",
                                        "deleted while a function was being invoked",
                                        "checkpoint of a deleted mapping",
                                        "mapping made again",
                                        "several batches of a shard under way",
                                        "a change is answered before it is done",
                                        "driver replaced",
                                        "stopped while a function was being invoked",
                                        "SIGTERM while the mapping was being replaced",
                                        "ended in order",
                                        "disabled",
                                        "invocation withdrawn",
                                        "page cut short",
                                        "record damaged",
                                        "page ends before a damaged record",
                                        "damaged record given up",
                                        "same batch sent again",
                                        "batch halved",
                                        "closed shard read to its end",
                                        "shard split",
                                        "shards merged",
                                        "partial failure reported",
                                        "record delivered again",
                                        "record given up",
                                        "checkpoint at a record that was left out",
                                        "window ended",
                                        "window ended early",
                                        "window ended with nothing counted",
                                        "end of a window failed",
                                        "end of a window sent again",
                                        "discard",
                                        "retry"}) {
    EXPECT_GT(coverage_.counts[branch], 0U) << "never reached: " << branch;
  }
}

/// Many more worlds, each of their operations struck once, by a fault that the seed chooses.
TEST_F(EventSourceMappingSim, SomeFaultInEveryStepOfAThousandWorlds) {
  const auto [first, count] = seeds(1000);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Knobs knobs = Knobs::from_seed(seed);
    Random random{seed};
    const std::uint64_t operations = run(knobs, {});
    for (std::uint64_t operation = 0; operation < operations; ++operation) {
      run(knobs, {{operation, kAllFaults[random.below(std::size(kAllFaults))]}});
      if (HasFailure()) return;
    }
  }
}

TEST_F(EventSourceMappingSim, ManyFaultsAtRandom) {
  const auto [first, count] = seeds(5000);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Knobs knobs = Knobs::from_seed(seed);
    Random random{seed};
    FaultsByOperation faults;
    for (std::uint64_t at = 0; at < 12; ++at) {
      faults.emplace(random.below(80), kAllFaults[random.below(std::size(kAllFaults))]);
    }
    run(knobs, faults);
    if (HasFailure()) return;
  }
}

TEST_F(EventSourceMappingSim, AFunctionThatIsAwayForLongIsWaitedFor) {
  const auto [first, count] = seeds(50);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Knobs knobs = Knobs::from_seed(seed);
    knobs.settings.maximum_record_age.reset();
    knobs.settings.retention = std::chrono::hours{24};
    FaultsByOperation faults;
    for (std::uint64_t operation = 10; operation < 40; ++operation) faults.emplace(operation, Fault::kFunctionMissing);
    run(knobs, faults);
    if (HasFailure()) return;
  }
  EXPECT_GT(coverage_.counts["long wait"], 0U);
}

TEST_F(EventSourceMappingSim, DamagedRecordsAreGivenUpByTheRulesOfTheMapping) {
  const auto [first, count] = seeds(200);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Knobs knobs = Knobs::from_seed(seed);
    Random random{seed};
    FaultsByOperation faults;
    for (std::uint64_t at = 0; at < 20; ++at) faults.emplace(random.below(60), Fault::kDamage);
    run(knobs, faults);
    if (HasFailure()) return;
  }
  EXPECT_GT(coverage_.counts["damaged record given up"], count / 10);
}

TEST_F(EventSourceMappingSim, TheSameSeedGivesTheSameTrace) {
  const auto [first, count] = seeds(50);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Knobs knobs = Knobs::from_seed(seed);
    const FaultsByOperation faults{{seed % 20, Fault::kCrashAfter}, {seed % 20 + 7, Fault::kFail}};
    SimWorld one{knobs, faults, coverage_};
    SimWorld two{knobs, faults, coverage_};
    one.run();
    two.run();
    ASSERT_EQ(one.trace(), two.trace()) << "seed " << seed;
    ASSERT_FALSE(one.trace().empty());
  }
}

TEST_F(EventSourceMappingSim, DifferentSeedsGiveDifferentWorlds) {
  SimWorld one{Knobs::from_seed(1), {}, coverage_};
  SimWorld two{Knobs::from_seed(2), {}, coverage_};
  one.run();
  two.run();
  EXPECT_NE(one.trace(), two.trace());
}

}  // namespace
}  // namespace millrace::sim
