// Work that is too long for one entry into the gate (dropping a large table, filling an index): a job does it in steps
// of bounded size, one entry each, and what it has still to do lies in the database, so that it goes on after a
// restart. server/engine drives jobs between the requests; a test calls step() itself. The jobs stand in server/jobs.
#pragma once

#include <optional>

#include "server/base/clock.hpp"
#include "server/storage/budget.hpp"
#include "server/storage/storage.hpp"

namespace millrace::storage {

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// Whether step() has anything to do. Within a GroupCommit entry; asked after each commit, so it costs next to
  /// nothing.
  [[nodiscard]] virtual bool is_pending() const = 0;
  /// When, in emulated time, a job that is not pending will be, if time alone makes it so. Asked as is_pending().
  [[nodiscard]] virtual std::optional<TimePoint> due() const { return std::nullopt; }
  /// Does the next part, as much as `budget` allows, in the transaction of the caller's write entry. After an error, or
  /// when the transaction is lost, the same part comes again.
  virtual StorageResult<void> step(const Budget& budget) = 0;
};

}  // namespace millrace::storage
