// What a driver can tell about itself: why its shards do not move.
#include <fmt/format.h>

#include <utility>

#include "harness/esm/delivery/delivery_log.hpp"
#include "harness/esm/driver/mapping_driver.hpp"
#include "harness/esm/source/timestamp.hpp"

namespace millrace::esm {
namespace {

std::string_view to_text(ShardRun::State state) {
  switch (state) {
    case ShardRun::State::kWaitingForParent: return "waiting for its parent";
    case ShardRun::State::kPolling: return "polling";
    case ShardRun::State::kFinished: return "finished";
    case ShardRun::State::kStopped: break;
  }
  return "stopped";
}

/// Of a lane.
std::string_view to_text(ShardRun::Phase phase) {
  switch (phase) {
    case ShardRun::Phase::kInvoking: return "invoking";
    case ShardRun::Phase::kSleeping: return "waiting";
    case ShardRun::Phase::kDiscarding: return "discarding";
    default: return "collecting";
  }
}

/// The lane that says best why a shard does not move: one that has failed, or else one that is at work.
const ShardRun::LaneRun* telling_lane(const ShardRun& run) {
  const ShardRun::LaneRun* telling = nullptr;
  for (const ShardRun::LaneRun& lane : run.lanes) {
    if (lane.phase == ShardRun::Phase::kSleeping) return &lane;
    if (lane.phase != ShardRun::Phase::kNothing && telling == nullptr) telling = &lane;
  }
  return telling;
}

const ShardRun::Part& telling_part(const ShardRun& run, const ShardRun::LaneRun* lane) {
  if (lane != nullptr) return *lane;
  return run.saver.phase != ShardRun::Phase::kNothing ? run.saver : run.reader;
}

/// The trouble with the function and, in a few words, what it answered.
std::string cause_of(const ShardRun::LaneRun& lane) {
  const std::string words = first_words(lane.last_error);
  return words.empty() ? lane.trouble : lane.trouble + " (" + words + ")";
}

std::string waiting_after(const ShardRun::Part& part, std::string_view cause) {
  return fmt::format("Waiting after {} failure(s) in a row, because {}; the next attempt is at {}.", part.failures,
                     cause, to_iso_text(part.until.value_or(TimePoint{})));
}

}  // namespace

std::vector<StuckShard> MappingDriver::stuck() const {
  std::vector<StuckShard> entries;
  const auto add = [&](std::string shard_id, std::string reason) -> StuckShard& {
    return entries.emplace_back(StuckShard{uuid_, function_name_, std::move(shard_id), std::move(reason)});
  };
  if (!list_trouble_.empty()) add({}, "The mapping waits: " + list_trouble_ + ".");
  if (!stream_exists_) add({}, fmt::format("The stream {} does not exist any more.", stream_arn_));
  for (const auto& [shard_id, run] : shards_) {
    if (run.is_caught_up()) continue;
    const LaneRun* const lane = telling_lane(run);
    StuckShard& entry = add(shard_id, reason_of(run, lane));
    entry.last_error = (lane != nullptr ? *lane : run.lanes.front()).last_error;
    entry.position = run.poller.checkpoint();
    const ShardRun::Part& part = telling_part(run, lane);
    if (part.phase == Phase::kSleeping) entry.next_retry = part.until;
  }
  return entries;
}

std::vector<ShardReport> MappingDriver::progress() const {
  std::vector<ShardReport> reports;
  for (const auto& [shard_id, run] : shards_) {
    ShardReport& report = reports.emplace_back();
    report.shard = shard_id;
    report.state = to_text(run.state);
    report.position = run.poller.checkpoint();
    report.iterator_age_milliseconds = run.iterator_age_milliseconds;
    report.window = run.progress.window;
    for (std::size_t at = 0; at < run.poller.lanes(); ++at) {
      const LaneRun& lane = run.lanes.at(at);
      LaneReport& told = report.lanes.emplace_back();
      told.state = to_text(lane.phase);
      told.records_held = run.poller.records_held(lane_id(at));
      if (lane.phase != Phase::kNothing) told.batch = lane.batch;
      if (lane.phase == Phase::kSleeping) told.next_attempt = lane.until;
      told.last_error = lane.last_error;
    }
  }
  return reports;
}

std::string MappingDriver::reason_of(const ShardRun& run, const LaneRun* lane) const {
  switch (run.state) {
    case State::kWaitingForParent: {
      const std::string* const parent = unfinished_parent(run);
      return fmt::format("The shard waits until its parent {} is read to its end.", parent == nullptr ? "" : *parent);
    }
    case State::kPolling: break;
    case State::kFinished:
    case State::kStopped: return "The shard's poller has stopped.";
  }
  if (lane != nullptr) return reason_of(*lane);
  const Part& part = telling_part(run, lane);
  switch (part.phase) {
    case Phase::kReading: return "The shard is being read.";
    case Phase::kSaving: return "The batch is delivered; its checkpoint is being written.";
    case Phase::kSleeping: return waiting_after(part, part.trouble);
    case Phase::kWaitingForRecords:
      return fmt::format("{} record(s) wait for the batching window to end at {}.", run.poller.records_held(),
                         to_iso_text(part.until.value_or(TimePoint{})));
    case Phase::kNothing:
    case Phase::kInvoking:
    case Phase::kDiscarding: break;
  }
  return "The shard's poller is between two steps.";
}

std::string MappingDriver::reason_of(const LaneRun& lane) const {
  if (lane.phase == Phase::kSleeping) return waiting_after(lane, cause_of(lane));
  if (lane.phase == Phase::kDiscarding) return "The batch is given up, and is being kept as a dead letter.";
  if (const auto missing = ports_.function_waits_for()) {
    return fmt::format("The batch waits for the function '{}' to be run: {}.", function_name_, *missing);
  }
  return lane.trouble.empty()
             ? fmt::format("The function '{}' is being invoked and has not answered yet.", function_name_)
             : fmt::format("Last time {}; it is being invoked again and has not answered yet.", cause_of(lane));
}

}  // namespace millrace::esm
