// What must hold in every world, under every fault.
#include <fmt/format.h>

#include "harness/sim/sim_world.hpp"

namespace millrace::sim {

bool SimWorld::may_be_given_up(const WrittenRecord& record) const {
  const auto& settings = knobs_.settings;
  if (fewest_retries_ && record.failures > *fewest_retries_) return true;
  const Duration age = time_.now() - record.created;
  return age > settings.retention || (settings.maximum_record_age && age > *settings.maximum_record_age);
}

/// Every earlier record of the same key is done, or goes before this one in the same batch.
void SimWorld::check_order(const WrittenRecord& record, const std::set<Sequence>& batch) {
  if (!record.expected)
    violate(fmt::format("record {} is unwanted, or older than LATEST, and is delivered", record.sequence));
  for (const auto& [sequence, earlier] : records_) {
    if (sequence >= record.sequence) break;
    if (earlier.key != record.key || !earlier.expected || earlier.delivered || batch.contains(sequence)) continue;
    if (may_be_given_up(earlier)) {
      coverage_.hit("record given up");
      continue;
    }
    violate(fmt::format("record {} is delivered before {} of the same key", record.sequence, sequence));
  }
}

void SimWorld::check_checkpoint(const SimShard& shard, const esm::ShardProgress& progress) {
  const Sequence upto = progress.done;
  if (const auto old = checkpoints_.find(shard.shard_id); old != checkpoints_.end() && old->second.done > upto) {
    violate(fmt::format("the checkpoint of {} goes back from {} to {}", shard.shard_id, old->second.done, upto));
  }
  std::uint64_t expected = 0;
  for (const Sequence sequence : shard.records) {
    if (sequence > upto) break;
    const WrittenRecord& record = records_.at(sequence);
    if (record.expected) ++expected;
    if (!record.wanted && upto == sequence) coverage_.hit("checkpoint at a record that was left out");
    if (!record.expected || record.acknowledged) continue;
    if (may_be_given_up(record) && (record.told || record.damaged)) continue;
    if (may_be_given_up(record)) {
      violate(fmt::format("the checkpoint of {} passes record {}, which is given up and not kept", shard.shard_id,
                          sequence));
      continue;
    }
    violate(fmt::format("the checkpoint of {} passes record {}, which is neither acknowledged nor given up",
                        shard.shard_id, sequence));
  }
  check_window_kept(shard, progress);
  // Whatever crashed in between: the counters are part of the checkpoint.
  if (progress.delivered + progress.discarded != expected) {
    violate(fmt::format("the checkpoint of {} at {} counts {} delivered and {} discarded of {} records", shard.shard_id,
                        upto, progress.delivered, progress.discarded, expected));
  }
}

void SimWorld::check_end() {
  check_life_at_end();
  if (!mapping_) return;
  std::uint64_t expected = 0;
  for (const auto& [sequence, record] : records_) {
    if (!record.expected) continue;
    ++expected;
    if (record.acknowledged || may_be_given_up(record)) continue;
    violate(fmt::format("record {} was never delivered", sequence));
  }
  for (const auto& [shard_id, shard] : shards_) {
    if (shard.records.empty() || checkpoints_[shard_id].done == shard.records.back()) continue;
    violate(fmt::format("the checkpoint of {} ends at {}", shard_id, checkpoints_[shard_id].done));
  }
  check_windows_at_end();
  if (!driver_ || !driver_->idle()) return violate("the driver is not idle at the end");
  if (!driver_->stuck().empty()) violate("an idle driver reports: " + driver_->stuck().front().reason);
  const esm::MappingStatistics counted = *statistics_;
  const bool one_driver =
      !ever_crashed_ && knobs_.updates + knobs_.pauses + knobs_.orderly_ends == 0 && generation_ == 1;
  if (one_driver && counted.records_delivered + counted.discarded != expected) {
    violate(fmt::format("{} delivered and {} discarded records are counted, {} were written", counted.records_delivered,
                        counted.discarded, expected));
  }
  if (counted.discarded > 0) coverage_.hit("discard");
  if (counted.last_discard.find("damaged record") != std::string::npos) coverage_.hit("damaged record given up");
  if (counted.retries > 0) coverage_.hit("retry");
}

}  // namespace millrace::sim
