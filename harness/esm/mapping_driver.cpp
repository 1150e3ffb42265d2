#include "harness/esm/mapping_driver.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "harness/esm/timestamp.hpp"
#include "server/streams/sequence_number.hpp"

namespace millrace::esm {
namespace {

std::string describe_unreadable(const StorageError& error) {
  std::string clause = "the shard cannot be read: " + error.detail;
  if (error.damaged_through > 0) {
    clause.append(fmt::format(
        " (up to record {}; MaximumRetryAttempts and MaximumRecordAgeInSeconds of the mapping say when it is given up)",
        streams::to_sequence_number(error.damaged_through)));
  }
  return clause;
}

}  // namespace

MappingDriver::MappingDriver(const MappingDefinition& definition, PollerSettings settings, MappingPorts& ports,
                             const Clock& clock, Random& random, std::shared_ptr<StatisticsBoard> statistics)
    : uuid_{definition.uuid},
      function_name_{definition.function_name},
      function_arn_{definition.function_arn},
      stream_arn_{definition.event_source_arn},
      settings_{settings},
      ports_{ports},
      clock_{clock},
      random_{random},
      statistics_{std::move(statistics)} {}

void MappingDriver::start() { list(); }

void MappingDriver::wake(LogId log) {
  if (stopping_) return;
  for (auto& [shard_id, run] : shards_) {
    if (run.shard.log == log) wake_when_free(run);
  }
  update_activity();
}

void MappingDriver::refresh() {
  if (stopping_) return;
  for (auto& [shard_id, run] : shards_) wake_when_free(run);
  list();
  update_activity();
}

void MappingDriver::retry_now() {
  if (stopping_) return;
  for (auto& [shard_id, run] : shards_) {
    if (run.phase == Phase::kSleeping && run.retrying) feed(run, Woken{});
  }
  update_activity();
}

void MappingDriver::stop(std::function<void()> stopped) {
  stopping_ = true;
  stopped_ = std::move(stopped);
  if (list_timer_ != 0) ports_.cancel(std::exchange(list_timer_, 0));
  for (auto& [shard_id, run] : shards_) {
    if (run.phase == Phase::kFinished) continue;
    if (run.phase == Phase::kWaitingForParent) {
      run.phase = Phase::kStopped;
    } else {
      feed(run, Stop{});
      if (run.phase == Phase::kInvoking) {
        run.withdrawn = true;
        ports_.withdraw(run.request_id);
      }
    }
  }
  update_activity();
  finish_stop_when_done();
}

// --- Shards ---

void MappingDriver::list() {
  if (listing_) {
    list_again_ = true;
    return;
  }
  listing_ = true;
  list_again_ = false;
  ports_.list_shards([weak = weak_from_this()](const StorageResult<ShardList>& answer) {
    if (const auto self = weak.lock()) self->listed(answer);
  });
}

void MappingDriver::listed(const StorageResult<ShardList>& answer) {
  listing_ = false;
  if (stopping_) return update_activity();
  if (answer.has_error()) {
    list_trouble_ = "the shards of the stream cannot be listed: " + answer.error().detail;
    const TimePoint when = clock_.now() + settings_.back_off.after(++list_failures_);
    spdlog::warn("mapping {} function {}: {}, {} time(s) in a row; next attempt at {}", uuid_, function_name_,
                 list_trouble_, list_failures_, to_iso_text(when));
    list_timer_ = ports_.schedule(when, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->stopping_) return;
      self->list_timer_ = 0;
      self->list();
    });
  } else {
    list_failures_ = 0;
    list_trouble_.clear();
    stream_exists_ = answer->has_value();
    adopt(stream_exists_ ? **answer : std::vector<ListedShard>{});
    if (list_again_) list();
  }
  update_activity();
}

void MappingDriver::adopt(const std::vector<ListedShard>& shards) {
  const auto listed_as = [&](const std::string& shard_id) {
    return std::ranges::find(shards, shard_id, [](const ListedShard& listed) { return listed.shard.shard_id; });
  };
  // Shards leave the list when retention has emptied them. One that is still being read finishes first.
  for (auto at = shards_.begin(); at != shards_.end();) {
    const ShardRun& run = at->second;
    const bool at_rest = run.phase == Phase::kFinished || run.phase == Phase::kWaitingForParent;
    if (at_rest && listed_as(at->first) == shards.end()) {
      ports_.unwatch(run.shard.log);
      ports_.forget_checkpoint(at->first);
      at = shards_.erase(at);
    } else {
      ++at;
    }
  }
  for (const auto& [shard, checkpoint] : shards) {
    const auto known = shards_.find(shard.shard_id);
    if (known != shards_.end()) {
      known->second.shard.parent_shard_id = shard.parent_shard_id;
      continue;
    }
    ports_.watch(shard.log);
    const ShardProgress progress = checkpoint.value_or(ShardProgress{});
    shards_.emplace(shard.shard_id, ShardRun{shard, ShardPoller{settings_, progress.done}, progress});
    // A shard with a child is closed, and no commit tells of that: its poller must look.
    if (!shard.parent_shard_id) continue;
    if (const auto parent = shards_.find(*shard.parent_shard_id); parent != shards_.end())
      wake_when_free(parent->second);
  }
  start_ready_shards();
}

