#include "harness/sim/sim_world.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

namespace millrace::sim {
namespace {

constexpr TimePoint kStart{std::chrono::hours{500'000}};
constexpr Duration kWritingTime = std::chrono::seconds{10};
constexpr Duration kRestartTime = std::chrono::seconds{1};
constexpr std::size_t kMaxSteps = 20'000;
constexpr std::size_t kSlotsOfLineage = 4;
constexpr std::uint32_t kAlways = 1'000'000;

}  // namespace

SimWorld::SimWorld(const Knobs& knobs, FaultsByOperation faults, Coverage& coverage)
    : knobs_{knobs}, faults_{std::move(faults)}, coverage_{coverage}, time_{kStart}, random_{knobs.seed} {}

SimWorld::~SimWorld() = default;

void SimWorld::run() {
  open_shards_.resize(knobs_.lineages * kSlotsOfLineage);
  for (std::size_t slot = 0; slot < open_shards_.size(); slot += kSlotsOfLineage) {
    open_shard({}, {slot, slot + kSlotsOfLineage});
  }
  if (knobs_.starts_at_latest) {
    for (std::size_t at = 0; at < knobs_.records / 3; ++at) write(random_.below(knobs_.keys));
  }
  if (!knobs_.made_later) create();
  plan_writes();
  plan_life();
  start_process();
  std::size_t steps = 0;
  while (time_.run_next()) {
    if (++steps > kMaxSteps) return violate("the run does not come to an end");
  }
  check_end();
}

// --- The script ---

TimePoint SimWorld::some_time_of_the_script() {
  return kStart + Duration{random_.below(static_cast<std::uint64_t>(kWritingTime.count()))};
}

void SimWorld::plan_writes() {
  const auto some_time = [&] { return some_time_of_the_script(); };
  for (std::size_t at = 0; at < knobs_.records; ++at) {
    time_.schedule(some_time(), [this, key = random_.below(knobs_.keys)] { write(key); });
  }
  const auto at_some_slots = [&](std::size_t times, void (SimWorld::*reshard)(std::size_t)) {
    for (std::size_t at = 0; at < times; ++at) {
      time_.schedule(some_time(),
                     [this, reshard, slot = random_.below(open_shards_.size())] { (this->*reshard)(slot); });
    }
  };
  at_some_slots(knobs_.roll_overs, &SimWorld::roll_over);
  at_some_slots(knobs_.splits, &SimWorld::split);
  at_some_slots(knobs_.merges, &SimWorld::merge);
}

void SimWorld::write(std::size_t key) {
  SimShard& shard = shards_.at(open_shards_[slot_of(key)]);
  WrittenRecord record;
  record.sequence = ++last_sequence_;
  record.key = key;
  record.created = time_.now();
  record.shard_id = shard.shard_id;
  record.wanted = !knobs_.settings.filter || EveryThirdIsUnwanted::wants(record.sequence);
  record.expected = record.wanted;
  if (knobs_.failing_records > 0 && record.sequence % 7 == knobs_.failing_records) {
    // A record that always fails would keep a mapping with endless retries busy for the 24 hours it lives.
    record.failures_left = knobs_.settings.maximum_retry_attempts && random_.below(2) == 0 ? kAlways : 2;
  }
  shard.records.push_back(record.sequence);
  note(fmt::format("write {} key {} to {}", record.sequence, key, shard.shard_id));
  records_.emplace(record.sequence, std::move(record));
  announce(shard.log);
}

// --- The shards ---

std::size_t SimWorld::slot_of(std::size_t key) const {
  return key % knobs_.lineages * kSlotsOfLineage + key / knobs_.lineages % kSlotsOfLineage;
}

SimWorld::Slots SimWorld::slots_of_shard_at(std::size_t slot) const {
  Slots slots{slot, slot + 1};
  while (slots.first > 0 && open_shards_[slots.first - 1] == open_shards_[slot]) --slots.first;
  while (slots.end < open_shards_.size() && open_shards_[slots.end] == open_shards_[slot]) ++slots.end;
  return slots;
}

void SimWorld::roll_over(std::size_t slot) {
  const Slots slots = slots_of_shard_at(slot);
  reshard("rollover", slots, {slots});
}

void SimWorld::split(std::size_t slot) {
  const Slots slots = slots_of_shard_at(slot);
  const std::size_t middle = slots.first + (slots.end - slots.first) / 2;
  if (middle == slots.first) return;
  coverage_.hit("shard split");
  reshard("split", slots, {{slots.first, middle}, {middle, slots.end}});
}

void SimWorld::merge(std::size_t slot) {
  const Slots lower = slots_of_shard_at(slot);
  if (lower.end == open_shards_.size()) return;
  const Slots both{lower.first, slots_of_shard_at(lower.end).end};
  coverage_.hit("shards merged");
  reshard("merge", both, {both});
}

void SimWorld::reshard(const std::string& what, Slots parents, const std::vector<Slots>& children) {
  const std::set<std::string> closed(open_shards_.begin() + static_cast<std::ptrdiff_t>(parents.first),
                                     open_shards_.begin() + static_cast<std::ptrdiff_t>(parents.end));
  std::string line = what;
  for (const std::string& shard_id : closed) {
    shards_.at(shard_id).closed = true;
    line.append(" ").append(shard_id);
  }
  line.append(" to");
  for (const Slots& slots : children) line.append(" ").append(open_shard({closed.begin(), closed.end()}, slots));
  note(line);
}

std::string SimWorld::open_shard(std::vector<std::string> parents, Slots slots) {
  SimShard shard;
  shard.log = ++last_log_;
  shard.shard_id = fmt::format("shard-{:03}-{}", shard.log, slots.first);
  shard.parents = std::move(parents);
  std::string shard_id = shard.shard_id;
  for (std::size_t slot = slots.first; slot < slots.end; ++slot) open_shards_[slot] = shard_id;
  shards_.emplace(shard_id, std::move(shard));
  return shard_id;
}

/// The commit listener of the real LiveMappings: wakes who watches, and lets everybody look for new shards otherwise.
void SimWorld::announce(LogId log) {
  time_.schedule(time_.now(), [this, log, life = life_] {
    if (life != life_ || !driver_) return;
    if (watched_.contains(log)) {
      driver_->wake(log);
    } else {
      coverage_.hit("new shard noticed by a commit");
      driver_->refresh();
    }
  });
}

// --- The process ---

void SimWorld::start_process() {
  ++life_;
  crashed_ = false;
  ending_ = false;
  process_runs_ = true;
  watched_.clear();
  being_invoked_.clear();
  waiting_invocations_.clear();
  mapping_life_.reset();
  unheard_ = 0;
  told_to_stop_ = false;
  patience_ = 0;
  if (!mapping_) return;
  mapping_life_.emplace();
  perform(mapping_life_->changed());
}

void SimWorld::crash_soon() {
  if (crashed_) return;
  crashed_ = true;
  ever_crashed_ = true;
  time_.schedule(time_.now(), [this] {  // not from within the driver
    note("crash");
    ++life_;
    process_runs_ = false;
    driver_.reset();
    time_.schedule(time_.now() + kRestartTime, [this] {
      note("restart");
      start_process();
    });
  });
}

void SimWorld::end_process() {
  if (!process_runs_ || crashed_ || ending_) return;
  note("SIGTERM");
  if (patience_ != 0 && !being_invoked_.empty()) coverage_.hit("SIGTERM while the mapping was being replaced");
  ending_ = true;
  if (!mapping_life_) return ended();
  perform(mapping_life_->stop());
}

void SimWorld::ended() {
  note("ended");
  coverage_.hit("ended in order");
  if (driver_ || !being_invoked_.empty()) violate("the process ended with work under way");
  if (unheard_ > 0) violate("the process ended, and somebody waits for the answer to a change");
  ++life_;
  process_runs_ = false;
  time_.schedule(time_.now() + kRestartTime, [this] {
    note("restart");
    start_process();
  });
}

// --- Notes ---

void SimWorld::violate(std::string sentence) {
  note("VIOLATION " + sentence);
  violations_.push_back(std::move(sentence));
}

void SimWorld::note(std::string line) {
  const auto since_start = std::chrono::duration_cast<std::chrono::microseconds>(time_.now() - kStart).count();
  trace_.push_back(fmt::format("{:>10} {}", since_start, line));
}

}  // namespace millrace::sim
