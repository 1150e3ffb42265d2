// Drives all shards of one mapping: starts a poller per shard, parents before children, performs its actions through
// MappingPorts and feeds it what they led to. Synchronous and single-threaded: it knows neither Asio nor storage.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/esm/control/mapping.hpp"
#include "harness/esm/driver/mapping_ports.hpp"
#include "harness/esm/driver/mapping_report.hpp"
#include "harness/esm/driver/shard_run.hpp"
#include "server/base/clock.hpp"
#include "server/base/random.hpp"

namespace millrace::esm {

class MappingDriver : public std::enable_shared_from_this<MappingDriver> {
 public:
  /// All references outlive the driver. `settings` are those of every shard's poller; `statistics` is counted up and
  /// outlives a driver that is replaced after an update.
  MappingDriver(const MappingDefinition& definition, PollerSettings settings, MappingPorts& ports, const Clock& clock,
                Random& random, std::shared_ptr<MappingStatistics> statistics);

  /// Lists the shards and begins to poll. Once.
  void start();

  /// A commit has touched `log`.
  void wake(LogId log);

  /// The stream may have other shards than before: look, and let every shard that waits read again.
  void refresh();

  /// Ends the back-off waits of failed invocations at once: the function has changed.
  void retry_now();

  /// Ends every poller and takes back invocations that nobody runs yet; `stopped` is called when nothing is under way
  /// any more, perhaps from within stop(). Once.
  void stop(std::function<void()> stopped);

  [[nodiscard]] bool idle() const { return activity_ == Activity::kIdle; }

  /// One entry, with its reason, for every shard that is not caught up; one without a shard when the stream is gone or
  /// cannot be listed. `pending_records` is left 0: who has storage at hand counts them.
  [[nodiscard]] std::vector<StuckShard> stuck() const;
  /// Of all shards.
  [[nodiscard]] std::vector<ShardReport> progress() const;

 private:
  using Phase = ShardRun::Phase;
  using State = ShardRun::State;
  using Part = ShardRun::Part;
  using LaneRun = ShardRun::LaneRun;

  void list();
  void listed(const StorageResult<ShardList>& answer);
  void adopt(const std::vector<ListedShard>& shards);
  void start_ready_shards();
  /// A parent of the shard that is not read to its end, or null.
  [[nodiscard]] const std::string* unfinished_parent(const ShardRun& run) const;

  /// Tells the poller at once, or, from within perform(), when the actions before it have been performed.
  void feed(ShardRun& run, Event event, std::optional<Attempt> attempt = {});
  void process(ShardRun& run, ShardRun::Told told);
  void perform(ShardRun& run, const Action& action);
  void perform(ShardRun& run, LaneId lane, const ReadRecords& action);
  void perform(ShardRun& run, LaneId lane, const Invoke& action);
  void perform(ShardRun& run, LaneId lane, const Checkpoint& action);
  void perform(ShardRun& run, LaneId lane, const Discard& action);
  void perform(ShardRun& run, LaneId lane, const WaitForRecords& action);
  void perform(ShardRun& run, LaneId lane, const SleepUntil& action);
  void perform(ShardRun& run, LaneId lane, const Finished& action);
  void perform(ShardRun& run, LaneId lane, const Stopped& action);

  void answered(ShardRun& run, LaneId lane, const Invoke& sent, const lambda::InvocationResult& result);
  /// Counts, keeps and logs what has come of an attempt, and what follows it.
  void account(ShardRun& run, LaneId lane, const Attempt& attempt, const Actions& next);
  void count_attempt(LaneRun& lane, const Attempt& attempt, bool delivered_all);
  void count_discard(const ShardRun& run, const Discard& discard);
  void log_attempt(const ShardRun& run, LaneRun& lane, const Invoke& sent, const std::string& next);
  void keep_failure(ShardRun& run, LaneId lane, const Discard& discard);
  /// Of a read or a checkpoint that failed.
  void tell_storage_trouble(const ShardRun& run, const Part& part);
  void wake_when_free(ShardRun& run);
  void set_timer(ShardRun& run, LaneId lane, TimePoint when);
  void end_step(Part& part);
  /// The run that `step` of `shard_id` still belongs to, or null when the answer is stale.
  ShardRun* current(const std::string& shard_id, LaneId lane, std::uint64_t step);
  void update_activity();
  void finish_stop_when_done();
  [[nodiscard]] std::string reason_of(const ShardRun& run, const LaneRun* lane) const;
  [[nodiscard]] std::string reason_of(const LaneRun& lane) const;

  const std::string uuid_;
  const std::string function_name_;
  const std::string function_arn_;
  const std::string stream_arn_;
  const bool has_destination_;
  const PollerSettings settings_;
  MappingPorts& ports_;
  const Clock& clock_;
  Random& random_;
  std::shared_ptr<MappingStatistics> statistics_;

  std::map<std::string, ShardRun, std::less<>> shards_;
  bool stream_exists_{true};
  bool listing_{false};
  bool list_again_{false};
  std::uint32_t list_failures_{0};
  time::TimerId list_timer_{0};
  std::string list_trouble_{"its shards have not been listed yet"};
  Activity activity_{Activity::kBusy};
  std::function<void()> stopped_;  // set while stopping
  bool stopping_{false};
};

}  // namespace millrace::esm
