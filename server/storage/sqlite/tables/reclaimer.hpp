// What dropped keyspaces and logs and forgotten history leave behind, removed in portions. It is gone for everybody at
// once; the id stays in a table of its own until the last row is removed, so that the work goes on after a restart.
//
// Pages that become free are cut off the end of the database after each portion, so that memory is given back, and a
// file gets smaller, while the rest is still removed: done at the end, each page would have to be searched for in a
// long list of free ones. Files of an older format have no auto-vacuum: there the pages are used again.
//
// Belongs to SqliteStorage, which sees to transactions.
#pragma once

#include <utility>
#include <vector>

#include "server/storage/sqlite/database/statements.hpp"
#include "server/storage/storage.hpp"

namespace millrace::storage::sqlite {

class Reclaimer {
 public:
  explicit Reclaimer(Statements& statements) : statements_{statements} {}

  /// Finds what an earlier process has left.
  StorageResult<void> load();

  StorageResult<void> add_keyspace(KeyspaceId keyspace);
  StorageResult<void> add_log(LogId log);
  /// Rows of the keyspace that were there until `up_to` at the latest, and are kept no longer. It may be dropped.
  StorageResult<void> forget_history(KeyspaceId keyspace, Sequence up_to);
  /// Pages have become free, or will have.
  void expect_free_pages() { may_shrink_ = true; }

  [[nodiscard]] bool has_work() const {
    return !keyspaces_.empty() || !logs_.empty() || !histories_.empty() || may_shrink_;
  }
  /// A part of the work.
  StorageResult<void> step(const Budget& budget);

  void commit();
  void rollback();

 private:
  StorageResult<void> remove_rows(KeyspaceId keyspace, const Budget& budget);
  StorageResult<void> remove_blocks(LogId log, const Budget& budget);
  StorageResult<void> remove_past_rows(KeyspaceId keyspace, Sequence up_to, const Budget& budget);
  StorageResult<void> shrink();

  Statements& statements_;
  std::vector<KeyspaceId> keyspaces_;
  std::vector<LogId> logs_;
  std::vector<std::pair<KeyspaceId, Sequence>> histories_;  ///< with the until-sequence up to which they go
  bool may_shrink_{true};                                   ///< an earlier process may have been stopped in the middle
  // What rollback() restores; kept when something changed.
  bool changed_{false};
  std::vector<KeyspaceId> committed_keyspaces_;
  std::vector<LogId> committed_logs_;
  std::vector<std::pair<KeyspaceId, Sequence>> committed_histories_;

  void note_change();
};

}  // namespace millrace::storage::sqlite
