// Decides when the driver of one mapping begins and ends: what a change, a stop and the end of a driver lead to. A
// synchronous state machine; who owns the driver (live_mapping.hpp, harness/sim) performs the actions and reports
// what happened. Same events, same actions.
//
// What it promises: one driver at most; a driver that has been told to stop comes to its end before the next begins;
// whoever made a change hears of it once; after stop() no driver begins, whatever was under way.
#pragma once

#include <cstdint>
#include <vector>

namespace millrace::esm {

/// What is to be done, in the order given.
enum class LifeAction : std::uint8_t {
  kStopDriver,     ///< Tell the driver to stop. driver_stopped() follows, later, never from within.
  kBeginPatience,  ///< Set the timer of patience_over(): an answer does not wait for an invocation.
  kSettle,         ///< Look up what is wanted of the mapping now. Answer with settled() before any other event.
  kStartDriver,    ///< Begin to deliver with what has just been looked up.
  kRest,           ///< The mapping is switched off: nobody waits for it.
  kLeave,          ///< The mapping is deleted: nothing of it is left.
  kTellHeard,      ///< Call everybody who made a change and has not been called, and cancel the patience.
  kTellStopped,    ///< Call everybody who asked for the stop.
};
using LifeActions = std::vector<LifeAction>;

class MappingLife {
 public:
  /// What the definition of a mapping asks for.
  enum class Wanted : std::uint8_t { kDelivering, kDisabled, kDeleted };

  // --- Events. Each throws std::logic_error when it cannot happen now: a bug of the caller. ---

  /// The definition has changed, or the process has started.
  LifeActions changed();
  LifeActions settled(Wanted wanted);
  LifeActions patience_over();
  LifeActions driver_stopped();
  /// The process ends: what is being invoked may finish, nothing begins. More than once does no harm.
  LifeActions stop();

 private:
  enum class Driver : std::uint8_t { kNone, kRunning, kStopping };

  Driver driver_{Driver::kNone};
  bool settling_{false};
  bool patient_{false};  // the timer of patience_over() runs
  bool stopping_{false};
};

}  // namespace millrace::esm
