#include "harness/sim/sim_world.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::sim {
namespace {

constexpr TimePoint kStart{std::chrono::hours{500'000}};
constexpr Duration kWritingTime = std::chrono::seconds{10};
constexpr Duration kRestartTime = std::chrono::seconds{1};
constexpr std::size_t kMaxSteps = 20'000;
constexpr std::uint32_t kAlways = 1'000'000;

}  // namespace

SimWorld::SimWorld(const Knobs& knobs, FaultsByOperation faults, Coverage& coverage)
    : knobs_{knobs}, faults_{std::move(faults)}, coverage_{coverage}, time_{kStart}, random_{knobs.seed} {}

SimWorld::~SimWorld() = default;

void SimWorld::run() {
  for (std::size_t lineage = 0; lineage < knobs_.lineages; ++lineage) {
    open_shards_.push_back(open_shard(lineage, std::nullopt).shard_id);
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
  for (std::size_t at = 0; at < knobs_.roll_overs; ++at) {
    time_.schedule(some_time(), [this, lineage = random_.below(knobs_.lineages)] { roll_over(lineage); });
  }
}

void SimWorld::write(std::size_t key) {
  SimShard& shard = shards_.at(open_shards_[key % knobs_.lineages]);
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

void SimWorld::roll_over(std::size_t lineage) {
  SimShard& parent = shards_.at(open_shards_[lineage]);
  parent.closed = true;
  open_shards_[lineage] = open_shard(lineage, parent.shard_id).shard_id;
  note(fmt::format("{} rolls over to {}", parent.shard_id, open_shards_[lineage]));
}

SimWorld::SimShard& SimWorld::open_shard(std::size_t lineage, std::optional<std::string> parent) {
  SimShard shard;
  shard.log = ++last_log_;
  shard.shard_id = fmt::format("shard-{:03}-{}", shard.log, lineage);
  shard.parent = std::move(parent);
  std::string shard_id = shard.shard_id;
  return shards_.emplace(std::move(shard_id), std::move(shard)).first->second;
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