void MappingDriver::start_ready_shards() {
  if (stopping_) return;
  for (auto& [shard_id, run] : shards_) {
    if (run.phase == Phase::kWaitingForParent && parent_is_done(run)) feed(run, Started{});
  }
}

bool MappingDriver::parent_is_done(const ShardRun& run) const {
  if (!run.shard.parent_shard_id) return true;
  const auto parent = shards_.find(*run.shard.parent_shard_id);
  return parent == shards_.end() || parent->second.phase == Phase::kFinished;
}

// --- Pollers ---

void MappingDriver::feed(ShardRun& run, Event event) { perform(run, advance(run, std::move(event))); }

Action MappingDriver::advance(ShardRun& run, Event event) {
  Action action = run.poller.resume(clock_.now(), std::move(event));
  if (!std::holds_alternative<KeepGoing>(action)) {
    ++run.step;
    clear_timer(run);
  }
  return action;
}

void MappingDriver::perform(ShardRun& run, const Action& action) {
  std::visit([&](const auto& chosen) { perform(run, chosen); }, action);
}

MappingDriver::ShardRun* MappingDriver::current(const std::string& shard_id, std::uint64_t step) {
  const auto found = shards_.find(shard_id);
  return found != shards_.end() && found->second.step == step ? &found->second : nullptr;
}

void MappingDriver::perform(ShardRun& run, const ReadRecords& action) {
  run.phase = Phase::kReading;
  run.woken = false;
  ports_.read(run.shard.shard_id, action.after, action.limits,
              [weak = weak_from_this(), shard_id = run.shard.shard_id, step = run.step](StorageResult<Page> page) {
                const auto self = weak.lock();
                ShardRun* const reading = self ? self->current(shard_id, step) : nullptr;
                if (reading == nullptr) return;
                if (page.has_error()) {
                  reading->storage_trouble = describe_unreadable(page.error());
                  self->feed(*reading, RecordsRead{std::nullopt, page.error().damaged_through});
                  self->tell_storage_trouble(*reading);
                } else {
                  reading->storage_trouble.clear();
                  self->feed(*reading, RecordsRead{*std::move(page)});
                }
                self->update_activity();
              });
}

void MappingDriver::perform(ShardRun& run, const Invoke& action) {
  run.phase = Phase::kInvoking;
  run.storage_trouble.clear();
  const Duration age = clock_.now() - action.newest;
  statistics_->update([&](MappingStatistics& statistics) {
    statistics.iterator_age_milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
    if (action.attempt > 0) ++statistics.retries;
  });
  Invoke sent = action;
  run.request_id = base::make_uuid(random_);
  lambda::Invocation invocation{run.request_id, function_arn_, std::move(sent.event)};
  const bool function_exists =
      ports_.invoke(std::move(invocation), [weak = weak_from_this(), shard_id = run.shard.shard_id, step = run.step,
                                            sent](const lambda::InvocationResult& result) {
        const auto self = weak.lock();
        ShardRun* const invoking = self ? self->current(shard_id, step) : nullptr;
        if (invoking == nullptr) return;
        self->answered(*invoking, sent, result);
      });
  if (!function_exists) invoked(run, sent, lambda::InvocationResult{}, AllSucceeded{}, false);
}

void MappingDriver::answered(ShardRun& run, const Invoke& sent, const lambda::InvocationResult& result) {
  if (result.outcome != lambda::Outcome::kSuccess || !settings_.report_item_failures) {
    invoked(run, sent, result, AllSucceeded{}, true);
    return update_activity();
  }
  const auto kept = std::make_shared<const lambda::InvocationResult>(result);
  ports_.read_answer({kept, &kept->payload}, [weak = weak_from_this(), shard_id = run.shard.shard_id, step = run.step,
                                              sent, kept](const BatchVerdict& verdict) {
    const auto self = weak.lock();
    ShardRun* const invoking = self ? self->current(shard_id, step) : nullptr;
    if (invoking == nullptr) return;
    self->invoked(*invoking, sent, *kept, verdict, true);
    self->update_activity();
  });
}

