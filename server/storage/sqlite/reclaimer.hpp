// What dropped keyspaces and logs leave behind, removed in portions. A dropped one is gone for everybody at once; its
// id stays in a table of its own until its last row is removed, so that the work goes on after a restart.
//
// Pages that become free are cut off the end of the database after each portion, so that memory is given back, and a
// file gets smaller, while the rest is still removed: done at the end, each page would have to be searched for in a
// long list of free ones. Files of an older format have no auto-vacuum: there the pages are used again.
//
// Belongs to SqliteStorage, which sees to transactions.
#pragma once

#include <vector>

#include "server/storage/sqlite/statements.hpp"
#include "server/storage/storage.hpp"

namespace millrace::storage::sqlite {

class Reclaimer {
 public:
  explicit Reclaimer(Statements& statements) : statements_{statements} {}

  /// Finds what an earlier process has left.
  StorageResult<void> load();

  StorageResult<void> add_keyspace(KeyspaceId keyspace);
  StorageResult<void> add_log(LogId log);
  /// Pages have become free, or will have.
  void expect_free_pages() { may_shrink_ = true; }

  [[nodiscard]] bool has_work() const { return !keyspaces_.empty() || !logs_.empty() || may_shrink_; }
  /// A bounded part of the work.
  StorageResult<void> step();

  void commit();
  void rollback();

 private:
  /// The rows or blocks that a step removes at most, and about how many bytes of them.
  static constexpr std::size_t kRowsPerStep = 256;
  static constexpr std::size_t kBlocksPerStep = 16;
  static constexpr std::int64_t kBytesPerStep = 256 * 1024;

  StorageResult<void> remove_rows(KeyspaceId keyspace);
  StorageResult<void> remove_blocks(LogId log);
  StorageResult<void> shrink();

  Statements& statements_;
  std::vector<KeyspaceId> keyspaces_;
  std::vector<LogId> logs_;
  bool may_shrink_{true};  ///< an earlier process may have been stopped in the middle
  // What rollback() restores; kept when something changed.
  bool changed_{false};
  std::vector<KeyspaceId> committed_keyspaces_;
  std::vector<LogId> committed_logs_;

  void note_change();
};

}  // namespace millrace::storage::sqlite
