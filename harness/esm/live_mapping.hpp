// One mapping at work in the real world: its driver, and the ports through which the driver reaches
// storage, functions and timers. Part of live_mappings.hpp; nobody else needs it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/esm/activity_board.hpp"
#include "harness/esm/control/mapping_registry.hpp"
#include "harness/esm/dead_letter_office.hpp"
#include "harness/esm/driver/mapping_driver.hpp"
#include "harness/esm/driver/mapping_life.hpp"
#include "harness/esm/driver/mapping_ports.hpp"
#include "harness/esm/driver/mapping_report.hpp"
#include "harness/esm/log_watchers.hpp"
#include "harness/lambda/invocation/invoker_directory.hpp"
#include "server/base/faults.hpp"
#include "server/engine/engine.hpp"

namespace millrace::esm {

/// What all live mappings share. All references outlive their work.
struct LiveMappingServices {
  engine::Engine& engine;
  MappingRegistry& registry;
  StreamSource& streams;
  lambda::InvokerDirectory& functions;
  Random& random;
  LiveMappingOptions options;
  Faults faults;
  ActivityBoard& activity;
  LogWatchers& watchers;
  DeadLetterOffice& office;
  /// Called when a mapping is deleted and nothing of it is under way any more.
  std::function<void(const std::string& uuid)> gone;
};

class LiveMapping final : public MappingPorts, public std::enable_shared_from_this<LiveMapping> {
 public:
  LiveMapping(LiveMappingServices& services, std::string uuid) : services_{services}, uuid_{std::move(uuid)} {}

  [[nodiscard]] const std::string& uuid() const { return uuid_; }
  [[nodiscard]] const MappingStatistics& statistics() const { return *statistics_; }

  /// Calls `work` with this mapping, later, on the I/O thread. Any thread.
  template <class Work>
  void post(Work work) {
    boost::asio::post(services_.engine.io(),
                      [self = shared_from_this(), work = std::move(work)]() mutable { work(*self); });
  }

  /// Passes a commit on to the driver; commits that come faster than the driver looks are passed on together.
  void wake_soon(LogId log);
  /// Lets the driver look for new shards and read every shard again.
  void refresh_soon();

  // --- From post() ---

  /// Brings the mapping to what the registry says now, ends its transition, then calls `heard`; after a moment's
  /// patience it calls `heard` while an invocation is still under way.
  void reconcile(std::function<void()> heard);
  /// Calls `stopped` when what runs has ended; nothing begins any more.
  void stop(std::function<void()> stopped);
  void retry_now(const lambda::FunctionKey& function);
  [[nodiscard]] bool idle() const;
  [[nodiscard]] std::vector<StuckShard> stuck() const;
  [[nodiscard]] std::vector<ShardReport> progress() const;

  // --- MappingPorts ---
  void list_shards(std::function<void(StorageResult<ShardList>)> done) override;
  void read(const std::string& shard_id, Sequence after, const ReadLimits& limits,
            std::function<void(StorageResult<Page>)> done) override;
  void save_checkpoint(const std::string& shard_id, const ShardProgress& progress,
                       std::function<void(StorageResult<void>)> done) override;
  void forget_checkpoint(const std::string& shard_id) override;
  bool invoke(lambda::Invocation invocation, lambda::InvocationDone done) override;
  void read_answer(std::shared_ptr<const std::string> answer, std::function<void(BatchAnswer)> done) override;
  void keep_failure(FailureRecord record, std::function<void()> done) override;
  void withdraw(const std::string& request_id) override;
  [[nodiscard]] std::optional<std::string> function_waits_for() const override;
  time::TimerId schedule(TimePoint when, std::function<void()> callback) override;
  void cancel(time::TimerId timer) override;
  void watch(LogId log) override;
  void unwatch(LogId log) override;
  void activity_changed(Activity activity) override;

 private:
  /// Does `work` inside the gate and hands its result to `done` when everything it saw or wrote is committed.
  template <class T, storage::Access kAccess = storage::Access::kRead, class Work>
  void with_storage(std::function<void(StorageResult<T>)> done, Work work);
  template <class T>
  static boost::asio::awaitable<void> deliver(std::shared_ptr<LiveMapping> self, storage::Ticket ticket,
                                              StorageResult<T> result, std::function<void(StorageResult<T>)> done);
  static boost::asio::awaitable<void> read_aside(std::shared_ptr<LiveMapping> self,
                                                 std::shared_ptr<const std::string> answer,
                                                 std::function<void(BatchAnswer)> done);
  storage::Storage& storage() { return services_.engine.gate().storage(); }
  StorageResult<ShardList> read_shards(const std::string& stream_arn);
  /// Empty when there is none. Within a gate entry.
  StorageResult<std::optional<ShardProgress>> read_checkpoint(std::string_view shard_id);

  /// Begins the counters where the checkpoints say that the process before has ended them. Once, in the gate.
  void restore_statistics(const std::string& stream_arn);

  void perform(const LifeActions& actions);
  void perform(LifeAction action);
  /// Ends the mapping's transition and keeps in `wanted_` what the registry says of it.
  MappingLife::Wanted settle();
  void start_driver();
  void begin_patience();
  void tell_heard();

  LiveMappingServices& services_;
  const std::string uuid_;
  const std::shared_ptr<MappingStatistics> statistics_{std::make_shared<MappingStatistics>()};

  std::vector<LogId> woken_logs_;
  bool wake_posted_{false};
  bool statistics_restored_{false};
  MappingLife life_;
  std::optional<MappingDefinition> wanted_;   // empty when the mapping is deleted
  Partitions partitions_{Partitions::kNone};  // what the driver's lanes need to know of records
  std::shared_ptr<MappingDriver> driver_;
  std::vector<std::function<void()>> heard_;
  std::vector<std::function<void()>> stopped_;
  time::TimerId patience_{0};  // 0: the timer does not run
};

}  // namespace millrace::esm
