// Of sim_world.hpp: what the driver asks of the world, and what the faults make of it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/sim/sim_world.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::sim {
namespace {

using Json = nlohmann::json;
using lambda::Outcome;

constexpr Duration kStorageLatency = std::chrono::milliseconds{1};
constexpr Duration kBoxTrouble = std::chrono::milliseconds{500};
constexpr Duration kWaitForARuntime = std::chrono::milliseconds{100};

StorageError disk_trouble() { return {StorageErrorKind::kIo, "simulated"}; }

bool is_crash(Fault fault) { return fault == Fault::kCrashBefore || fault == Fault::kCrashAfter; }

/// For operations other than invocations: does it have its effect although it is struck?
bool has_effect(std::optional<Fault> fault) {
  return !fault || *fault == Fault::kFailAfterEffect || *fault == Fault::kCrashAfter;
}

}  // namespace

std::optional<Fault> SimWorld::next_operation(std::string_view what, const std::string& detail) {
  const auto struck = faults_.find(operations_++);
  const auto fault = struck == faults_.end() ? std::nullopt : std::optional{struck->second};
  note(fmt::format("{} {}{}{}", what, detail, fault ? ": " : "", fault ? to_text(*fault) : ""));
  if (fault) {
    static const std::map<std::string_view, std::array<std::string_view, 4>> kNames{
        {"list", {"list failed", "list failed late", "crash before list", "crash after list"}},
        {"read", {"read failed", "read failed late", "crash before read", "crash after read"}},
        {"save", {"save failed", "save lost its answer", "crash before save", "crash after save"}},
        {"change", {"change failed", "change lost its answer", "crash before change", "crash after change"}},
        {"keep", {"kept at a second attempt", "kept late", "crash before a failure is kept", "crash after it"}},
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
      case Fault::kDamage: break;
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
    listed.push_back({{shard_id, shard.parents, shard.log},
                      checkpoint == checkpoints_.end() ? std::nullopt : std::optional{checkpoint->second}});
  }
  answer<esm::ShardList>(kStorageLatency, std::move(done), esm::ShardList{std::move(listed)});
}

void SimWorld::read(const std::string& shard_id, Sequence after, const esm::ReadLimits& limits,
                    std::function<void(StorageResult<esm::Page>)> done) {
  const auto fault = next_operation("read", fmt::format("{} after {}", shard_id, after));
  const SimShard& shard = shards_.at(shard_id);
  const auto first = std::ranges::upper_bound(shard.records, after);
  // What is damaged cannot be filtered, and would be given up although nobody wants it: the counts below would not add
  // up.
  const bool damages = fault == Fault::kDamage && first != shard.records.end() && records_.at(*first).wanted;
  if (damages) {
    coverage_.hit("record damaged");
    records_.at(*first).damaged = true;
  } else if (fault) {
    return answer<esm::Page>(kStorageLatency, std::move(done), disk_trouble());
  }
  esm::Page page;
  for (auto at = first; at != shard.records.end(); ++at) {
    const Sequence sequence = *at;
    if (WrittenRecord& record = records_.at(sequence); record.damaged) {
      if (at == first) {
        ++record.failures;
        StorageError error{StorageErrorKind::kCorrupt, "simulated"};
        error.damaged_through = sequence;
        return answer<esm::Page>(kStorageLatency, std::move(done), std::move(error));
      }
      page.more = true;
      coverage_.hit("page ends before a damaged record");
      break;
    }
    if (page.records.size() == limits.records) {
      page.more = true;
      coverage_.hit("page cut short");
      break;
    }
    const WrittenRecord& record = records_.at(sequence);
    page.records.push_back({sequence, record.created, fmt::format(R"({{"n":{}}})", sequence), partition_of(record)});
  }
  page.at_end = shard.closed && !page.more;
  if (page.at_end) coverage_.hit("closed shard read to its end");
  answer<esm::Page>(kStorageLatency, std::move(done), std::move(page));
}

void SimWorld::save_checkpoint(const std::string& shard_id, const esm::ShardProgress& progress,
                               std::function<void(StorageResult<void>)> done) {
  const auto fault = next_operation("save", fmt::format("{} upto {}", shard_id, progress.done));
  if (!mapping_) {
    coverage_.hit("checkpoint of a deleted mapping");
  } else if (has_effect(fault)) {
    check_checkpoint(shards_.at(shard_id), progress);
    checkpoints_[shard_id] = progress;
  }
  answer<void>(kStorageLatency, std::move(done), fault ? StorageResult<void>{disk_trouble()} : StorageResult<void>{});
}

void SimWorld::forget_checkpoint(const std::string& shard_id) {
  violate("the checkpoint of " + shard_id + " was forgotten although the shard is there");
}

bool SimWorld::invoke(lambda::Invocation invocation, lambda::InvocationDone done) {
  const Batch batch = batch_of(*invocation.payload);
  const std::vector<Sequence>& sequences = batch.sequences;
  const std::string& shard_id = batch.shard_id;
  const auto span =
      sequences.empty() ? std::pair<Sequence, Sequence>{} : std::pair{sequences.front(), sequences.back()};
  const auto fault = next_operation("invoke", fmt::format("{} {}-{}", shard_id, span.first, span.second));
  const std::string lane = sequences.empty() ? shard_id + " lane 0" : lane_of(records_.at(sequences.front()));

  if (told_to_stop_) violate("a batch is sent by a driver that was told to stop");
  if (sequences.size() > running_.settings.batch_size) violate("a batch is larger than BatchSize");
  if (sequences.size() > 1 && invocation.payload->size() > running_.settings.payload_limit) {
    violate("a payload is larger than its limit");
  }
  if (batch.window.has_value() != (running_.settings.tumbling_window > Duration::zero())) {
    violate("an event has a window although the mapping has none, or the reverse");
  }
  if (batch.window) check_window(batch);
  if (fault == Fault::kFunctionMissing) return false;
  if (const auto before = last_batch_.find(lane); before != last_batch_.end()) {
    if (before->second == span) coverage_.hit("same batch sent again");
    if (before->second.first == span.first && span.second < before->second.second) coverage_.hit("batch halved");
  }
  last_batch_[lane] = span;
  for (const Sequence sequence : sequences) {
    if (lane_of(records_.at(sequence)) != lane) violate("a batch mixes lanes");
  }
  const auto is_of_this_shard = [&](const std::string& other) { return other.starts_with(shard_id); };
  if (std::ranges::any_of(being_invoked_, is_of_this_shard)) coverage_.hit("several batches of a shard under way");
  if (!being_invoked_.insert(lane).second) violate(lane + " is being invoked twice at the same time");

  const Duration latency = std::chrono::milliseconds{5 + random_.below(200)};
  auto finish = [this, life = life_, generation = generation_, settings = running_.settings, fault, batch, lane, done] {
    if (generation != generation_) return;  // by a function that a process before had called for an older mapping
    lambda::InvocationResult result;
    result.outcome = Outcome::kFunctionError;
    if (!fault || *fault == Fault::kCrashAfter) {
      result = handle(batch, settings);
    } else if (*fault == Fault::kFailAfterEffect || *fault == Fault::kMalformedReply) {
      result = handle(batch, settings);  // the side effect stays
      const bool answer_counts = settings.report_item_failures || batch.window;
      for (const Sequence sequence : batch.sequences) {
        if (*fault == Fault::kFailAfterEffect || answer_counts) records_.at(sequence).acknowledged = false;
      }
      if (*fault == Fault::kFailAfterEffect) result = {Outcome::kFunctionError, R"({"errorMessage":"timed out"})"};
      if (*fault == Fault::kMalformedReply && result.outcome == Outcome::kSuccess) result.payload = "not json";
    } else if (*fault == Fault::kThrottle) {
      result.outcome = Outcome::kThrottled;
    } else if (*fault == Fault::kServiceError) {
      result.outcome = Outcome::kServiceError;
    }
    const bool failed = result.outcome == Outcome::kFunctionError || result.payload == "not json";
    if (failed) {
      for (const Sequence sequence : batch.sequences) ++records_.at(sequence).failures;
    }
    if (batch.window && batch.window->is_final) {
      // At the end of a window nothing is looked for in the answer but reports.
      if (result.outcome == Outcome::kSuccess && (!failed || !settings.report_item_failures)) {
        end_window(batch);
      } else if (failed) {
        end_of_window_failed(batch);
      }
    }
    if (life != life_ || crashed_) return;
    being_invoked_.erase(lane);
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
  waiting.withdrawn = [this, life = life_, lane, done = std::move(done)] {
    if (life != life_ || crashed_) return;
    being_invoked_.erase(lane);
    done(lambda::InvocationResult{});
  };
  return true;
}

/// It takes its time, and may outlive the process.
void SimWorld::keep_failure(esm::FailureRecord record, std::function<void()> done) {
  const auto fault = next_operation("keep", fmt::format("{} {}-{}", record.shard_id, record.first, record.last));
  // Whoever keeps it tries again until it is written.
  const Duration latency = fault && *fault == Fault::kFail ? kBoxTrouble : kStorageLatency;
  const auto answer_later = [this, latency, life = life_](std::function<void()> answered) {
    time_.schedule(time_.now() + latency, [this, life, answered = std::move(answered)] {
      if (life == life_ && !crashed_) answered();
    });
  };
  if (record.unreadable || record.ends_window) return answer_later(std::move(done));
  const SimShard& shard = shards_.at(record.shard_id);
  std::size_t told = 0;
  std::size_t damaged = 0;
  for (const Sequence sequence : shard.records) {
    if (sequence < record.first || sequence > record.last || !records_.at(sequence).wanted) continue;
    if (lane_of(records_.at(sequence)) != lane_of(records_.at(record.first))) continue;
    ++told;
    if (records_.at(sequence).damaged) ++damaged;
    if (!may_be_given_up(records_.at(sequence))) {
      violate(fmt::format("record {} is kept as given up, which it may not be", sequence));
    }
    if (!fault || *fault != Fault::kCrashBefore) records_.at(sequence).told = true;
  }
  // A record that was damaged before it was read is in nobody's batch, one that was damaged later is.
  if (record.batch_size > told || record.batch_size < told - damaged)
    violate("another number of records is kept as given up than there are");
  answer_later(std::move(done));
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
lambda::InvocationResult SimWorld::handle(const Batch& batch, const esm::PollerSettings& settings) {
  const std::vector<Sequence>& sequences = batch.sequences;
  const std::set<Sequence> members(sequences.begin(), sequences.end());
  for (std::size_t at = 0; at < sequences.size(); ++at) {
    WrittenRecord& record = records_.at(sequences[at]);
    if (record.shard_id != batch.shard_id) violate("a batch mixes shards");
    if (at > 0 && sequences[at] <= sequences[at - 1]) violate("a batch is out of order");
    check_order(record, members);
    if (record.failures_left > 0) {
      --record.failures_left;
      if (!knobs_.handler_reports || !settings.report_item_failures)
        return {Outcome::kFunctionError, R"({"errorMessage":"bad record"})"};
      coverage_.hit("partial failure reported");
      for (std::size_t rest = at; rest < sequences.size(); ++rest) ++records_.at(sequences[rest]).failures;
      return answer_to(batch, at);
    }
    if (record.delivered) {
      coverage_.hit("record delivered again");
      // A driver that stops may have lanes whose records lie behind one that it takes back.
      if (faults_.empty() && knobs_.failing_records == 0 && settings.lanes == 1)
        violate("a record was delivered again although nothing failed");
    }
    record.delivered = true;
  }
  return answer_to(batch, sequences.size());
}

lambda::InvocationResult SimWorld::answer_to(const Batch& batch, std::size_t handled) {
  Json answer;
  for (std::size_t at = 0; at < handled; ++at) records_.at(batch.sequences[at]).acknowledged = true;
  if (handled < batch.sequences.size()) {
    answer["batchItemFailures"] = {{{"itemIdentifier", streams::to_sequence_number(batch.sequences[handled])}}};
  }
  if (batch.window) {
    std::set<Sequence> seen = batch.window->seen;
    seen.insert(batch.sequences.begin(), batch.sequences.begin() + static_cast<std::ptrdiff_t>(handled));
    answer["state"] = {{"seen", seen}};
  }
  return {Outcome::kSuccess, answer.dump()};
}

std::string SimWorld::lane_of(const WrittenRecord& record) const {
  return fmt::format("{} lane {}", record.shard_id, partition_of(record) % running_.settings.lanes);
}

/// The keys of a shard are spread over all of its lanes.
std::uint64_t SimWorld::partition_of(const WrittenRecord& record) const { return record.key / knobs_.lineages; }

time::TimerId SimWorld::schedule(TimePoint when, std::function<void()> callback) {
  if (when > time_.now() + std::chrono::seconds{30}) coverage_.hit("long wait");
  return time_.schedule(when, std::move(callback));
}

void SimWorld::cancel(time::TimerId timer) { time_.cancel(timer); }
void SimWorld::watch(LogId log) { watched_.insert(log); }
void SimWorld::unwatch(LogId log) { watched_.erase(log); }
void SimWorld::activity_changed(esm::Activity activity) {
  switch (activity) {
    case esm::Activity::kBusy: return note("busy");
    case esm::Activity::kWaiting: return note("waiting");
    case esm::Activity::kIdle: return note("idle");
  }
}

}  // namespace millrace::sim
