// What a mapping's driver keeps of one shard: its poller, and of each part of the poller what it is doing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/esm/control/mapping.hpp"
#include "harness/esm/delivery/shard_poller.hpp"
#include "harness/esm/driver/mapping_report.hpp"
#include "harness/lambda/invocation/invoker.hpp"
#include "server/time/emulated_time.hpp"

namespace millrace::esm {

/// One answer of a function to a batch.
struct Attempt {
  Invoke sent;
  const lambda::InvocationResult* result{nullptr};  ///< outlives the attempt's accounting
  bool function_exists{true};
};

struct ShardRun {
  enum class State : std::uint8_t { kWaitingForParent, kPolling, kFinished, kStopped };
  enum class Phase : std::uint8_t {
    kNothing,
    kReading,
    kInvoking,
    kSaving,
    kDiscarding,
    kSleeping,
    kWaitingForRecords,
  };

  /// The action of a part that is under way.
  struct Part {
    Phase phase{Phase::kNothing};
    std::uint64_t step{0};  ///< counts actions and answers; an answer to an older step is stale
    time::TimerId timer{0};
    std::optional<TimePoint> until{};  ///< what the timer waits for
    std::uint32_t failures{0};         ///< in a row, that a sleep is for
    std::string trouble{};             ///< what is wrong with storage, or the function, a clause; empty: nothing

    /// Somebody else has it now: neither a wait nor a sleep.
    [[nodiscard]] bool is_under_way() const {
      return phase == Phase::kReading || phase == Phase::kInvoking || phase == Phase::kSaving ||
             phase == Phase::kDiscarding;
    }
  };
  struct LaneRun : Part {
    std::string request_id{};                  ///< of the invocation under way, or the last
    bool withdrawn{false};                     ///< the driver has asked for that invocation back
    std::uint32_t failed_attempts{0};          ///< in a row, of batches that nobody gave up
    std::string last_error{};                  ///< what the function answered when it last failed
    std::string executed_version{};            ///< of the function, at the last attempt
    std::optional<LaneReport::Batch> batch{};  ///< that was sent last; empty when all of it has come to its end
  };
  /// An event that is waiting for its turn while an earlier one's actions are performed.
  struct Told {
    Event event;
    std::uint64_t step{0};  ///< of the part it answers
    std::optional<Attempt> attempt{};
  };

  ShardRun(SourceShard source, const std::string& stream_arn, const PollerSettings& settings, const ShardProgress& from)
      : shard{std::move(source)},
        poller{settings, from.done, {stream_arn, shard.shard_id}, from.window},
        progress{from},
        lanes(settings.lanes) {}

  Part& part(LaneId id) {
    if (id == LaneId::kReader) return reader;
    if (id == LaneId::kProgress) return saver;
    return lanes.at(index_of(id));
  }
  template <class Visitor>
  void each_part(Visitor visit) {
    for (std::size_t at = 0; at < lanes.size(); ++at) visit(lane_id(at), static_cast<Part&>(lanes[at]));
    visit(LaneId::kProgress, saver);
    visit(LaneId::kReader, reader);
  }

  [[nodiscard]] bool is_at_rest() const { return state == State::kFinished || state == State::kWaitingForParent; }
  [[nodiscard]] bool is_busy() const {
    return reader.is_under_way() || saver.is_under_way() || std::ranges::any_of(lanes, &Part::is_under_way);
  }
  [[nodiscard]] bool is_caught_up() const {
    if (state == State::kFinished) return true;
    const auto is_resting = [](const LaneRun& lane) { return lane.phase == Phase::kNothing; };
    return reader.phase == Phase::kWaitingForRecords && !woken && saver.phase == Phase::kNothing &&
           poller.records_held() == 0 && std::ranges::all_of(lanes, is_resting);
  }

  SourceShard shard;
  ShardPoller poller;
  ShardProgress progress;  ///< what the next checkpoint will say
  std::int64_t iterator_age_milliseconds{0};
  State state{State::kWaitingForParent};
  bool woken{false};  ///< a commit came while the reader was busy, after its last read had begun
  Part reader;
  Part saver;
  std::vector<LaneRun> lanes;
  bool performing{false};
  Actions actions;         ///< that are being performed; kept for its memory
  std::vector<Told> told;  ///< in the order of arrival
};

}  // namespace millrace::esm
