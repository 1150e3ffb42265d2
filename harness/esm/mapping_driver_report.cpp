// What a driver can tell about itself: why its shards do not move.
#include <fmt/format.h>

#include <utility>

#include "harness/esm/delivery_log.hpp"
#include "harness/esm/mapping_driver.hpp"
#include "harness/esm/timestamp.hpp"

namespace millrace::esm {

std::vector<StuckShard> MappingDriver::stuck() const {
  std::vector<StuckShard> entries;
  const auto add = [&](std::string shard_id, std::string reason) -> StuckShard& {
    return entries.emplace_back(StuckShard{uuid_, function_name_, std::move(shard_id), std::move(reason)});
  };
  if (!list_trouble_.empty()) add({}, "The mapping waits: " + list_trouble_ + ".");
  if (!stream_exists_) add({}, fmt::format("The stream {} does not exist any more.", stream_arn_));
  for (const auto& [shard_id, run] : shards_) {
    if (run.phase == Phase::kFinished) continue;
    if (run.phase == Phase::kWaitingForRecords && !run.woken && run.poller.records_held() == 0) continue;
    StuckShard& entry = add(shard_id, reason_of(run));
    entry.last_error = run.last_error;
    entry.position = run.poller.checkpoint();
    if (run.phase == Phase::kSleeping) entry.next_retry = run.until;
  }
  return entries;
}

/// The trouble with the function and, in a few words, what it answered.
std::string MappingDriver::cause_of(const ShardRun& run) {
  const std::string words = first_words(run.last_error);
  return words.empty() ? run.trouble : run.trouble + " (" + words + ")";
}

std::string MappingDriver::reason_of(const ShardRun& run) const {
  switch (run.phase) {
    case Phase::kWaitingForParent:
      return fmt::format("The shard waits until its parent {} is read to its end.", *run.shard.parent_shard_id);
    case Phase::kReading: return "The shard is being read.";
    case Phase::kInvoking:
      if (const auto missing = ports_.function_waits_for()) {
        return fmt::format("The batch waits for the function '{}' to be run: {}.", function_name_, *missing);
      }
      return run.trouble.empty()
                 ? fmt::format("The function '{}' is being invoked and has not answered yet.", function_name_)
                 : fmt::format("Last time {}; it is being invoked again and has not answered yet.", cause_of(run));
    case Phase::kSaving: return "The batch is delivered; its checkpoint is being written.";
    case Phase::kSleeping:
      return fmt::format("Waiting after {} failure(s) in a row, because {}; the next attempt is at {}.",
                         run.poller.failures(), run.storage_trouble.empty() ? cause_of(run) : run.storage_trouble,
                         to_iso_text(run.until.value_or(TimePoint{})));
    case Phase::kWaitingForRecords:
      return fmt::format("{} record(s) wait for the batching window to end at {}.", run.poller.records_held(),
                         to_iso_text(run.until.value_or(TimePoint{})));
    case Phase::kFinished:
    case Phase::kStopped: break;
  }
  return "The shard's poller has stopped.";
}

}  // namespace millrace::esm
