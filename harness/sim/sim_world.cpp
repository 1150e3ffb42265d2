#include "harness/sim/sim_world.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::sim {
namespace {

constexpr TimePoint kStart{std::chrono::hours{500'000}};
constexpr Duration kWritingTime = std::chrono::seconds{10};
constexpr Duration kRestartTime = std::chrono::seconds{1};
constexpr Duration kPatience = std::chrono::milliseconds{250};
constexpr std::size_t kMaxSteps = 20'000;
constexpr std::uint32_t kAlways = 1'000'000;

esm::MappingDefinition definition() {
  esm::MappingDefinition mapping;
  mapping.uuid = "mapping";
  mapping.function_name = "handler";
  return mapping;
}

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
    for (auto& [sequence, record] : records_) record.expected = false;
    for (const auto& [shard_id, shard] : shards_) {
      checkpoints_[shard_id].done = shard.records.empty() ? 0 : shard.records.back();
    }
  }
  plan_writes();
  start_process();
  std::size_t steps = 0;
  while (time_.run_next()) {
    if (++steps > kMaxSteps) return violate("the run does not come to an end");
  }
  check_end();
}

// --- The script ---

void SimWorld::plan_writes() {
  const auto some_time = [&] {
    return kStart + Duration{random_.below(static_cast<std::uint64_t>(kWritingTime.count()))};
  };
  for (std::size_t at = 0; at < knobs_.records; ++at) {
    time_.schedule(some_time(), [this, key = random_.below(knobs_.keys)] { write(key); });
  }
  for (std::size_t at = 0; at < knobs_.roll_overs; ++at) {
    time_.schedule(some_time(), [this, lineage = random_.below(knobs_.lineages)] { roll_over(lineage); });
  }
  for (std::size_t at = 0; at < knobs_.updates; ++at) {
    time_.schedule(some_time(), [this] { change(enabled_); });
  }
  for (std::size_t at = 0; at < knobs_.pauses; ++at) {
    const TimePoint when = some_time();
    time_.schedule(when, [this] { change(false); });
    time_.schedule(when + std::chrono::milliseconds{random_.below(3000)}, [this] { change(true); });
  }
  for (std::size_t at = 0; at < knobs_.orderly_ends; ++at) {
    const TimePoint when = some_time();
    if (random_.below(2) == 0) time_.schedule(when, [this] { change(enabled_); });  // in the middle of a replacement
    time_.schedule(when, [this] { end_process(); });
  }
}

void SimWorld::write(std::size_t key) {
  SimShard& shard = shards_.at(open_shards_[key % knobs_.lineages]);
  WrittenRecord record;
  record.sequence = ++last_sequence_;
  record.key = key;
  record.created = time_.now();
  record.shard_id = shard.shard_id;
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

/// The commit listener of the real runner: wakes who watches, and lets everybody look for new shards otherwise.
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
  mapping_life_ = {};
  patience_ = 0;
  perform(mapping_life_.changed());
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

void SimWorld::change(bool enabled) {
  enabled_ = enabled;
  if (!process_runs_ || crashed_) return;
  note(enabled ? "update" : "disable");
  if (driver_ && !being_invoked_.empty()) coverage_.hit("stopped while a function was being invoked");
  perform(mapping_life_.changed());
}

void SimWorld::end_process() {
  if (!process_runs_ || crashed_ || ending_) return;
  note("SIGTERM");
  if (patience_ != 0 && !being_invoked_.empty()) coverage_.hit("SIGTERM while the mapping was being replaced");
  ending_ = true;
  perform(mapping_life_.stop());
}

void SimWorld::perform(const esm::LifeActions& actions) {
  for (const esm::LifeAction action : actions) perform(action);
}

void SimWorld::perform(esm::LifeAction action) {
  using esm::LifeAction;
  using Wanted = esm::MappingLife::Wanted;
  switch (action) {
    case LifeAction::kStopDriver:
      return driver_->stop([this, life = life_] {
        time_.schedule(time_.now(), [this, life] {
          if (life != life_ || crashed_) return;
          if (!being_invoked_.empty()) violate("a driver stopped while a function was being invoked");
          if (!ending_) coverage_.hit("driver replaced");
          driver_.reset();
          perform(mapping_life_.driver_stopped());
        });
      });
    case LifeAction::kBeginPatience:
      patience_ = time_.schedule(time_.now() + kPatience, [this, life = life_] {
        if (life != life_ || crashed_) return;
        patience_ = 0;
        perform(mapping_life_.patience_over());
      });
      return;
    case LifeAction::kSettle: return perform(mapping_life_.settled(enabled_ ? Wanted::kDelivering : Wanted::kDisabled));
    case LifeAction::kStartDriver:
      if (driver_) violate("two drivers run");
      if (ending_) violate("a driver began after the process was told to end");
      driver_ = std::make_shared<esm::MappingDriver>(definition(), knobs_.settings, *this, time_, random_, statistics_);
      return driver_->start();
    case LifeAction::kRest: return coverage_.hit("disabled");
    case LifeAction::kLeave: return violate("the mapping left although nobody deleted it");
    case LifeAction::kTellHeard:
      if (patience_ != 0) time_.cancel(std::exchange(patience_, 0));
      return;
    case LifeAction::kTellStopped:
      note("ended");
      coverage_.hit("ended in order");
      if (driver_ || !being_invoked_.empty()) violate("the process ended with work under way");
      ++life_;
      process_runs_ = false;
      time_.schedule(time_.now() + kRestartTime, [this] {
        note("restart");
        start_process();
      });
      return;
  }
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
