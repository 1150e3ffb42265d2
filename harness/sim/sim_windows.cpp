// Of sim_world.hpp: tumbling windows. What a window keeps is the set of records that the function has counted in it.
// State and position are saved together, so whatever crashes, each record is counted once.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/esm/source/timestamp.hpp"
#include "harness/sim/sim_world.hpp"

namespace millrace::sim {
namespace {

using Json = nlohmann::json;

std::string start_of(TimePoint created, Duration length) {
  return esm::to_iso_seconds(created - created.time_since_epoch() % length);
}

std::set<Sequence> seen_in(const Json& state) {
  return state.contains("seen") ? state.at("seen").get<std::set<Sequence>>() : std::set<Sequence>{};
}

std::string name_of(const std::string& shard_id, const std::string& start) { return shard_id + " " + start; }

}  // namespace

SimWorld::Batch SimWorld::batch_of(const std::string& event) const {
  const Json tree = Json::parse(event);
  Batch batch;
  for (const Json& record : tree.at("Records")) batch.sequences.push_back(record.at("n").get<Sequence>());
  if (tree.contains("window")) {
    batch.window =
        SimWindow{tree.at("window").at("start").get<std::string>(), seen_in(tree.at("state")),
                  tree.at("isFinalInvokeForWindow").get<bool>(), tree.at("isWindowTerminatedEarly").get<bool>()};
  }
  batch.shard_id =
      batch.sequences.empty() ? tree.at("shardId").get<std::string>() : records_.at(batch.sequences.front()).shard_id;
  return batch;
}

void SimWorld::check_window(const Batch& batch) {
  const SimWindow& window = *batch.window;
  const Duration length = running_.settings.tumbling_window;
  if (window.is_final != batch.sequences.empty()) violate("the end of a window has records, or a batch has none");
  if (window.ends_early) coverage_.hit("window ended early");
  const auto is_of_this_window = [&](Sequence sequence) {
    const WrittenRecord& record = records_.at(sequence);
    return record.shard_id == batch.shard_id && start_of(record.created, length) == window.start;
  };
  for (const Sequence sequence : batch.sequences) {
    if (!is_of_this_window(sequence)) violate(fmt::format("record {} is in another window than its own", sequence));
    if (window.seen.contains(sequence)) violate(fmt::format("record {} is counted twice in its window", sequence));
  }
  for (const Sequence sequence : window.seen) {
    if (!is_of_this_window(sequence)) violate(fmt::format("record {} is counted in another window", sequence));
  }
  if (!window.is_final) return;
  coverage_.hit("window ended");
  if (window.seen.empty()) coverage_.hit("window ended with nothing counted");
  const auto checkpoint = checkpoints_.find(batch.shard_id);
  if (checkpoint == checkpoints_.end()) return;  // of a mapping that has just been deleted
  const bool more_follows = std::ranges::any_of(shards_.at(batch.shard_id).records, [&](Sequence sequence) {
    return is_of_this_window(sequence) && sequence > checkpoint->second.done && records_.at(sequence).expected &&
           !records_.at(sequence).damaged;
  });
  if (more_follows && !window.ends_early) violate("a window ends before its last record");
}

void SimWorld::check_window_kept(const SimShard& shard, const esm::ShardProgress& progress) {
  if (!progress.window) return;
  const std::set<Sequence> seen = seen_in(Json::parse(progress.window->state));
  for (const Sequence sequence : shard.records) {
    const WrittenRecord& record = records_.at(sequence);
    const bool is_of_this_window =
        progress.window->start <= record.created && record.created < progress.window->end && record.expected;
    if (!is_of_this_window || ended_[shard.shard_id].contains(sequence)) continue;
    const bool counted = seen.contains(sequence);
    if (counted && sequence > progress.done) violate(fmt::format("record {} is counted before it is done", sequence));
    if (counted || sequence > progress.done || !record.acknowledged || may_be_given_up(record)) continue;
    violate(fmt::format("the checkpoint of {} passes record {}, which its window has not counted", shard.shard_id,
                        sequence));
  }
}

void SimWorld::end_window(const Batch& batch) {
  auto& ended = ended_[batch.shard_id];
  const bool again = std::ranges::any_of(batch.window->seen, [&](Sequence one) { return ended.contains(one); });
  if (again) coverage_.hit("end of a window sent again");
  if (again && faults_.empty()) violate("a window ended twice although nothing failed");
  ended.insert(batch.window->seen.begin(), batch.window->seen.end());
}

void SimWorld::end_of_window_failed(const Batch& batch) {
  coverage_.hit("end of a window failed");
  const std::string name = name_of(batch.shard_id, batch.window->start);
  const std::uint32_t failures = ++failed_ends_[name];
  const bool may_be_given_up = (fewest_retries_ && failures > *fewest_retries_) || knobs_.settings.maximum_record_age;
  if (!may_be_given_up) return;
  given_up_ends_.insert(name);
  ended_[batch.shard_id].insert(batch.window->seen.begin(), batch.window->seen.end());
}

void SimWorld::check_windows_at_end() {
  const Duration length = knobs_.settings.tumbling_window;
  if (length == Duration::zero()) return;
  for (const auto& [sequence, record] : records_) {
    if (!record.expected || !record.acknowledged || may_be_given_up(record)) continue;
    if (ended_[record.shard_id].contains(sequence)) continue;
    if (given_up_ends_.contains(name_of(record.shard_id, start_of(record.created, length)))) continue;
    violate(fmt::format("record {} was counted in no window that ended", sequence));
  }
}

}  // namespace millrace::sim
