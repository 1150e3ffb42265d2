#include "harness/esm/driver/mapping_driver.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "harness/esm/source/timestamp.hpp"
#include "server/streams/record/sequence_number.hpp"

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
                             const Clock& clock, Random& random, std::shared_ptr<MappingStatistics> statistics)
    : uuid_{definition.uuid},
      function_name_{definition.function_name},
      function_arn_{definition.function_arn},
      stream_arn_{definition.event_source_arn},
      has_destination_{!definition.on_failure.empty()},
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
    run.each_part([&](LaneId lane, const Part& part) {
      if (part.phase == Phase::kSleeping && lane != LaneId::kReader) feed(run, {lane, Woken{}});
    });
  }
  update_activity();
}

void MappingDriver::stop(std::function<void()> stopped) {
  stopping_ = true;
  stopped_ = std::move(stopped);
  if (list_timer_ != 0) ports_.cancel(std::exchange(list_timer_, 0));
  for (auto& [shard_id, run] : shards_) {
    if (run.state == State::kFinished) continue;
    if (run.state == State::kWaitingForParent) {
      run.state = State::kStopped;
      continue;
    }
    run.each_part([&](LaneId, Part& part) {
      if (!part.is_under_way()) end_step(part);
    });
    feed(run, {LaneId::kReader, Stop{}});
    for (LaneRun& lane : run.lanes) {
      if (lane.phase != Phase::kInvoking) continue;
      lane.withdrawn = true;
      ports_.withdraw(lane.request_id);
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
    if (run.is_at_rest() && listed_as(at->first) == shards.end()) {
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
      known->second.shard.parent_shard_ids = shard.parent_shard_ids;
      continue;
    }
    ports_.watch(shard.log);
    shards_.emplace(shard.shard_id, ShardRun{shard, stream_arn_, settings_, checkpoint.value_or(ShardProgress{})});
    // A shard with a child is closed, and no commit tells of that: its poller must look.
    for (const std::string& parent_id : shard.parent_shard_ids) {
      if (const auto parent = shards_.find(parent_id); parent != shards_.end()) wake_when_free(parent->second);
    }
  }
  start_ready_shards();
}

void MappingDriver::start_ready_shards() {
  if (stopping_) return;
  for (auto& [shard_id, run] : shards_) {
    if (run.state != State::kWaitingForParent || unfinished_parent(run) != nullptr) continue;
    run.state = State::kPolling;
    feed(run, {LaneId::kReader, Started{}});
  }
}

const std::string* MappingDriver::unfinished_parent(const ShardRun& run) const {
  const auto is_unfinished = [this](const std::string& parent_id) {
    const auto parent = shards_.find(parent_id);
    return parent != shards_.end() && parent->second.state != State::kFinished;
  };
  const auto& parents = run.shard.parent_shard_ids;
  const auto found = std::ranges::find_if(parents, is_unfinished);
  return found == parents.end() ? nullptr : &*found;
}

// --- Pollers ---

void MappingDriver::feed(ShardRun& run, Event event, std::optional<Attempt> attempt) {
  const std::uint64_t step = run.part(event.lane).step;
  ShardRun::Told told{std::move(event), step, std::move(attempt)};
  if (run.performing) return run.told.push_back(std::move(told));
  run.performing = true;
  process(run, std::move(told));
  while (!run.told.empty()) {
    ShardRun::Told next = std::move(run.told.front());
    run.told.erase(run.told.begin());
    process(run, std::move(next));
  }
  run.performing = false;
}

void MappingDriver::process(ShardRun& run, ShardRun::Told told) {
  const LaneId lane = told.event.lane;
  if (!std::holds_alternative<Stop>(told.event.what)) {  // it answers no action
    Part& part = run.part(lane);
    if (part.step != told.step) return;  // the poller has asked that part for something else meanwhile
    if (part.phase == Phase::kWaitingForRecords) run.woken = false;
    end_step(part);
  }
  const std::uint64_t filtered = run.poller.records_filtered();
  run.poller.resume(clock_.now(), std::move(told.event), run.actions);
  statistics_->records_filtered_out += run.poller.records_filtered() - filtered;
  if (told.attempt) account(run, lane, *told.attempt, run.actions);
  for (const Action& action : run.actions) perform(run, action);
}

void MappingDriver::perform(ShardRun& run, const Action& action) {
  end_step(run.part(action.lane));
  std::visit([&](const auto& chosen) { perform(run, action.lane, chosen); }, action.what);
}

void MappingDriver::end_step(Part& part) {
  ++part.step;
  if (part.timer != 0) ports_.cancel(std::exchange(part.timer, 0));
  part.until.reset();
  part.phase = Phase::kNothing;
}

ShardRun* MappingDriver::current(const std::string& shard_id, LaneId lane, std::uint64_t step) {
  const auto found = shards_.find(shard_id);
  return found != shards_.end() && found->second.part(lane).step == step ? &found->second : nullptr;
}

void MappingDriver::perform(ShardRun& run, LaneId lane, const ReadRecords& action) {
  run.reader.phase = Phase::kReading;
  run.woken = false;
  ports_.read(
      run.shard.shard_id, action.after, action.limits,
      [weak = weak_from_this(), shard_id = run.shard.shard_id, lane, step = run.reader.step](StorageResult<Page> page) {
        const auto self = weak.lock();
        ShardRun* const reading = self ? self->current(shard_id, lane, step) : nullptr;
        if (reading == nullptr) return;
        if (page.has_error()) {
          reading->reader.trouble = describe_unreadable(page.error());
          self->feed(*reading, {lane, RecordsRead{std::nullopt, page.error().damaged_through}});
          self->tell_storage_trouble(*reading, reading->reader);
        } else {
          reading->reader.trouble.clear();
          self->statistics_->records_polled += page->records.size();
          self->feed(*reading, {lane, RecordsRead{*std::move(page)}});
        }
        self->update_activity();
      });
}

void MappingDriver::perform(ShardRun& run, LaneId id, const Invoke& action) {
  LaneRun& lane = run.lanes.at(index_of(id));
  lane.phase = Phase::kInvoking;
  if (!action.ends_window) {
    const Duration age = clock_.now() - action.newest;
    run.iterator_age_milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
    statistics_->iterator_age_milliseconds = run.iterator_age_milliseconds;
  }
  lane.batch = LaneReport::Batch{action.records, action.first, action.last, action.attempt + 1};
  if (action.attempt > 0) ++statistics_->retries;
  statistics_->records_invoked += action.records;
  Invoke sent = action;
  lane.request_id = base::make_uuid(random_);
  lambda::Invocation invocation{lane.request_id, function_arn_, std::move(sent.event)};
  const bool function_exists =
      ports_.invoke(std::move(invocation), [weak = weak_from_this(), shard_id = run.shard.shard_id, id,
                                            step = lane.step, sent](const lambda::InvocationResult& result) {
        const auto self = weak.lock();
        ShardRun* const invoking = self ? self->current(shard_id, id, step) : nullptr;
        if (invoking == nullptr) return;
        self->answered(*invoking, id, sent, result);
      });
  static const lambda::InvocationResult kNobodyRan{};
  if (!function_exists) feed(run, {id, Invoked{kNobodyRan.outcome}}, Attempt{sent, &kNobodyRan, false});
}

void MappingDriver::answered(ShardRun& run, LaneId id, const Invoke& sent, const lambda::InvocationResult& result) {
  const bool says_something = settings_.report_item_failures || settings_.tumbling_window > Duration::zero();
  if (result.outcome != lambda::Outcome::kSuccess || !says_something) {
    feed(run, {id, Invoked{result.outcome}}, Attempt{sent, &result});
    return update_activity();
  }
  const auto kept = std::make_shared<const lambda::InvocationResult>(result);
  ports_.read_answer({kept, &kept->payload}, [weak = weak_from_this(), shard_id = run.shard.shard_id, id,
                                              step = run.part(id).step, sent, kept](BatchAnswer read) {
    const auto self = weak.lock();
    ShardRun* const invoking = self ? self->current(shard_id, id, step) : nullptr;
    if (invoking == nullptr) return;
    self->feed(*invoking, {id, Invoked{kept->outcome, std::move(read)}}, Attempt{sent, kept.get()});
    self->update_activity();
  });
}

void MappingDriver::perform(ShardRun& run, LaneId lane, const Checkpoint& action) {
  run.saver.phase = Phase::kSaving;
  statistics_->records_delivered += action.delivered;
  run.progress.done = action.upto;
  run.progress.delivered += action.delivered;
  run.progress.discarded += action.discarded;
  run.progress.window = action.window;
  ports_.save_checkpoint(run.shard.shard_id, run.progress,
                         [weak = weak_from_this(), shard_id = run.shard.shard_id, lane,
                          step = run.saver.step](const StorageResult<void>& saved) {
                           const auto self = weak.lock();
                           ShardRun* const saving = self ? self->current(shard_id, lane, step) : nullptr;
                           if (saving == nullptr) return;
                           saving->saver.trouble.clear();
                           if (saved.has_error()) {
                             saving->saver.trouble = "the checkpoint cannot be written: " + saved.error().detail;
                           }
                           self->feed(*saving, {lane, Saved{saved.has_value()}});
                           if (saved.has_error()) self->tell_storage_trouble(*saving, saving->saver);
                           self->update_activity();
                         });
}

void MappingDriver::perform(ShardRun& run, LaneId lane, const WaitForRecords& action) {
  run.reader.phase = Phase::kWaitingForRecords;
  if (run.woken) {
    feed(run, {lane, Woken{}});
  } else if (action.until) {
    set_timer(run, lane, *action.until);
  }
}

void MappingDriver::perform(ShardRun& run, LaneId lane, const SleepUntil& action) {
  Part& part = run.part(lane);
  part.phase = Phase::kSleeping;
  part.failures = action.failures;
  set_timer(run, lane, action.when);
}

void MappingDriver::perform(ShardRun& run, LaneId /*lane*/, const Finished& /*action*/) {
  run.state = State::kFinished;
  start_ready_shards();
  list();  // a closed shard may have children that nobody has told us about yet
}

void MappingDriver::perform(ShardRun& run, LaneId /*lane*/, const Stopped& /*action*/) {
  run.state = State::kStopped;
  finish_stop_when_done();
}

// --- Waiting ---

void MappingDriver::wake_when_free(ShardRun& run) {
  if (run.state != State::kPolling && run.state != State::kStopped) return;
  if (run.reader.phase == Phase::kWaitingForRecords) {
    feed(run, {LaneId::kReader, Woken{}});
  } else {
    run.woken = true;
  }
}

void MappingDriver::set_timer(ShardRun& run, LaneId lane, TimePoint when) {
  Part& part = run.part(lane);
  part.until = when;
  part.timer = ports_.schedule(when, [weak = weak_from_this(), shard_id = run.shard.shard_id, lane, step = part.step] {
    const auto self = weak.lock();
    ShardRun* const waiting = self ? self->current(shard_id, lane, step) : nullptr;
    if (waiting == nullptr) return;
    waiting->part(lane).timer = 0;
    self->feed(*waiting, {lane, Woken{}});
    self->update_activity();
  });
}

void MappingDriver::update_activity() {
  const auto is_busy = [](const auto& entry) { return entry.second.is_busy(); };
  const auto is_caught_up = [](const auto& entry) { return entry.second.is_caught_up(); };
  Activity activity = Activity::kWaiting;
  if (listing_ || std::ranges::any_of(shards_, is_busy)) {
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
    return entry.second.state == State::kFinished || entry.second.state == State::kStopped;
  });
  if (!done) return;
  for (const auto& [shard_id, run] : shards_) ports_.unwatch(run.shard.log);
  std::exchange(stopped_, nullptr)();
}

}  // namespace millrace::esm
