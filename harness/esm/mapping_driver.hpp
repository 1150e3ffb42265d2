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

#include "harness/esm/mapping.hpp"
#include "harness/esm/mapping_ports.hpp"
#include "harness/esm/mapping_report.hpp"
#include "harness/esm/shard_poller.hpp"
#include "harness/esm/statistics_board.hpp"
#include "server/base/clock.hpp"
#include "server/base/random.hpp"

namespace millrace::esm {

class MappingDriver : public std::enable_shared_from_this<MappingDriver> {
 public:
  /// All references outlive the driver. `settings` are those of every shard's poller; `statistics` is counted up and
  /// outlives a driver that is replaced after an update.
  MappingDriver(const MappingDefinition& definition, PollerSettings settings, MappingPorts& ports, const Clock& clock,
                Random& random, std::shared_ptr<StatisticsBoard> statistics);

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

 private:
  enum class Phase : std::uint8_t {
    kWaitingForParent,
    kReading,
    kInvoking,
    kSaving,
    kSleeping,
    kWaitingForRecords,
    kFinished,
    kStopped
  };

  struct ShardRun {
    SourceShard shard;
    ShardPoller poller;
    ShardProgress progress;  ///< what the next checkpoint will say
    Phase phase{Phase::kWaitingForParent};
    bool woken{false};      ///< a commit came while the poller was busy, after its last read had begun
    std::uint64_t step{0};  ///< counts events; an answer to an older step is stale
    time::TimerId timer{0};
    std::optional<TimePoint> until{};  ///< what the timer waits for
    std::string request_id{};          ///< of the invocation under way, or the last
    bool withdrawn{false};             ///< the driver has asked for that invocation back
    bool retrying{false};              ///< the sleep is a back-off after an invocation
    std::string trouble{};             ///< what is wrong with the function, a clause; empty when nothing is
    std::string storage_trouble{};     ///< why the last read or checkpoint failed, a clause; empty when it did not
    std::uint32_t failed_attempts{0};  ///< in a row, of batches that nobody gave up
    std::string last_error{};          ///< what the function answered when it last failed
  };

  void list();
  void listed(const StorageResult<ShardList>& answer);
  void adopt(const std::vector<ListedShard>& shards);
  void start_ready_shards();
  [[nodiscard]] bool parent_is_done(const ShardRun& run) const;

  void feed(ShardRun& run, Event event);
  Action advance(ShardRun& run, Event event);
  void perform(ShardRun& run, const Action& action);
  void perform(ShardRun& run, const ReadRecords& action);
  void perform(ShardRun& run, const Invoke& action);
  void perform(ShardRun& run, const Checkpoint& action);
  void perform(ShardRun& run, const Discard& action);
  void perform(ShardRun& run, const WaitForRecords& action);
  void perform(ShardRun& run, const SleepUntil& action);
  void perform(ShardRun& run, const KeepGoing& action);
  void perform(ShardRun& run, const Finished& action);
  void perform(ShardRun& run, const Stopped& action);

  void answered(ShardRun& run, const Invoke& sent, const lambda::InvocationResult& result);
  void invoked(ShardRun& run, const Invoke& sent, const lambda::InvocationResult& result, const BatchVerdict& verdict,
               bool function_exists);
  void log_attempt(ShardRun& run, const Invoke& sent, const Action& next);
  /// Of a read or a checkpoint that failed.
  void tell_storage_trouble(const ShardRun& run);
  void account(ShardRun& run, const lambda::InvocationResult& result, bool function_exists, bool delivered_all);
  void wake_when_free(ShardRun& run);
  void set_timer(ShardRun& run, TimePoint when);
  void clear_timer(ShardRun& run);
  /// The run that `step` of `shard_id` still belongs to, or null when the answer is stale.
  ShardRun* current(const std::string& shard_id, std::uint64_t step);
  void update_activity();
  void finish_stop_when_done();
  [[nodiscard]] static std::string cause_of(const ShardRun& run);
  [[nodiscard]] std::string reason_of(const ShardRun& run) const;

  const std::string uuid_;
  const std::string function_name_;
  const std::string function_arn_;
  const std::string stream_arn_;
  const PollerSettings settings_;
  MappingPorts& ports_;
  const Clock& clock_;
  Random& random_;
  std::shared_ptr<StatisticsBoard> statistics_;

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
