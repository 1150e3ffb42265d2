#include "harness/sim/sim_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/streams/sequence_number.hpp"

namespace millrace::sim {
namespace {

using Json = nlohmann::json;
using lambda::Outcome;

constexpr TimePoint kStart{std::chrono::hours{500'000}};
constexpr Duration kWritingTime = std::chrono::seconds{10};
constexpr Duration kStorageLatency = std::chrono::milliseconds{1};
constexpr Duration kRestartTime = std::chrono::seconds{1};
constexpr Duration kPatience = std::chrono::milliseconds{250};
constexpr Duration kWaitForARuntime = std::chrono::milliseconds{100};
constexpr std::size_t kMaxSteps = 20'000;
constexpr std::uint32_t kAlways = 1'000'000;

StorageError disk_trouble() { return {StorageErrorKind::kIo, "simulated"}; }

esm::MappingDefinition definition() {
  esm::MappingDefinition mapping;
  mapping.uuid = "mapping";
  mapping.function_name = "handler";
  return mapping;
}

bool is_crash(Fault fault) { return fault == Fault::kCrashBefore || fault == Fault::kCrashAfter; }

/// For operations other than invocations: does it have its effect although it is struck?
bool has_effect(std::optional<Fault> fault) {
  return !fault || *fault == Fault::kFailAfterEffect || *fault == Fault::kCrashAfter;
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

// --- Operations ---

std::optional<Fault> SimWorld::next_operation(std::string_view what, const std::string& detail) {
  const auto struck = faults_.find(operations_++);
  const auto fault = struck == faults_.end() ? std::nullopt : std::optional{struck->second};
  note(fmt::format("{} {}{}{}", what, detail, fault ? ": " : "", fault ? to_text(*fault) : ""));
  if (fault) {
    static const std::map<std::string_view, std::array<std::string_view, 4>> kNames{
        {"list", {"list failed", "list failed late", "crash before list", "crash after list"}},
        {"read", {"read failed", "read failed late", "crash before read", "crash after read"}},
        {"save", {"save failed", "save lost its answer", "crash before save", "crash after save"}},
        {"invoke", {"function error", "timeout after the side effect", "crash before invoke", "crash after invoke"}}};
    const auto& names = kNames.at(what);
    switch (*fault) {
      case Fault::kFail: coverage_.hit(names[0]); break;
      case Fault::kFailAfterEffect: coverage_.hit(names[1]); break;
      case Fault::kCrashBefore: coverage_.hit(names[2]); break;
      case Fault::kCrashAfter: coverage_.hit(names[3]); break;
      case Fault::kThrottle:
      case Fault::kServiceError:
      case Fault::kFunctionMissing:
      case Fault::kMalformedReply:
        if (what == "invoke") coverage_.hit(to_text(*fault));
        break;
    }
    if (is_crash(*fault)) crash_soon();
  }
  return fault;
}

template <class T>
void SimWorld::answer(Duration latency, std::function<void(StorageResult<T>)> done, StorageResult<T> result) {
  time_.schedule(time_.now() + latency, [this, life = life_, done = std::move(done), result = std::move(result)] {
    if (life == life_ && !crashed_) done(result);
  });
}

void SimWorld::list_shards(std::function<void(StorageResult<esm::ShardList>)> done) {
  const auto fault = next_operation("list", "");
  if (fault) return answer<esm::ShardList>(kStorageLatency, std::move(done), disk_trouble());
  std::vector<esm::ListedShard> listed;
  for (const auto& [shard_id, shard] : shards_) {
    const auto checkpoint = checkpoints_.find(shard_id);
    listed.push_back({{shard_id, shard.parent, shard.log},
                      checkpoint == checkpoints_.end() ? std::nullopt : std::optional{checkpoint->second}});
  }
  answer<esm::ShardList>(kStorageLatency, std::move(done), esm::ShardList{std::move(listed)});
}

void SimWorld::read(const std::string& shard_id, Sequence after, const esm::ReadLimits& limits,
                    std::function<void(StorageResult<esm::Page>)> done) {
  const auto fault = next_operation("read", fmt::format("{} after {}", shard_id, after));
  if (fault) return answer<esm::Page>(kStorageLatency, std::move(done), disk_trouble());
  const SimShard& shard = shards_.at(shard_id);
  esm::Page page;
  for (const Sequence sequence : shard.records) {
    if (sequence <= after) continue;
    if (page.records.size() == limits.records) {
      page.more = true;
      coverage_.hit("page cut short");
      break;
    }
    const WrittenRecord& record = records_.at(sequence);
    page.records.push_back({sequence, record.created, fmt::format(R"({{"n":{}}})", sequence)});
  }
  page.at_end = shard.closed && !page.more;
  if (page.at_end) coverage_.hit("closed shard read to its end");
  answer<esm::Page>(kStorageLatency, std::move(done), std::move(page));
}

void SimWorld::save_checkpoint(const std::string& shard_id, const esm::ShardProgress& progress,
                               std::function<void(StorageResult<void>)> done) {
  const auto fault = next_operation("save", fmt::format("{} upto {}", shard_id, progress.done));
  if (has_effect(fault)) {
    check_checkpoint(shards_.at(shard_id), progress);
    checkpoints_[shard_id] = progress;
  }
  answer<void>(kStorageLatency, std::move(done), fault ? StorageResult<void>{disk_trouble()} : StorageResult<void>{});
}

void SimWorld::forget_checkpoint(const std::string& shard_id) {
  violate("the checkpoint of " + shard_id + " was forgotten although the shard is there");
}

bool SimWorld::invoke(lambda::Invocation invocation, lambda::InvocationDone done) {
  std::vector<Sequence> sequences;
  const Json event = Json::parse(*invocation.payload);
  for (const Json& record : event.at("Records")) sequences.push_back(record.at("n").get<Sequence>());
  const std::string shard_id = records_.at(sequences.front()).shard_id;
  const auto fault = next_operation("invoke", fmt::format("{} {}-{}", shard_id, sequences.front(), sequences.back()));

  if (sequences.size() > knobs_.settings.batch_size) violate("a batch is larger than BatchSize");
  if (sequences.size() > 1 && invocation.payload->size() > knobs_.settings.payload_limit) {
    violate("a payload is larger than its limit");
  }
  if (fault == Fault::kFunctionMissing) return false;
  const auto span = std::pair{sequences.front(), sequences.back()};
  if (const auto before = last_batch_.find(shard_id); before != last_batch_.end()) {
    if (before->second == span) coverage_.hit("same batch sent again");
    if (before->second.first == span.first && span.second < before->second.second) coverage_.hit("batch halved");
  }
  last_batch_[shard_id] = span;
  if (!being_invoked_.insert(shard_id).second) violate(shard_id + " is being invoked twice at the same time");

  const Duration latency = std::chrono::milliseconds{5 + random_.below(200)};
  auto finish = [this, life = life_, fault, sequences, shard_id, done] {
    lambda::InvocationResult result;
    result.outcome = Outcome::kFunctionError;
    if (!fault || *fault == Fault::kCrashAfter) {
      result = handle(sequences, shard_id);
    } else if (*fault == Fault::kFailAfterEffect || *fault == Fault::kMalformedReply) {
      result = handle(sequences, shard_id);  // the side effect stays
      for (const Sequence sequence : sequences) {
        if (*fault == Fault::kFailAfterEffect || knobs_.settings.report_item_failures) {
          records_.at(sequence).acknowledged = false;
        }
      }
      if (*fault == Fault::kFailAfterEffect) result = {Outcome::kFunctionError, R"({"errorMessage":"timed out"})"};
      if (*fault == Fault::kMalformedReply && result.outcome == Outcome::kSuccess) result.payload = "not json";
    } else if (*fault == Fault::kThrottle) {
      result.outcome = Outcome::kThrottled;
    } else if (*fault == Fault::kServiceError) {
      result.outcome = Outcome::kServiceError;
    }
    if (result.outcome == Outcome::kFunctionError || result.payload == "not json") {
      for (const Sequence sequence : sequences) ++records_.at(sequence).failures;
    }
    if (life != life_ || crashed_) return;
    being_invoked_.erase(shard_id);
    done(result);
  };
  if (random_.below(3) > 0) {
    time_.schedule(time_.now() + latency, std::move(finish));
    return true;
  }
  WaitingInvocation& waiting = waiting_invocations_[invocation.request_id];
  waiting.begin = time_.schedule(time_.now() + kWaitForARuntime,
                                 [this, id = invocation.request_id, latency, finish = std::move(finish)] {
                                   waiting_invocations_.erase(id);
                                   time_.schedule(time_.now() + latency, finish);
                                 });
  waiting.withdrawn = [this, life = life_, shard_id, done = std::move(done)] {
    if (life != life_ || crashed_) return;
    being_invoked_.erase(shard_id);
    done(lambda::InvocationResult{});
  };
  return true;
}

void SimWorld::withdraw(const std::string& request_id) {
  const auto found = waiting_invocations_.find(request_id);
  if (found == waiting_invocations_.end()) return;
  coverage_.hit("invocation withdrawn");
  time_.cancel(found->second.begin);
  time_.schedule(time_.now(), std::move(found->second.withdrawn));
  waiting_invocations_.erase(found);
}

/// The function under test: has a side effect per record, fails where it was told to.
lambda::InvocationResult SimWorld::handle(const std::vector<Sequence>& sequences, const std::string& shard_id) {
  const std::set<Sequence> batch(sequences.begin(), sequences.end());
  for (auto at = sequences.begin(); at != sequences.end(); ++at) {
    WrittenRecord& record = records_.at(*at);
    if (record.shard_id != shard_id) violate("a batch mixes shards");
    if (at != sequences.begin() && *at <= *std::prev(at)) violate("a batch is out of order");
    check_order(record, batch);
    if (record.failures_left > 0) {
      --record.failures_left;
      if (!knobs_.handler_reports) return {Outcome::kFunctionError, R"({"errorMessage":"bad record"})"};
      coverage_.hit("partial failure reported");
      for (auto rest = at; rest != sequences.end(); ++rest) ++records_.at(*rest).failures;
      for (auto done = sequences.begin(); done != at; ++done) records_.at(*done).acknowledged = true;
      return {Outcome::kSuccess, fmt::format(R"({{"batchItemFailures":[{{"itemIdentifier":"{}"}}]}})",
                                             streams::to_sequence_number(record.sequence))};
    }
    if (record.delivered) {
      coverage_.hit("record delivered again");
      if (faults_.empty() && knobs_.failing_records == 0)
        violate("a record was delivered again although nothing failed");
    }
    record.delivered = true;
  }
  for (const Sequence sequence : sequences) records_.at(sequence).acknowledged = true;
  return {Outcome::kSuccess, "null"};
}

base::TimerService::Id SimWorld::schedule(TimePoint when, std::function<void()> callback) {
  if (when > time_.now() + std::chrono::seconds{30}) coverage_.hit("long wait");
  return time_.schedule(when, std::move(callback));
}

void SimWorld::cancel(base::TimerService::Id timer) { time_.cancel(timer); }
void SimWorld::watch(LogId log) { watched_.insert(log); }
void SimWorld::unwatch(LogId log) { watched_.erase(log); }
void SimWorld::idle_changed(bool idle) { note(idle ? "idle" : "busy"); }

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
