#include "harness/esm/live_mapping.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>

namespace millrace::esm {

namespace asio = boost::asio;
using storage::Access;
using storage::Ticket;

namespace {

/// Of a function: reading more takes longer than others may wait for.
constexpr std::size_t kLongAnswer = std::size_t{64} << 10U;

/// In the place of a shard's id: the counters of all shards that have left the stream.
constexpr std::string_view kShardsThatAreGone = "gone";

/// How long an answer to a change waits for an invocation under way before it leaves with the transition still on.
constexpr Duration kSettlePatience = std::chrono::milliseconds{250};

}  // namespace

void LiveMapping::wake_soon(LogId log) {
  if (std::ranges::find(woken_logs_, log) == woken_logs_.end()) woken_logs_.push_back(log);
  if (wake_posted_ || !services_.activity.announce_wake(uuid_)) return;
  wake_posted_ = true;
  post([](LiveMapping& mapping) {
    mapping.wake_posted_ = false;
    for (const LogId woken : std::exchange(mapping.woken_logs_, {})) {
      if (mapping.driver_) mapping.driver_->wake(woken);
    }
    mapping.services_.activity.wake_handled(mapping.uuid_);
  });
}

void LiveMapping::refresh_soon() {
  if (!services_.activity.announce_wake(uuid_)) return;
  post([](LiveMapping& mapping) {
    if (mapping.driver_) mapping.driver_->refresh();
    mapping.services_.activity.wake_handled(mapping.uuid_);
  });
}

// --- Life ---

void LiveMapping::reconcile(std::function<void()> heard) {
  heard_.push_back(std::move(heard));
  perform(life_.changed());
}

void LiveMapping::stop(std::function<void()> stopped) {
  stopped_.push_back(std::move(stopped));
  perform(life_.stop());
}

void LiveMapping::perform(const LifeActions& actions) {
  for (const LifeAction action : actions) perform(action);
}

void LiveMapping::perform(LifeAction action) {
  switch (action) {
    case LifeAction::kStopDriver:
      return driver_->stop([this] {
        post([](LiveMapping& mapping) {
          mapping.driver_.reset();
          mapping.perform(mapping.life_.driver_stopped());
        });
      });
    case LifeAction::kBeginPatience: return begin_patience();
    case LifeAction::kSettle: return perform(life_.settled(settle()));
    case LifeAction::kStartDriver: return start_driver();
    case LifeAction::kRest: return services_.activity.deactivate(uuid_);
    case LifeAction::kLeave: services_.gone(uuid_); return services_.activity.deactivate(uuid_);
    case LifeAction::kTellHeard: return tell_heard();
    case LifeAction::kTellStopped:
      for (const auto& stopped : std::exchange(stopped_, {})) stopped();
      return;
  }
}

MappingLife::Wanted LiveMapping::settle() {
  wanted_.reset();
  const auto entry = services_.engine.gate().enter(Access::kRead);
  const Mapping* const mapping = services_.registry.find(uuid_);
  if (mapping == nullptr) return MappingLife::Wanted::kDeleted;
  if (const auto confirmed = mapping->confirmed(); mapping->unconfirmed) {
    // Whoever makes that change comes back when it is committed.
    if (!confirmed) return MappingLife::Wanted::kDeleted;
    wanted_ = confirmed->definition;
  } else if (mapping->state == MappingState::kDeleting) {
    services_.registry.forget(uuid_);
    return MappingLife::Wanted::kDeleted;
  } else {
    wanted_ = mapping->definition;
    services_.registry.settle(uuid_);
  }
  restore_statistics(wanted_->event_source_arn);
  return wanted_->enabled ? MappingLife::Wanted::kDelivering : MappingLife::Wanted::kDisabled;
}

void LiveMapping::start_driver() {
  PollerSettings settings = poller_settings(*wanted_);
  settings.back_off = services_.options.back_off;
  settings.page = services_.options.page;
  partitions_ = settings.lanes > 1 ? Partitions::kByKey : Partitions::kNone;
  services_.activity.activate(uuid_);
  driver_ = std::make_shared<MappingDriver>(*wanted_, settings, *this, services_.engine.emulated_time(),
                                            services_.random, statistics_);
  driver_->start();
}

void LiveMapping::begin_patience() {
  RealTime& time = services_.engine.real_time();
  patience_ = time.schedule(time.now() + kSettlePatience, [self = shared_from_this()] {
    self->post([](LiveMapping& mapping) {
      if (std::exchange(mapping.patience_, 0) != 0) mapping.perform(mapping.life_.patience_over());
    });
  });
}

void LiveMapping::restore_statistics(const std::string& stream_arn) {
  if (std::exchange(statistics_restored_, true)) return;
  const auto shards = read_shards(stream_arn);
  if (shards.has_error()) {
    spdlog::error("mapping {} counts from 0, its checkpoints cannot be read: {}", uuid_, shards.error().detail);
    return;
  }
  const auto count = [this](const ShardProgress& progress) {
    statistics_->records_delivered += progress.delivered;
    statistics_->discarded += progress.discarded;
  };
  for (const ListedShard& listed : shards->value_or(std::vector<ListedShard>{})) {
    count(listed.checkpoint.value_or(ShardProgress{}));
  }
  if (const auto gone = read_checkpoint(kShardsThatAreGone); gone.has_value() && *gone) count(**gone);
}

void LiveMapping::tell_heard() {
  if (patience_ != 0) services_.engine.real_time().cancel(std::exchange(patience_, 0));
  for (const auto& heard : std::exchange(heard_, {})) heard();
}

void LiveMapping::retry_now(const lambda::FunctionKey& function) {
  if (driver_ && key_of(function_of(*wanted_)) == function) driver_->retry_now();
}

bool LiveMapping::idle() const { return driver_ && driver_->idle(); }

std::vector<StuckShard> LiveMapping::stuck() const { return driver_ ? driver_->stuck() : std::vector<StuckShard>{}; }

std::vector<ShardReport> LiveMapping::progress() const {
  return driver_ ? driver_->progress() : std::vector<ShardReport>{};
}

// --- Storage ---

template <class T, Access kAccess, class Work>
void LiveMapping::with_storage(std::function<void(StorageResult<T>)> done, Work work) {
  StorageResult<T> result{StorageError{}};
  Ticket ticket = 0;
  {
    const auto entry = services_.engine.gate().enter(kAccess);
    ticket = entry.ticket();
    if (entry.status().has_error()) {
      result = entry.status().error();
    } else {
      result = work();
    }
  }
  asio::co_spawn(services_.engine.io(), deliver(shared_from_this(), ticket, std::move(result), std::move(done)),
                 asio::detached);
}

template <class T>
asio::awaitable<void> LiveMapping::deliver(std::shared_ptr<LiveMapping> self, Ticket ticket, StorageResult<T> result,
                                           std::function<void(StorageResult<T>)> done) {
  const StorageResult<void> committed = co_await self->services_.engine.committed(ticket);
  if (committed.has_error() && result.has_value()) {
    done(committed.error());
  } else {
    done(std::move(result));
  }
}

StorageResult<ShardList> LiveMapping::read_shards(const std::string& stream_arn) {
  const auto shards = services_.streams.shards(stream_arn);
  if (!shards) return ShardList{};
  std::vector<ListedShard> listed;
  listed.reserve(shards->size());
  for (const SourceShard& shard : *shards) {
    const auto checkpoint = read_checkpoint(shard.shard_id);
    if (checkpoint.has_error()) return checkpoint.error();
    listed.push_back({shard, *checkpoint});
  }
  return ShardList{std::move(listed)};
}

StorageResult<std::optional<ShardProgress>> LiveMapping::read_checkpoint(std::string_view shard_id) {
  const auto text = storage().read_document(kCheckpointDocument, checkpoint_name(uuid_, shard_id));
  if (text.has_error()) return text.error();
  if (!*text) return std::optional<ShardProgress>{};
  const auto checkpoint = checkpoint_from(**text);
  if (checkpoint.has_error()) return checkpoint.error();
  return std::optional{*checkpoint};
}

void LiveMapping::list_shards(std::function<void(StorageResult<ShardList>)> done) {
  with_storage<ShardList>(std::move(done), [this] { return read_shards(wanted_->event_source_arn); });
}

void LiveMapping::read(const std::string& shard_id, Sequence after, const ReadLimits& limits,
                       std::function<void(StorageResult<Page>)> done) {
  with_storage<Page>(std::move(done), [&] {
    return services_.streams.read(wanted_->event_source_arn, shard_id, after, limits, partitions_);
  });
}

void LiveMapping::save_checkpoint(const std::string& shard_id, const ShardProgress& progress,
                                  std::function<void(StorageResult<void>)> done) {
  with_storage<void, Access::kWrite>(std::move(done), [&]() -> StorageResult<void> {
    // A deleted mapping has no documents any more; what was under way must not leave one behind.
    const Mapping* const mapping = services_.registry.find(uuid_);
    if (mapping == nullptr || mapping->state == MappingState::kDeleting) return {};
    if (services_.faults.fires(FaultPoint::kEsmSave)) {
      return StorageError{StorageErrorKind::kIo,
                          "fault injected at " + std::string{base::name_of(FaultPoint::kEsmSave)}};
    }
    return storage().write_document(kCheckpointDocument, checkpoint_name(uuid_, shard_id), to_checkpoint(progress));
  });
}

void LiveMapping::forget_checkpoint(const std::string& shard_id) {
  with_storage<void, Access::kWrite>(
      [](const StorageResult<void>&) {},
      [&]() -> StorageResult<void> {
        const Mapping* const mapping = services_.registry.find(uuid_);
        if (mapping == nullptr || mapping->state == MappingState::kDeleting) return {};
        const auto checkpoint = read_checkpoint(shard_id);
        if (checkpoint.has_error()) return checkpoint.error();
        if (!*checkpoint) return {};
        // What was delivered of it stays delivered.
        const auto gone = read_checkpoint(kShardsThatAreGone);
        if (gone.has_error()) return gone.error();
        ShardProgress sum = gone->value_or(ShardProgress{});
        sum.delivered += (*checkpoint)->delivered;
        sum.discarded += (*checkpoint)->discarded;
        auto kept = storage().write_document(kCheckpointDocument, checkpoint_name(uuid_, kShardsThatAreGone),
                                             to_checkpoint(sum));
        if (kept.has_error()) return kept;
        return storage().erase_document(kCheckpointDocument, checkpoint_name(uuid_, shard_id));
      });
}

// --- Functions, timers, commits ---

bool LiveMapping::invoke(lambda::Invocation invocation, lambda::InvocationDone done) {
  const auto invoker = services_.functions.find(function_of(*wanted_));
  if (!invoker) return false;
  invoker->invoke(std::move(invocation), [self = shared_from_this(), done = std::move(done)](auto result) {
    self->post([done, result = std::move(result)](LiveMapping&) mutable { done(std::move(result)); });
  });
  return true;
}

void LiveMapping::read_answer(std::shared_ptr<const std::string> answer, std::function<void(BatchAnswer)> done) {
  if (answer->size() <= kLongAnswer) return done(read_batch_response(*answer));
  asio::co_spawn(services_.engine.io(), read_aside(shared_from_this(), std::move(answer), std::move(done)),
                 asio::detached);
}

asio::awaitable<void> LiveMapping::read_aside(std::shared_ptr<LiveMapping> self,
                                              std::shared_ptr<const std::string> answer,
                                              std::function<void(BatchAnswer)> done) {
  const auto read = std::make_shared<BatchAnswer>();
  std::function<void()> work = [read, answer = std::move(answer)] { *read = read_batch_response(*answer); };
  auto reading = self->services_.engine.aside(std::move(work));
  co_await std::move(reading);
  done(std::move(*read));
}

void LiveMapping::keep_failure(FailureRecord record, std::function<void()> done) {
  services_.office.keep(record, *wanted_, std::move(done));
}

void LiveMapping::withdraw(const std::string& request_id) {
  if (const auto invoker = services_.functions.find(function_of(*wanted_))) invoker->withdraw(request_id);
}

std::optional<std::string> LiveMapping::function_waits_for() const {
  const auto invoker = services_.functions.find(function_of(*wanted_));
  return invoker ? invoker->waits_for() : std::nullopt;
}

time::TimerId LiveMapping::schedule(TimePoint when, std::function<void()> callback) {
  return services_.engine.emulated_time().schedule(when, [self = shared_from_this(), callback = std::move(callback)] {
    const bool announced = self->services_.activity.announce_wake(self->uuid_);
    self->post([callback, announced](LiveMapping& mapping) {
      callback();
      if (announced) mapping.services_.activity.wake_handled(mapping.uuid_);
    });
  });
}

void LiveMapping::cancel(time::TimerId timer) { services_.engine.emulated_time().cancel(timer); }
void LiveMapping::watch(LogId log) { services_.watchers.watch(log, weak_from_this()); }
void LiveMapping::unwatch(LogId log) { services_.watchers.unwatch(log, *this); }
void LiveMapping::activity_changed(Activity activity) { services_.activity.set_activity(uuid_, activity); }

}  // namespace millrace::esm
