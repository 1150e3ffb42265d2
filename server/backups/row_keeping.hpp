// Who still needs the rows of a table, or what they were: the table itself, its backups, its point-in-time recovery,
// and restores that are under way. Begins history where it is needed first, and gives up what nobody needs any more.
//
// Threads: as Storage, only inside a storage::GroupCommit entry.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "server/backups/backup_catalog.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/plan/context/time_marks.hpp"
#include "server/storage/storage.hpp"

namespace millrace::backups {

class RowKeeping {
 public:
  /// What it works with; all of it outlives it.
  struct Parts {
    storage::Storage& storage;
    const catalog::TableCatalog& tables;
    const BackupCatalog& backups;
    const plan::TimeMarks& time_marks;
  };
  explicit RowKeeping(const Parts& parts) : parts_{parts} {}

  /// Registers somebody else who may need what rows were: `oldest` says as of which number, of a keyspace. Before the
  /// first use.
  using Need = std::function<std::optional<storage::Sequence>(model::KeyspaceId)>;
  void also_needed(Need oldest) { others_ = std::move(oldest); }

  /// The number of this moment, as of which the rows of the keyspace can be read from now on. Who takes it notes it
  /// where release() will find it: in a backup, or in a table that is being restored.
  StorageResult<storage::Sequence> snapshot(model::KeyspaceId keyspace);

  /// Gives up what has become needless: what rows were before the oldest need, and the rows themselves when their table
  /// is gone and nobody else needs them. Costs the same however much is given up.
  StorageResult<void> release(model::KeyspaceId keyspace, TimePoint now);

 private:
  [[nodiscard]] StorageResult<std::optional<storage::Sequence>> oldest_need(model::KeyspaceId keyspace,
                                                                            const catalog::TablePointer& table,
                                                                            TimePoint now) const;

  const Parts parts_;
  Need others_;
};

/// The earliest second to which the table can be restored: its recovery began then, or its period does.
TimePoint earliest_restorable(const model::PointInTimeRecovery& recovery, TimePoint now);

}  // namespace millrace::backups
