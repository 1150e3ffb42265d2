// Of sim_world.hpp: the life of the mapping, from the request that makes it to the one that deletes it. MappingLife
// decides, as in a server; the world performs what it says and checks what it promises.
#include <fmt/format.h>

#include <utility>

#include "harness/sim/sim_world.hpp"

namespace millrace::sim {
namespace {

constexpr Duration kCommitTime = std::chrono::milliseconds{1};
constexpr Duration kUntilTriedAgain = std::chrono::milliseconds{400};
/// Shorter than some invocations and longer than others.
constexpr Duration kPatience = std::chrono::milliseconds{100};

esm::MappingDefinition definition() {
  esm::MappingDefinition mapping;
  mapping.uuid = "mapping";
  mapping.function_name = "handler";
  return mapping;
}

}  // namespace

// --- Requests ---

void SimWorld::plan_life() {
  const auto update = [this] {
    request("update", [this] {
      if (!mapping_) return;
      mapping_->settings = knobs_.updated(mapping_->settings, random_);
      const auto retries = mapping_->settings.maximum_retry_attempts;
      if (retries && *retries < *fewest_retries_) fewest_retries_ = retries;
    });
  };
  if (knobs_.made_later) time_.schedule(some_time_of_the_script(), [this] { request_creation(); });
  for (std::size_t at = 0; at < knobs_.updates; ++at) time_.schedule(some_time_of_the_script(), update);
  for (std::size_t at = 0; at < knobs_.pauses; ++at) {
    const Duration length = std::chrono::milliseconds{random_.below(3000)};
    time_.schedule(some_time_of_the_script(), [this, length] { request_pause(length); });
  }
  for (std::size_t at = 0; at < knobs_.orderly_ends; ++at) {
    const TimePoint when = some_time_of_the_script();
    if (random_.below(2) == 0) time_.schedule(when, update);  // in the middle of a replacement
    time_.schedule(when + 2 * kCommitTime, [this] { end_process(); });
  }
  if (knobs_.deleted) {
    time_.schedule(some_time_of_the_script(), [this] { request("delete", [this] { erase(); }); });
  }
}

/// Whoever asked gets no answer from a process that is away, or an error, and asks again.
void SimWorld::request(const std::string& what, std::function<void()> effect) {
  const auto ask_again = [&] {
    time_.schedule(time_.now() + kUntilTriedAgain, [this, what, effect] { request(what, effect); });
  };
  if (!process_runs_ || crashed_ || ending_) return ask_again();
  const auto fault = next_operation("change", what);
  const bool happens = !fault || *fault == Fault::kFailAfterEffect || *fault == Fault::kCrashAfter;
  if (!happens) return ask_again();
  const bool existed = mapping_.has_value();
  effect();
  if (mapping_) mapping_->version = ++versions_;
  if (!existed && !mapping_) return;  // no such mapping
  // Committed, and not yet known to the life: what settles now sees it all the same.
  time_.schedule(time_.now() + kCommitTime, [this, life = life_] {
    if (life == life_ && !crashed_) heed_change();
  });
}

void SimWorld::request_pause(Duration length) {
  request("disable", [this, length] {
    if (!mapping_) return;
    mapping_->enabled = false;
    time_.schedule(time_.now() + length, [this] {
      request("enable", [this] {
        if (mapping_) mapping_->enabled = true;
      });
    });
  });
}

/// A server would run the two beside each other, and this world has room for one: the older leaves first.
void SimWorld::request_creation() {
  if (mapping_life_) {
    time_.schedule(time_.now() + kUntilTriedAgain, [this] { request_creation(); });
    return;
  }
  request("create", [this] {
    coverage_.hit(generation_ == 0 ? "mapping made in the middle" : "mapping made again");
    create();
  });
}

/// A mapping has a progress of its own, whatever another one has done before.
void SimWorld::create() {
  ++generation_;
  mapping_ = Definition{.version = versions_, .settings = knobs_.settings, .enabled = true};
  fewest_retries_ = knobs_.settings.maximum_retry_attempts;
  checkpoints_.clear();
  ended_.clear();
  failed_ends_.clear();
  given_up_ends_.clear();
  statistics_ = std::make_shared<esm::MappingStatistics>();
  for (auto& [sequence, record] : records_) {
    record.expected = record.wanted && !knobs_.starts_at_latest;
    record.delivered = false;
    record.acknowledged = false;
    record.told = false;
    record.failures = 0;
  }
  if (!knobs_.starts_at_latest) return;
  for (const auto& [shard_id, shard] : shards_) {
    checkpoints_[shard_id].done = shard.records.empty() ? 0 : shard.records.back();
  }
}

void SimWorld::erase() {
  if (!mapping_) return;
  coverage_.hit("mapping deleted");
  mapping_.reset();
  checkpoints_.clear();
  if (!knobs_.made_again || generation_ > 1) return;
  time_.schedule(time_.now() + std::chrono::milliseconds{random_.below(3000)}, [this] { request_creation(); });
}

// --- What follows ---

void SimWorld::heed_change() {
  ++unheard_;
  if (driver_ && !being_invoked_.empty()) {
    coverage_.hit(mapping_ ? "stopped while a function was being invoked"
                           : "deleted while a function was being invoked");
  }
  if (!mapping_life_) {
    // The mapping is new, or was deleted in this very moment and has left before anybody heard of it.
    if (!mapping_) return perform({esm::LifeAction::kTellHeard});
    mapping_life_.emplace();
  }
  perform(mapping_life_->changed());
}

void SimWorld::perform(const esm::LifeActions& actions) {
  for (const esm::LifeAction action : actions) perform(action);
}

void SimWorld::perform(esm::LifeAction action) {
  using esm::LifeAction;
  using Wanted = esm::MappingLife::Wanted;
  switch (action) {
    case LifeAction::kStopDriver:
      told_to_stop_ = true;
      return driver_->stop([this, life = life_] {
        time_.schedule(time_.now(), [this, life] {
          if (life != life_ || crashed_) return;
          if (!being_invoked_.empty()) violate("a driver stopped while a function was being invoked");
          if (!ending_) coverage_.hit("driver replaced");
          driver_.reset();
          perform(mapping_life_->driver_stopped());
        });
      });
    case LifeAction::kBeginPatience:
      patience_ = time_.schedule(time_.now() + kPatience, [this, life = life_] {
        if (life != life_ || crashed_) return;
        patience_ = 0;
        coverage_.hit("a change is answered before it is done");
        perform(mapping_life_->patience_over());
      });
      return;
    case LifeAction::kSettle:
      if (driver_) violate("what is wanted is looked up while a driver runs");
      if (!mapping_) return perform(mapping_life_->settled(Wanted::kDeleted));
      running_ = *mapping_;
      return perform(mapping_life_->settled(running_.enabled ? Wanted::kDelivering : Wanted::kDisabled));
    case LifeAction::kStartDriver: return start_driver();
    case LifeAction::kRest: return coverage_.hit("disabled");
    case LifeAction::kLeave:
      note("left");
      if (mapping_) violate("the mapping left although nobody deleted it");
      if (driver_ || !being_invoked_.empty()) violate("the mapping left with work under way");
      if (!checkpoints_.empty()) violate("the mapping left its checkpoints behind");
      return mapping_life_.reset();
    case LifeAction::kTellHeard:
      unheard_ = 0;
      if (patience_ != 0) time_.cancel(std::exchange(patience_, 0));
      return;
    case LifeAction::kTellStopped: return ended();
  }
}

void SimWorld::start_driver() {
  if (driver_) violate("two drivers run");
  if (ending_) violate("a driver began after the process was told to end");
  if (!mapping_) violate("a driver began for a mapping that is deleted");
  told_to_stop_ = false;
  driver_ = std::make_shared<esm::MappingDriver>(definition(), running_.settings, *this, time_, random_, statistics_);
  driver_->start();
}

void SimWorld::check_life_at_end() {
  if (unheard_ > 0) violate("a change was never answered");
  if (!mapping_) {
    if (driver_ || mapping_life_) violate("something is left of a deleted mapping");
    if (!checkpoints_.empty()) violate("checkpoints are left of a deleted mapping");
    return;
  }
  if (running_.version != mapping_->version) violate("the driver works by an old definition");
}

}  // namespace millrace::sim
