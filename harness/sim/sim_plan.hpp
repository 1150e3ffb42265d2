// What one simulated run is: a world made from a seed, and the faults that strike it.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "harness/esm/source/poller_settings.hpp"
#include "harness/esm/source/record_filter.hpp"
#include "server/base/random.hpp"

namespace millrace::sim {

/// Leaves out every third record.
class EveryThirdIsUnwanted final : public esm::RecordFilter {
 public:
  static bool wants(storage::Sequence sequence) { return sequence % 3 != 0; }
  [[nodiscard]] bool passes(const esm::Record& record) const override { return wants(record.sequence); }
};

/// What goes wrong with one operation (a listing, a read, a checkpoint, an invocation, a change of the mapping, the
/// keeping of what is given up).
enum class Fault : std::uint8_t {
  kFail,             ///< it fails and has no effect; an invocation answers with a function error
  kFailAfterEffect,  ///< it has its effect, yet reports failure: a commit whose answer is lost, a timeout of the
                     ///< handler
  kThrottle,         ///< an invocation is throttled; anything else as kFail
  kServiceError,     ///< an invocation cannot be run; anything else as kFail
  kFunctionMissing,  ///< there is no such function at this moment; anything else as kFail
  kMalformedReply,   ///< the handler runs and answers nonsense; anything else as kFail
  kCrashBefore,      ///< the process dies, the operation has no effect
  kCrashAfter,       ///< the process dies, the operation has its effect
  kDamage,           ///< the next record of a read is damaged in storage from now on; anything else as kFail
};

inline constexpr Fault kAllFaults[] = {Fault::kFail,         Fault::kFailAfterEffect, Fault::kThrottle,
                                       Fault::kServiceError, Fault::kFunctionMissing, Fault::kMalformedReply,
                                       Fault::kCrashBefore,  Fault::kCrashAfter,      Fault::kDamage};

std::string_view to_text(Fault fault);

/// Faults by the number of the operation they strike, counted from 0 over the whole run.
using FaultsByOperation = std::map<std::uint64_t, Fault>;

/// The knobs of a world. Random ones come from the seed, so that small batches, tiny pages and many shards meet every
/// fault.
struct Knobs {
  std::uint64_t seed{0};
  esm::PollerSettings settings{};
  std::size_t lineages{1};  ///< shards that are open at the beginning
  std::size_t keys{1};
  std::size_t records{0};
  std::size_t roll_overs{0};       ///< of random shards, in the middle of the writes
  std::size_t splits{0};           ///< the same: a shard gets two children
  std::size_t merges{0};           ///< two neighbours get one child
  std::size_t updates{0};          ///< of the mapping's settings: its driver is stopped and another one started
  std::size_t pauses{0};           ///< it is disabled for a while
  std::size_t orderly_ends{0};     ///< the process is told to end, and comes back
  std::size_t failing_records{0};  ///< records at which the handler fails, some times or always
  bool handler_reports{false};     ///< it answers with batchItemFailures instead of throwing
  bool starts_at_latest{false};    ///< a third of the records is there before the mapping is made
  bool made_later{false};          ///< the mapping is made in the middle of the writes
  bool deleted{false};             ///< it is deleted in the middle of them
  bool made_again{false};          ///< and another one is made when it is gone

  static Knobs from_seed(std::uint64_t seed);
  /// What an update may make of the settings: other batches and retries, the same rules about what may be given up.
  [[nodiscard]] esm::PollerSettings updated(const esm::PollerSettings& before, Random& random) const;
};

/// How often the rare branches were reached, over many runs.
struct Coverage {
  std::map<std::string_view, std::uint64_t> counts;
  void hit(std::string_view what) { ++counts[what]; }
};

}  // namespace millrace::sim
