// A whole world for one mapping, in virtual time: a stream that is written to and whose shards roll over, split and
// merge, a handler, checkpoints that survive crashes, and faults. It drives the real MappingLife and MappingDriver and
// checks, at every step, what must hold.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/esm/driver/mapping_driver.hpp"
#include "harness/esm/driver/mapping_life.hpp"
#include "harness/esm/driver/mapping_ports.hpp"
#include "harness/esm/driver/mapping_report.hpp"
#include "harness/sim/sim_plan.hpp"
#include "server/base/random.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::sim {

using esm::LogId;
using esm::Sequence;

/// What the event of a tumbling window says beside its records.
struct SimWindow {
  std::string start;
  std::set<Sequence> seen;  ///< its state: the records that the function has counted
  bool is_final{false};
  bool ends_early{false};
};

class SimWorld final : public esm::MappingPorts {
 public:
  /// `coverage` outlives the world.
  SimWorld(const Knobs& knobs, FaultsByOperation faults, Coverage& coverage);
  ~SimWorld() override;

  /// Runs until nothing is left to happen. Once.
  void run();

  /// Everything that went wrong, a sentence each; empty is what a test wants.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  /// What happened, a line each: the same for the same knobs and faults.
  [[nodiscard]] const std::vector<std::string>& trace() const { return trace_; }
  /// How many operations the run had: what a sweep strikes one by one.
  [[nodiscard]] std::uint64_t operations() const { return operations_; }

  // --- esm::MappingPorts ---
  void list_shards(std::function<void(StorageResult<esm::ShardList>)> done) override;
  void read(const std::string& shard_id, Sequence after, const esm::ReadLimits& limits,
            std::function<void(StorageResult<esm::Page>)> done) override;
  void save_checkpoint(const std::string& shard_id, const esm::ShardProgress& progress,
                       std::function<void(StorageResult<void>)> done) override;
  void forget_checkpoint(const std::string& shard_id) override;
  bool invoke(lambda::Invocation invocation, lambda::InvocationDone done) override;
  void read_answer(std::shared_ptr<const std::string> answer, std::function<void(esm::BatchAnswer)> done) override {
    done(esm::read_batch_response(*answer));
  }
  void keep_failure(esm::FailureRecord record, std::function<void()> done) override;
  void withdraw(const std::string& request_id) override;
  [[nodiscard]] std::optional<std::string> function_waits_for() const override { return std::nullopt; }
  time::TimerId schedule(TimePoint when, std::function<void()> callback) override;
  void cancel(time::TimerId timer) override;
  void watch(LogId log) override;
  void unwatch(LogId log) override;
  void activity_changed(esm::Activity activity) override;

 private:
  struct WrittenRecord {
    Sequence sequence{0};
    std::size_t key{0};
    TimePoint created{};
    std::string shard_id;
    std::uint32_t failures_left{0};  ///< how often the handler will still fail at it
    /// Invocations with it that failed, or were partly failed, and reads that could not get past it, so far.
    std::uint32_t failures{0};
    bool damaged{false};       ///< it cannot be read from storage any more
    bool wanted{true};         ///< the filter lets it through
    bool expected{true};       ///< false: unwanted, or written before a mapping with LATEST was made
    bool delivered{false};     ///< the handler has seen it and had its side effect
    bool acknowledged{false};  ///< a success was answered for it
    bool told{false};          ///< it is kept as given up
  };
  struct SimShard {
    std::string shard_id;
    std::vector<std::string> parents;
    LogId log{0};
    bool closed{false};
    std::vector<Sequence> records;
  };

  /// What the documents say of the mapping.
  struct Definition {
    std::uint64_t version{0};
    esm::PollerSettings settings{};
    bool enabled{true};
  };

  // The script of the run.
  void plan_writes();
  void plan_life();
  TimePoint some_time_of_the_script();
  void write(std::size_t key);
  [[nodiscard]] std::size_t slot_of(std::size_t key) const;
  /// The slots of the shard that is open for `slot`, which are neighbours.
  struct Slots {
    std::size_t first{0};
    std::size_t end{0};
  };
  [[nodiscard]] Slots slots_of_shard_at(std::size_t slot) const;
  void roll_over(std::size_t slot);
  void split(std::size_t slot);
  void merge(std::size_t slot);
  /// Closes the shards of these slots, and opens a child of them for each of `children`.
  void reshard(const std::string& what, Slots parents, const std::vector<Slots>& children);
  std::string open_shard(std::vector<std::string> parents, Slots slots);
  void announce(LogId log);

