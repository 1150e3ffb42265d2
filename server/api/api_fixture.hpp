// The whole API in one object, with no server: ephemeral storage, virtual time, seeded chance. For unit tests, the
// conformance runner and benchmarks; not part of the product.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/operation.hpp"
#include "server/backups/backups.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/jobs/expiry_sweep.hpp"
#include "server/jobs/history_sweep.hpp"
#include "server/jobs/index_backfill.hpp"
#include "server/jobs/reclaim_job.hpp"
#include "server/jobs/replication_job.hpp"
#include "server/jobs/restore_job.hpp"
#include "server/jobs/settling_job.hpp"
#include "server/jobs/shard_rollover.hpp"
#include "server/partiql/syntax/statement_cache.hpp"
#include "server/storage/group_commit.hpp"
#include "server/storage/storage.hpp"
#include "server/streams/stream_catalog.hpp"
#include "server/streams/stream_writer.hpp"
#include "server/time/virtual_time.hpp"
#include "server/transfers/buckets_in_memory.hpp"

namespace millrace::api {

/// Where the data of a fixture are, and what befalls them.
struct FixtureStorage {
  std::optional<std::filesystem::path> file{};  ///< absent: ephemeral
  Faults faults{};                              ///< those of storage (SqliteOptions)
};

class ApiFixture {
 public:
  explicit ApiFixture(ServiceOptions options = {}, std::uint64_t seed = 1, FixtureStorage storage = {});
  ApiFixture(const ApiFixture&) = delete;
  ApiFixture& operator=(const ApiFixture&) = delete;
  ~ApiFixture();

  struct Answer {
    int status{200};
    std::string body;
    bool wants_aside{false};           ///< nothing was done: the request is not one for an I/O thread
    bool waits_for_checkpoint{false};  ///< nothing was done: writes are held

    /// The body as a tree; throws when it is not JSON.
    [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
    /// `ValidationException: text` of an error; empty for a success.
    [[nodiscard]] std::string error() const;
  };

  /// Calls an operation as the HTTP shell would: `target` is `PutItem`, or a whole X-Amz-Target such as
  /// `DynamoDBStreams_20120810.GetRecords`. What it wrote is committed before the call returns.
  Answer call(std::string_view target, std::string_view body, Lane lane = Lane::kAside);
  /// The same without the commit: what comes next shares its group, as requests do that arrive together. What the
  /// answer says is true once commit() has succeeded.
  Answer call_in_group(std::string_view target, std::string_view body, Lane lane = Lane::kAside);
  /// Commits what has been written. Returns false when it was lost, with everything that was kept in memory of it.
  bool commit();
  /// Loses what has been written since the last commit, as when somebody who shares the group is broken off.
  void lose_group();

  /// Who the next calls come from.
  model::Caller caller{};

  /// One step of the jobs, committed, as the engine does it between requests; false when there was nothing to do. A
  /// step that is lost to a fault is done again by the next call.
  bool run_job_step();
  /// The same without the commit, as for call_in_group().
  bool run_job_step_in_group();
  /// All of them.
  void run_jobs() {
    while (run_job_step()) continue;
  }

  /// Carries out the transfers that are not over, with these buckets; each in runs of `most_steps` steps, after which
  /// it goes on as after a restart.
  void run_transfers(transfers::BucketsInMemory& buckets, std::size_t most_steps = SIZE_MAX);

  /// What the emulator does every now and then: has the history sweep look at what is old by now.
  void begin_history_sweep() { history_sweep_.begin(time_.now()); }

  /// Forgets what is in memory and reads it from storage again, as after a restart.
  void reload();

  [[nodiscard]] time::VirtualTime& time() { return time_; }
  [[nodiscard]] Services& services() { return services_; }
  [[nodiscard]] storage::Storage& storage() { return *storage_; }
  [[nodiscard]] storage::GroupCommit& gate() { return gate_; }

 private:
  /// False when there was nothing to do.
  StorageResult<bool> step_of_a_job();

  time::VirtualTime time_;
  Random random_;
  std::unique_ptr<storage::Storage> storage_;
  storage::GroupCommit gate_;
  streams::StreamCatalog streams_;
  streams::StreamWriter stream_writer_;
  catalog::TableCatalog tables_;
  jobs::IndexBackfill backfill_{*storage_, tables_};
  jobs::ReclaimJob reclaim_{*storage_};
  expression::ExpressionCache expressions_;
  partiql::StatementCache statements_;
  plan::Transactions transactions_{*storage_};
  plan::EarliestExpiry earliest_expiry_;
  vectors::VectorCache vectors_;
  plan::Replicating replicating_{tables_};
  backups::Backups backups_{*storage_, tables_};
  plan::Contributors contributors_;
  plan::ThroughputLimits throughput_limits_{time_};
  jobs::ReplicationJob replication_{{*storage_, tables_, streams_, stream_writer_, time_, earliest_expiry_,
                                     backups_.time_marks, vectors_, replicating_}};
  jobs::ExpirySweep expiry_sweep_{
      {*storage_, tables_, stream_writer_, time_, earliest_expiry_, backups_.time_marks, vectors_, replicating_},
      Duration::zero()};
  jobs::RestoreJob restore_{{*storage_, tables_, backups_.row_keeping, time_}};
  jobs::SettlingJob settling_{{*storage_, tables_, backups_.row_keeping, vectors_}, time_};
  jobs::HistorySweep history_sweep_{{tables_, backups_.catalog, backups_.row_keeping, backups_.time_marks}};
  jobs::ShardRollover rollover_{gate_, streams_, time_, std::chrono::hours{4}};
  transfers::Transfers transfers_{{*storage_, tables_, stream_writer_, expressions_, transactions_, earliest_expiry_,
                                   replicating_, backups_, vectors_, contributors_, time_}};
  Services services_;
  json::Parser body_parser_;
  json::Parser stored_parser_;
};

}  // namespace millrace::api