void MappingDriver::invoked(ShardRun& run, const Invoke& sent, const lambda::InvocationResult& result,
                            const BatchVerdict& verdict, bool function_exists) {
  const bool taken_back = std::exchange(run.withdrawn, false) && result.outcome == lambda::Outcome::kServiceError;
  const Action next = advance(run, Invoked{result.outcome, verdict});
  // Whether all records of a successful answer count as delivered is the poller's to judge: it reads the response.
  const auto* const checkpoint = std::get_if<Checkpoint>(&next);
  if (!taken_back) {
    account(run, result, function_exists, checkpoint != nullptr && checkpoint->upto == sent.last);
    log_attempt(run, sent, next);
  }
  perform(run, next);
}

void MappingDriver::perform(ShardRun& run, const Checkpoint& action) {
  run.phase = Phase::kSaving;
  if (action.delivered > 0) {
    statistics_->update([&](MappingStatistics& statistics) { statistics.records_delivered += action.delivered; });
  }
  run.progress.done = action.upto;
  run.progress.delivered += action.delivered;
  ports_.save_checkpoint(
      run.shard.shard_id, run.progress,
      [weak = weak_from_this(), shard_id = run.shard.shard_id, step = run.step](const StorageResult<void>& saved) {
        const auto self = weak.lock();
        ShardRun* const saving = self ? self->current(shard_id, step) : nullptr;
        if (saving == nullptr) return;
        saving->storage_trouble.clear();
        if (saved.has_error()) {
          saving->storage_trouble = "the checkpoint cannot be written: " + saved.error().detail;
        }
        self->feed(*saving, Saved{saved.has_value()});
        if (saved.has_error()) self->tell_storage_trouble(*saving);
        self->update_activity();
      });
}

void MappingDriver::perform(ShardRun& run, const WaitForRecords& action) {
  run.phase = Phase::kWaitingForRecords;
  if (run.woken) {
    run.woken = false;
    feed(run, Woken{});
  } else if (action.until) {
    run.retrying = false;
    set_timer(run, *action.until);
  }
}

void MappingDriver::perform(ShardRun& run, const SleepUntil& action) {
  run.retrying = run.phase == Phase::kInvoking || run.phase == Phase::kSaving;
  run.phase = Phase::kSleeping;
  set_timer(run, action.when);
}

void MappingDriver::perform(ShardRun& /*run*/, const KeepGoing& /*action*/) {}

void MappingDriver::perform(ShardRun& run, const Finished& /*action*/) {
  run.phase = Phase::kFinished;
  start_ready_shards();
  list();  // a closed shard may have children that nobody has told us about yet
}

void MappingDriver::perform(ShardRun& run, const Stopped& /*action*/) {
  run.phase = Phase::kStopped;
  finish_stop_when_done();
}

// --- Waiting ---

void MappingDriver::wake_when_free(ShardRun& run) {
  if (run.phase == Phase::kWaitingForRecords) {
    feed(run, Woken{});
  } else if (run.phase != Phase::kWaitingForParent && run.phase != Phase::kFinished) {
    run.woken = true;
  }
}

void MappingDriver::set_timer(ShardRun& run, TimePoint when) {
  run.until = when;
  run.timer = ports_.schedule(when, [weak = weak_from_this(), shard_id = run.shard.shard_id, step = run.step] {
    const auto self = weak.lock();
    ShardRun* const waiting = self ? self->current(shard_id, step) : nullptr;
    if (waiting == nullptr) return;
    waiting->timer = 0;
    self->feed(*waiting, Woken{});
    self->update_activity();
  });
}

void MappingDriver::clear_timer(ShardRun& run) {
  if (run.timer != 0) ports_.cancel(std::exchange(run.timer, 0));
  run.until.reset();
}

void MappingDriver::update_activity() {
  const auto is_under_way = [](const auto& entry) {
    const Phase phase = entry.second.phase;
    return phase == Phase::kReading || phase == Phase::kInvoking || phase == Phase::kSaving;
  };
  const auto is_caught_up = [](const auto& entry) {
    const ShardRun& run = entry.second;
    return run.phase == Phase::kFinished ||
           (run.phase == Phase::kWaitingForRecords && !run.woken && run.poller.records_held() == 0);
  };
  Activity activity = Activity::kWaiting;
  if (listing_ || std::ranges::any_of(shards_, is_under_way)) {
    activity = Activity::kBusy;
  } else if (!stopping_ && list_trouble_.empty() && std::ranges::all_of(shards_, is_caught_up)) {
    activity = Activity::kIdle;
  }
  if (activity == activity_) return;
  activity_ = activity;
  ports_.activity_changed(activity);
}

void MappingDriver::finish_stop_when_done() {
  if (!stopped_) return;
  const bool done = std::ranges::all_of(shards_, [](const auto& entry) {
    return entry.second.phase == Phase::kFinished || entry.second.phase == Phase::kStopped;
  });
  if (!done) return;
  for (const auto& [shard_id, run] : shards_) ports_.unwatch(run.shard.log);
  std::exchange(stopped_, nullptr)();
}

}  // namespace millrace::esm
