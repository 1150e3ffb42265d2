#include "server/storage/sqlite/tables/reclaimer.hpp"

#include <algorithm>
#include <string>

namespace millrace::storage::sqlite {
namespace {

/// A block holds the records of a whole transaction.
constexpr std::size_t kRowsPerBlock = 16;

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
  Query query{statements_.list_forgotten_history};
  for (;;) {
    const auto row = query.next();
    if (row.has_error()) return row.error();
    if (!*row) return {};
    histories_.emplace_back(query.integer(0), static_cast<Sequence>(query.integer(1)));
  }
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

StorageResult<void> Reclaimer::forget_history(KeyspaceId keyspace, Sequence up_to) {
  note_change();
  const auto known = std::ranges::find(histories_, keyspace, &std::pair<KeyspaceId, Sequence>::first);
  if (known == histories_.end()) {
    histories_.emplace_back(keyspace, up_to);
  } else {
    known->second = std::max(known->second, up_to);
  }
  return Query{statements_.note_forgotten_history, keyspace, static_cast<std::int64_t>(up_to)}.run();
}

StorageResult<void> Reclaimer::step(const Budget& budget) {
  if (!keyspaces_.empty()) {
    if (auto removed = remove_rows(keyspaces_.back(), budget); removed.has_error()) return removed;
  } else if (!logs_.empty()) {
    if (auto removed = remove_blocks(logs_.back(), budget); removed.has_error()) return removed;
  } else if (!histories_.empty()) {
    const auto [keyspace, up_to] = histories_.back();
    if (auto removed = remove_past_rows(keyspace, up_to, budget); removed.has_error()) return removed;
  }
  return shrink();
}

StorageResult<void> Reclaimer::remove_rows(KeyspaceId keyspace, const Budget& budget) {
  std::string last;
  std::size_t rows = 0;
  {
    std::size_t bytes = 0;
    Query query{statements_.first_rows, keyspace};
    while (rows < budget.rows && bytes < budget.bytes) {
      const auto row = query.next();
      if (row.has_error()) return row.error();
      if (!*row) break;
      last = query.bytes(0);
      bytes += static_cast<std::size_t>(query.integer(1));
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

StorageResult<void> Reclaimer::remove_blocks(LogId log, const Budget& budget) {
  const std::size_t most = budget.at_cost(kRowsPerBlock).rows;
  std::int64_t last = 0;
  std::size_t blocks = 0;
  {
    Query query{statements_.first_blocks, log};
    for (; blocks < most; ++blocks) {
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

StorageResult<void> Reclaimer::remove_past_rows(KeyspaceId keyspace, Sequence up_to, const Budget& budget) {
  std::int64_t last_until = 0;
  std::string last_key;
  std::size_t rows = 0;
  {
    std::size_t bytes = 0;
    Query query{statements_.first_past_rows, keyspace, static_cast<std::int64_t>(up_to)};
    while (rows < budget.rows && bytes < budget.bytes) {
      const auto row = query.next();
      if (row.has_error()) return row.error();
      if (!*row) break;
      last_until = query.integer(0);
      last_key = query.bytes(1);
      bytes += static_cast<std::size_t>(std::max<std::int64_t>(query.integer(2), 0));
      ++rows;
    }
  }
  if (rows == 0) {
    note_change();
    histories_.pop_back();
    return Query{statements_.forget_forgotten_history, keyspace}.run();
  }
  may_shrink_ = true;
  return Query{statements_.erase_past_rows_through, keyspace, last_until, Blob{last_key}}.run();
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
  committed_histories_ = histories_;
}

void Reclaimer::commit() { changed_ = false; }

void Reclaimer::rollback() {
  may_shrink_ = true;
  if (!changed_) return;
  changed_ = false;
  keyspaces_.swap(committed_keyspaces_);
  logs_.swap(committed_logs_);
  histories_.swap(committed_histories_);
}

}  // namespace millrace::storage::sqlite
