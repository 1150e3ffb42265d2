// The emulated time of a server: it runs along with the machine's clock, at some distance; it can be frozen, and moved
// forwards, whole hours in no time. It never goes back: AWS's does not, and records, shards and retries rely on that.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "server/time/alarmed_time.hpp"
#include "server/time/emulated_time.hpp"

namespace millrace::time {

/// How emulated time begins.
struct ClockStart {
  std::optional<base::TimePoint> at{};  ///< absent: as the machine's clock says
  bool frozen{false};
};

/// now() may be asked for on any thread, the rest is AlarmedTime's.
class AdjustableTime final : public AlarmedTime<EmulatedTime> {
 public:
  /// Has a function called soon, behind what is ready to run now.
  using Post = std::function<void(std::function<void()>)>;

  /// `post` serves advance_to(); what it refers to lives until close().
  AdjustableTime(std::unique_ptr<Alarm> alarm, Post post, ClockStart start = {});
  ~AdjustableTime() override;

  /// As cheap as reading the machine's clock.
  [[nodiscard]] TimePoint now() const override;

  [[nodiscard]] bool is_frozen() const { return frozen_; }
  /// By how much it is ahead of the machine's clock; negative when it is behind.
  [[nodiscard]] Duration ahead() const;

  /// Whether an advance is under way.
  [[nodiscard]] bool is_advancing() const { return advance_.has_value(); }

  /// now() stays what it is; timers that are due still fire. During an advance: once it is over.
  void freeze();
  /// It runs on from where it stands.
  void unfreeze();

  /// Moves forward to `target`, step by step: before each step it waits until nothing is under way (under_way()), and
  /// then fires the timers that are due next, with now() at exactly their time. In between the clock stands. `done` is
  /// called once, from where the last step was made: with true when now() has reached `target` and everything has
  /// settled, with false when the advance was abandoned. Returns its number, or 0, and does nothing, when another one
  /// is under way. A target in the past is reached at once.
  [[nodiscard]] std::uint64_t advance_to(TimePoint target, std::function<void(bool arrived)> done);
  /// Ends the advance of this number where it has come to; one that is over is ignored.
  void abandon_advance(std::uint64_t number);

  /// AlarmedTime::close(), and `done` of an advance under way is destroyed uncalled.
  void close();

 private:
  struct Advance {
    std::uint64_t number{0};
    TimePoint target{};
    std::function<void(bool)> done;
  };
  static constexpr std::int64_t kRuns = std::numeric_limits<std::int64_t>::min();

  [[nodiscard]] std::optional<Duration> time_until(TimePoint when) const override;
  void round_begins() override { under_way().begin(Work::kTimers); }
  void round_ends() override { under_way().end(Work::kTimers); }

  void step_when_settled(std::uint64_t number);
  void step(std::uint64_t number);
  void finish(std::uint64_t number, bool arrived);
  void stand_still_at(TimePoint when);
  void run_from(TimePoint when);

  const Post post_;
  std::atomic<std::int64_t> standing_{kRuns};  ///< where the clock stands, microseconds; kRuns when it runs
  std::atomic<std::int64_t> ahead_{0};         ///< of the machine's clock while it runs, microseconds
  bool frozen_;                                ///< wanted; an advance stands and moves all the same
  std::optional<Advance> advance_;
  std::uint64_t advances_{0};
};

}  // namespace millrace::time