  // The process.
  void start_process();
  void crash_soon();
  /// SIGTERM.
  void end_process();
  void ended();

  // The life of the mapping: requests, which somebody repeats until they succeed, and what follows from them.
  void request(const std::string& what, std::function<void()> effect);
  void request_pause(Duration length);
  void request_creation();
  void create();
  void erase();
  void heed_change();
  void perform(const esm::LifeActions& actions);
  void perform(esm::LifeAction action);
  void start_driver();
  void check_life_at_end();

  // Operations.
  std::optional<Fault> next_operation(std::string_view what, const std::string& detail);
  template <class T>
  void answer(Duration latency, std::function<void(StorageResult<T>)> done, StorageResult<T> result);
  /// What the function is sent.
  struct Batch {
    std::vector<Sequence> sequences;  ///< empty at the end of a tumbling window
    std::string shard_id;
    std::optional<SimWindow> window;
  };
  Batch batch_of(const std::string& event) const;
  lambda::InvocationResult handle(const Batch& batch, const esm::PollerSettings& settings);
  /// What the function answers that has dealt with the first `handled` records of the batch and reports the others.
  lambda::InvocationResult answer_to(const Batch& batch, std::size_t handled);

  /// Shard and lane of a record, as one text.
  [[nodiscard]] std::string lane_of(const WrittenRecord& record) const;
  [[nodiscard]] std::uint64_t partition_of(const WrittenRecord& record) const;

  // What must hold.
  void check_order(const WrittenRecord& record, const std::set<Sequence>& batch);
  void check_checkpoint(const SimShard& shard, const esm::ShardProgress& progress);
  void check_window(const Batch& batch);
  void check_window_kept(const SimShard& shard, const esm::ShardProgress& progress);
  void end_window(const Batch& batch);
  void end_of_window_failed(const Batch& batch);
  void check_windows_at_end();
  void check_end();
  [[nodiscard]] bool may_be_given_up(const WrittenRecord& record) const;
  void violate(std::string sentence);
  void note(std::string line);

  const Knobs knobs_;
  const FaultsByOperation faults_;
  Coverage& coverage_;

  time::VirtualTime time_;
  Random random_;
  std::vector<std::string> trace_;
  std::vector<std::string> violations_;
  std::uint64_t operations_{0};

  // Durable.
  std::map<std::string, SimShard> shards_;
  std::vector<std::string> open_shards_;  // by slot, which is what a hash is to a stream
  std::map<Sequence, WrittenRecord> records_;
  std::map<std::string, esm::ShardProgress> checkpoints_;
  Sequence last_sequence_{0};
  LogId last_log_{0};
  std::optional<Definition> mapping_;  // empty before it is made and after it is deleted
  std::uint64_t generation_{0};        // counts mappings: what a function did for an older one is no concern of this
  std::optional<std::uint32_t> fewest_retries_;  // that any definition of this mapping has allowed
  std::uint64_t versions_{0};

  // Of the process; lost in a crash.
  std::optional<esm::MappingLife> mapping_life_;  // while there is a mapping, and until what runs of it has ended
  Definition running_;                            // what the driver works by, or worked by last
  bool told_to_stop_{false};                      // the driver
  std::size_t unheard_{0};                        // changes whose requests have not been answered
  std::shared_ptr<esm::MappingDriver> driver_;
  time::TimerId patience_{0};
  bool process_runs_{false};
  bool ending_{false};  // the process has been told to end
  std::set<LogId> watched_;
  std::uint64_t life_{0};                // counts processes: what an older one had scheduled is void
  std::set<std::string> being_invoked_;  // lanes
  struct WaitingInvocation {
    time::TimerId begin{0};
    std::function<void()> withdrawn;
  };
  std::map<std::string, WaitingInvocation> waiting_invocations_;     // by request id: no runtime has begun them
  std::map<std::string, std::pair<Sequence, Sequence>> last_batch_;  // by lane
  bool crashed_{false};
  bool ever_crashed_{false};

  // Of tumbling windows, by shard: records whose window has come to its end with them, and ends that may be given up.
  std::map<std::string, std::set<Sequence>> ended_;
  std::map<std::string, std::uint32_t> failed_ends_;  // by shard and start
  std::set<std::string> given_up_ends_;               // likewise
  std::shared_ptr<esm::MappingStatistics> statistics_{std::make_shared<esm::MappingStatistics>()};
};

}  // namespace millrace::sim
