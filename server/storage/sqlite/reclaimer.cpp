#include "server/storage/sqlite/reclaimer.hpp"

#include <string>

namespace millrace::storage::sqlite {
namespace {

StorageResult<std::vector<std::int64_t>> read_ids(Statement& statement) {
  std::vector<std::int64_t> ids;
  Query query{statement};
  for (;;) {
    const auto row = query.next();
    if (row.has_error()) return row.error();
    if (!*row) return ids;
    ids.push_back(query.integer(0));
  }
}

}  // namespace

StorageResult<void> Reclaimer::load() {
  auto keyspaces = read_ids(statements_.list_dropped_keyspaces);
  if (keyspaces.has_error()) return keyspaces.error();
  auto logs = read_ids(statements_.list_dropped_logs);
  if (logs.has_error()) return logs.error();
  keyspaces_ = *std::move(keyspaces);
  logs_ = *std::move(logs);
  return {};
}

StorageResult<void> Reclaimer::add_keyspace(KeyspaceId keyspace) {
  note_change();
  keyspaces_.push_back(keyspace);
  return Query{statements_.note_dropped_keyspace, keyspace}.run();
}

StorageResult<void> Reclaimer::add_log(LogId log) {
  note_change();
  logs_.push_back(log);
  return Query{statements_.note_dropped_log, log}.run();
}

StorageResult<void> Reclaimer::step() {
  if (!keyspaces_.empty()) {
    if (auto removed = remove_rows(keyspaces_.back()); removed.has_error()) return removed;
  } else if (!logs_.empty()) {
    if (auto removed = remove_blocks(logs_.back()); removed.has_error()) return removed;
  }
  return shrink();
}

StorageResult<void> Reclaimer::remove_rows(KeyspaceId keyspace) {
  std::string last;
  std::size_t rows = 0;
  {
    std::int64_t bytes = 0;
    Query query{statements_.first_rows, keyspace};
    while (rows < kRowsPerStep && bytes < kBytesPerStep) {
      const auto row = query.next();
      if (row.has_error()) return row.error();
      if (!*row) break;
      last = query.bytes(0);
      bytes += query.integer(1);
      ++rows;
    }
  }
  if (rows == 0) {
    note_change();
    keyspaces_.pop_back();
    return Query{statements_.forget_dropped_keyspace, keyspace}.run();
  }
  may_shrink_ = true;
  return Query{statements_.erase_rows_through, keyspace, Blob{last}}.run();
}

StorageResult<void> Reclaimer::remove_blocks(LogId log) {
  std::int64_t last = 0;
  std::size_t blocks = 0;
  {
    Query query{statements_.first_blocks, log};
    for (; blocks < kBlocksPerStep; ++blocks) {
      const auto row = query.next();
      if (row.has_error()) return row.error();
      if (!*row) break;
      last = query.integer(0);
    }
  }
  if (blocks == 0) {
    note_change();
    logs_.pop_back();
    return Query{statements_.forget_dropped_log, log}.run();
  }
  may_shrink_ = true;
  return Query{statements_.trim_blocks, log, last}.run();
}

StorageResult<void> Reclaimer::shrink() {
  std::size_t pages = 0;
  {
    Query query{statements_.vacuum};
    for (;; ++pages) {
      const auto row = query.next();
      if (row.has_error()) return row.error();
      if (!*row) break;
    }
  }
  if (pages == 0) may_shrink_ = false;
  return {};
}

void Reclaimer::note_change() {
  if (changed_) return;
  changed_ = true;
  committed_keyspaces_ = keyspaces_;
  committed_logs_ = logs_;
}

void Reclaimer::commit() { changed_ = false; }

void Reclaimer::rollback() {
  may_shrink_ = true;
  if (!changed_) return;
  changed_ = false;
  keyspaces_.swap(committed_keyspaces_);
  logs_.swap(committed_logs_);
}

}  // namespace millrace::storage::sqlite
