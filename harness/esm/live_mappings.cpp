#include "harness/esm/live_mappings.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <map>
#include <utility>

#include "harness/esm/driver/pending_counter.hpp"
#include "harness/esm/live_mapping.hpp"

namespace millrace::esm {

namespace asio = boost::asio;
using storage::Access;
using LiveMappingList = std::vector<std::shared_ptr<LiveMapping>>;

struct LiveMappings::Impl {
  Impl(engine::Engine& engine, MappingRegistry& registry, DeadLetterBox& dead_letters, StreamSource& streams,
       lambda::InvokerDirectory& functions, Random& random, Faults faults, LiveMappingOptions options,
       destinations::FailureSender* sender)
      : activity{engine.emulated_time().under_way()},
        office{{engine, dead_letters, registry, functions, random, activity, sender}},
        services{engine,
                 registry,
                 streams,
                 functions,
                 random,
                 options,
                 faults,
                 activity,
                 watchers,
                 office,
                 [this](const std::string& uuid) { forget(uuid); }} {}

  ActivityBoard activity;
  LogWatchers watchers;
  DeadLetterOffice office;
  LiveMappingServices services;

  std::map<std::string, std::shared_ptr<LiveMapping>, std::less<>> mappings;
  bool stopping{false};

  std::shared_ptr<LiveMapping> find(std::string_view uuid) const;
  std::shared_ptr<LiveMapping> find_or_make(const std::string& uuid);
  void forget(const std::string& uuid);
  LiveMappingList all() const;
  void committed(const std::vector<LogId>& logs);
  std::vector<StuckShard> describe_disabled(const MappingDefinition& definition, std::string reason,
                                            PendingCounter& counter) const;
  void count_pending(std::vector<MappingReport>& reports) const;
  /// Has `work`, which counts, done where nobody waits for it.
  void do_aside(std::function<void()> work);
};

std::shared_ptr<LiveMapping> LiveMappings::Impl::find(std::string_view uuid) const {
  const auto found = mappings.find(uuid);
  return found == mappings.end() ? nullptr : found->second;
}

std::shared_ptr<LiveMapping> LiveMappings::Impl::find_or_make(const std::string& uuid) {
  auto& mapping = mappings[uuid];
  if (!mapping) mapping = std::make_shared<LiveMapping>(services, uuid);
  return mapping;
}

void LiveMappings::Impl::forget(const std::string& uuid) {
  office.forget(uuid);
  mappings.erase(uuid);
}

LiveMappingList LiveMappings::Impl::all() const {
  LiveMappingList found;
  found.reserve(mappings.size());
  for (const auto& [uuid, mapping] : mappings) found.push_back(mapping);
  return found;
}

void LiveMappings::Impl::committed(const std::vector<LogId>& logs) {
  if (stopping || mappings.empty()) return;
  const LogWatchers::Affected affected = watchers.affected_by(logs);
  for (const auto& [mapping, log] : affected.mappings) mapping->wake_soon(log);
  if (!affected.unknown_log) return;
  for (const auto& mapping : all()) mapping->refresh_soon();
}

/// A mapping that nobody runs: what it would have to deliver.
std::vector<StuckShard> LiveMappings::Impl::describe_disabled(const MappingDefinition& definition, std::string reason,
                                                              PendingCounter& counter) const {
  StuckShard whole{definition.uuid, definition.function_name, {}, std::move(reason)};
  std::vector<StuckShard> shards;
  {
    const auto entry = services.engine.gate().enter(Access::kRead);
    for (const SourceShard& shard :
         services.streams.shards(definition.event_source_arn).value_or(std::vector<SourceShard>{})) {
      const auto text = services.engine.gate().storage().read_document(
          kCheckpointDocument, checkpoint_name(definition.uuid, shard.shard_id));
      StuckShard& counted = shards.emplace_back();
      counted.shard = shard.shard_id;
      if (text.has_error() || !*text) continue;
      if (const auto checkpoint = checkpoint_from(**text); checkpoint.has_value()) counted.position = checkpoint->done;
    }
  }
  for (const StuckShard& shard : shards) {
    whole.pending_records += counter.count(definition.event_source_arn, shard.shard, shard.position);
    if (whole.pending_records >= kMaxPendingCounted) break;
  }
  return {std::move(whole)};
}

void LiveMappings::Impl::count_pending(std::vector<MappingReport>& reports) const {
  PendingCounter counter{services.engine.gate(), services.streams};
  for (MappingReport& report : reports) {
    for (StuckShard& shard : report.shards) {
      if (shard.shard.empty()) continue;
      shard.pending_records = counter.count(report.definition.event_source_arn, shard.shard, shard.position);
    }
  }
}

void LiveMappings::Impl::do_aside(std::function<void()> work) {
  auto counting = services.engine.aside(std::move(work));
  asio::co_spawn(services.engine.io(), std::move(counting), [](const std::exception_ptr& problem) {
    if (problem) std::rethrow_exception(problem);
  });
}

LiveMappings::LiveMappings(engine::Engine& engine, MappingRegistry& registry, DeadLetterBox& dead_letters,
                           StreamSource& streams, lambda::InvokerDirectory& functions, Random& random, Faults faults,
                           LiveMappingOptions options, destinations::FailureSender* sender)
    : impl_{std::make_unique<Impl>(engine, registry, dead_letters, streams, functions, random, faults, options,
                                   sender)} {}

LiveMappings::~LiveMappings() = default;

void LiveMappings::start() {
  impl_->services.engine.on_commit([impl = impl_.get()](const std::vector<LogId>& logs) { impl->committed(logs); });
  impl_->office.start();
  const auto entry = impl_->services.engine.gate().enter(Access::kRead);
  for (const auto& [uuid, mapping] : impl_->services.registry.all()) {
    if (mapping.definition.enabled) impl_->activity.activate(uuid);  // a drain that comes first waits for it
    impl_->find_or_make(uuid)->post([](LiveMapping& live) { live.reconcile([] {}); });
  }
}

void LiveMappings::stop(std::function<void()> stopped) {
  impl_->stopping = true;
  impl_->office.stop();
  const auto mappings = impl_->all();
  if (mappings.empty()) return asio::post(impl_->services.engine.io(), std::move(stopped));
  auto left = std::make_shared<std::size_t>(mappings.size());
  for (const auto& mapping : mappings) {
    mapping->post([left, stopped](LiveMapping& live) {
      live.stop([left, stopped] {
        if (--*left == 0) stopped();
      });
    });
  }
}

void LiveMappings::reconcile(std::string_view uuid, std::function<void()> heard) {
  // A mapping that came too late to be stopped must not begin; those that are known hear of the stop themselves.
  if (impl_->stopping) return asio::post(impl_->services.engine.io(), std::move(heard));
  impl_->find_or_make(std::string{uuid})->post([heard = std::move(heard)](LiveMapping& live) mutable {
    live.reconcile(std::move(heard));
  });
}

void LiveMappings::function_changed(const lambda::FunctionKey& function) {
  for (const auto& mapping : impl_->all()) {
    mapping->post([function](LiveMapping& live) { live.retry_now(function); });
  }
}

void LiveMappings::redrive(std::string mapping, std::vector<LetterId> letters,
                           std::function<void(RedriveReport)> done) {
  impl_->office.redrive(std::move(mapping), std::move(letters), std::move(done));
}

void LiveMappings::trim_dead_letters() { impl_->office.trim(); }

std::string LiveMappings::last_processing_result(std::string_view uuid) const {
  const auto mapping = impl_->find(uuid);
  return mapping ? mapping->statistics().last_processing_result : MappingStatistics{}.last_processing_result;
}

void LiveMappings::report(std::function<void(std::vector<MappingReport>)> done) {
  struct Gathering {
    std::map<std::string, MappingReport, std::less<>> reports;
    std::size_t left{0};
    std::function<void(std::vector<MappingReport>)> done;
  };
  auto gathering = std::make_shared<Gathering>();
  gathering->done = std::move(done);
  {
    const auto entry = impl_->services.engine.gate().enter(Access::kRead);
    const auto letters = impl_->office.box().count_by_mapping();
    for (const auto& [uuid, latest] : impl_->services.registry.all()) {
      const auto mapping = latest.confirmed();
      if (!mapping) continue;
      MappingReport& report = gathering->reports[uuid];
      if (const auto kept = letters.find(uuid); kept != letters.end()) report.dead_letters = kept->second;
      report.definition = mapping->definition;
      report.state = mapping->state;
      if (const auto end = impl_->services.streams.end_of(mapping->definition.event_source_arn)) {
        report.warning = describe_end(mapping->definition, *end);
      }
    }
  }
  const auto finish = [impl = impl_.get(), gathering] {
    std::vector<MappingReport> reports;
    for (auto& [uuid, report] : gathering->reports) {
      const DestinationCounts counts = impl->office.counts(uuid);
      report.statistics.destination_deliveries = counts.delivered;
      report.statistics.destination_delivery_failures = counts.failures;
      report.statistics.records_told = counts.records_delivered;
      report.statistics.records_dropped += counts.records_failed;
      if (auto sentence = impl->office.describe_pending(uuid); !sentence.empty()) {
        report.shards.push_back({uuid, report.definition.function_name, {}, std::move(sentence)});
      }
      reports.push_back(std::move(report));
    }
    const auto has_records_to_count = [](const MappingReport& report) {
      return !report.shards.empty() || report.state == MappingState::kDisabled;
    };
    if (std::ranges::none_of(reports, has_records_to_count)) return gathering->done(std::move(reports));
    impl->do_aside([impl, gathering, reports = std::move(reports)]() mutable {
      impl->count_pending(reports);
      gathering->done(std::move(reports));
    });
  };
  const auto mappings = impl_->all();
  if (mappings.empty()) return asio::post(impl_->services.engine.io(), finish);
  gathering->left = mappings.size();
  for (const auto& mapping : mappings) {
    mapping->post([gathering, finish](LiveMapping& live) {
      if (const auto found = gathering->reports.find(live.uuid()); found != gathering->reports.end()) {
        found->second.statistics = live.statistics();
        found->second.idle = live.idle();
        found->second.shards = live.stuck();
        found->second.progress = live.progress();
      }
      if (--gathering->left == 0) finish();
    });
  }
}

void LiveMappings::why(std::string uuid, RecordQuery query,
                       std::function<void(StorageResult<std::optional<WhyReport>>)> done) {
  // The report comes first: what a checkpoint has passed since then is done.
  report([impl = impl_.get(), uuid = std::move(uuid), query = std::move(query),
          done = std::move(done)](std::vector<MappingReport> reports) {
    const auto found = std::ranges::find(reports, uuid, [](const MappingReport& one) { return one.definition.uuid; });
    if (found == reports.end()) return done(std::optional<WhyReport>{});
    asio::post(impl->services.engine.io(),
               [impl, query, done, report = WhyReport{std::move(*found), {}, {}}]() mutable {
                 impl->do_aside([impl, query, done, report = std::move(report)]() mutable {
                   RecordSearch search{impl->services.engine.gate(), impl->services.streams, report.mapping.definition};
                   auto records = search.find(query);
                   if (records.has_error()) return done(records.error());
                   report.records = *std::move(records);
                   for (const RecordFacts& record : report.records)
                     report.fates.push_back(fate_of(report.mapping, record));
                   done(std::optional{std::move(report)});
                 });
               });
  });
}

void LiveMappings::watch(const std::shared_ptr<std::function<void()>>& changed) { impl_->activity.watch(changed); }

void LiveMappings::drain(std::optional<std::string> uuid, RealTime::TimePoint deadline,
                         std::function<void(DrainReport)> done) {
  struct Drain {
    bool over{false};
    ActivityBoard::WaitId wait{0};
    time::TimerId timer{0};
  };
  std::vector<Mapping> mappings;
  {
    const auto entry = impl_->services.engine.gate().enter(Access::kRead);
    for (const auto& [id, mapping] : impl_->services.registry.all()) {
      if (uuid && id != *uuid) continue;
      if (auto confirmed = mapping.confirmed()) mappings.push_back(*std::move(confirmed));
    }
  }
  const bool named_but_off = uuid && (mappings.empty() || !mappings.front().definition.enabled ||
                                      mappings.front().state == MappingState::kDeleting);

  const auto finish = [this, uuid, done = std::move(done)](bool drained) {
    report([impl = impl_.get(), uuid, done, drained](std::vector<MappingReport> reports) {
      DrainReport answer{drained, {}, {}, {}, true};
      PendingCounter counter{impl->services.engine.gate(), impl->services.streams};
      for (MappingReport& report : reports) {
        if (uuid && report.definition.uuid != *uuid) continue;
        if (report.state == MappingState::kDisabled) {
          auto& where = uuid ? answer.stuck : answer.skipped;
          for (StuckShard& shard : impl->describe_disabled(
                   report.definition,
                   "The mapping is disabled; UpdateEventSourceMapping with Enabled=true makes it deliver.", counter)) {
            where.push_back(std::move(shard));
          }
        } else if (!drained) {
          answer.stuck.insert(answer.stuck.end(), report.shards.begin(), report.shards.end());
        }
        answer.mappings.push_back(std::move(report));
      }
      if (uuid && answer.mappings.empty()) {
        answer.stuck.push_back({*uuid, {}, {}, "There is no event source mapping with this UUID."});
      }
      done(std::move(answer));
    });
  };
  if (named_but_off) return finish(false);

  // Every shard reads once more: what was written before this call is seen, whoever was told of it or not.
  for (const auto& mapping : impl_->all()) {
    if (!uuid || mapping->uuid() == *uuid) mapping->refresh_soon();
  }
  auto drain = std::make_shared<Drain>();
  drain->timer = impl_->services.engine.real_time().schedule(deadline, [impl = impl_.get(), drain, finish] {
    if (std::exchange(drain->over, true)) return;
    impl->activity.cancel(drain->wait);
    finish(false);
  });
  drain->wait = impl_->activity.wait(uuid, [impl = impl_.get(), drain, finish] {
    if (std::exchange(drain->over, true)) return;
    impl->services.engine.real_time().cancel(drain->timer);
    finish(true);
  });
}

}  // namespace millrace::esm
