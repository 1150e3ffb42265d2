// What a mapping's driver asks of the world. Two worlds implement it: live_mapping.cpp (Asio, storage, real functions)
// and harness/sim (virtual time, faults).
//
// Every `done` and every timer callback is called exactly once, later, never from within the call that took it, and on
// the driver's thread; a world that ends may drop them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/esm/control/mapping.hpp"
#include "harness/esm/delivery/batch_response.hpp"
#include "harness/esm/delivery/failure_record.hpp"
#include "harness/esm/driver/activity.hpp"
#include "harness/esm/source/stream_source.hpp"
#include "harness/lambda/invocation/invoker.hpp"
#include "server/time/emulated_time.hpp"

namespace millrace::esm {

/// A shard and how far this mapping has come in it.
struct ListedShard {
  SourceShard shard;
  std::optional<ShardProgress> checkpoint;
};

/// Empty when there is no such stream (any more).
using ShardList = std::optional<std::vector<ListedShard>>;

class MappingPorts {
 public:
  MappingPorts() = default;
  MappingPorts(const MappingPorts&) = delete;
  MappingPorts& operator=(const MappingPorts&) = delete;
  virtual ~MappingPorts() = default;

  /// All shards of the mapping's stream, with its checkpoints.
  virtual void list_shards(std::function<void(StorageResult<ShardList>)> done) = 0;

  /// StreamSource::read(); done when what was read is committed.
  virtual void read(const std::string& shard_id, Sequence after, const ReadLimits& limits,
                    std::function<void(StorageResult<Page>)> done) = 0;

  /// Done when the checkpoint will survive a crash. An error leaves open whether it will.
  virtual void save_checkpoint(const std::string& shard_id, const ShardProgress& progress,
                               std::function<void(StorageResult<void>)> done) = 0;

  /// Drops the checkpoint of a shard that has left the stream. May fail silently: it is only tidying.
  virtual void forget_checkpoint(const std::string& shard_id) = 0;

  /// Calls the mapping's function. Returns false, and never calls `done`, when there is no such function.
  virtual bool invoke(lambda::Invocation invocation, lambda::InvocationDone done) = 0;

  /// read_batch_response(), without keeping anybody waiting: `done` is called at once for a short answer, and later for
  /// a long one.
  virtual void read_answer(std::shared_ptr<const std::string> answer, std::function<void(BatchAnswer)> done) = 0;

  /// Keeps records that are given up, for people and for the mapping's destination: no checkpoint passes them before.
  /// `done` is called when they will survive a crash; a world that cannot write tries again until it can. Whether the
  /// destination takes them is nothing that the shard waits for.
  virtual void keep_failure(FailureRecord record, std::function<void()> done) = 0;

  /// Takes back an invocation that nobody has begun to run (lambda::Invoker::withdraw()); its `done` is called as
  /// always.
  virtual void withdraw(const std::string& request_id) = 0;

  /// What has to happen from outside before the function can run (lambda::Invoker::waits_for()).
  [[nodiscard]] virtual std::optional<std::string> function_waits_for() const = 0;

  /// On emulated time.
  virtual time::TimerId schedule(TimePoint when, std::function<void()> callback) = 0;
  virtual void cancel(time::TimerId timer) = 0;

  /// From now on (until unwatch) MappingDriver::wake() is called after each commit that touched this log.
  virtual void watch(LogId log) = 0;
  virtual void unwatch(LogId log) = 0;

  /// The driver, busy at first, does something else now.
  virtual void activity_changed(Activity activity) = 0;
};

}  // namespace millrace::esm
