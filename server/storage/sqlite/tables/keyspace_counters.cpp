#include "server/storage/sqlite/tables/keyspace_counters.hpp"

namespace millrace::storage::sqlite {

void KeyspaceCounters::create(KeyspaceId keyspace) {
  keyspaces_.insert_or_assign(keyspace, Counted{});
  created_.push_back(keyspace);
}

void KeyspaceCounters::drop(KeyspaceId keyspace) {
  const auto found = keyspaces_.find(keyspace);
  dropped_.emplace_back(keyspace, found->second);
  keyspaces_.erase(found);
}

void KeyspaceCounters::count(KeyspaceId keyspace, Counted& counted, PreviousRow previous, PreviousRow written) {
  note_change(keyspace, counted);
  if (previous.exists()) {
    --counted.now.row_count;
    counted.now.item_bytes -= previous.item_size();
  }
  if (written.exists()) {
    ++counted.now.row_count;
    counted.now.item_bytes += written.item_size();
  }
}

void KeyspaceCounters::set_history(KeyspaceId keyspace, Counted& counted, Sequence from) {
  note_change(keyspace, counted);
  counted.history_from = from;
}

void KeyspaceCounters::note_change(KeyspaceId keyspace, Counted& counted) {
  if (counted.changed) return;
  counted.changed = true;
  changed_.push_back(keyspace);
}

void KeyspaceCounters::commit() {
  for (const KeyspaceId keyspace : changed_) {
    if (Counted* const counted = find(keyspace)) {
      counted->committed = counted->now;
      counted->committed_history_from = counted->history_from;
      counted->changed = false;
      if (counted->note == Note::kCurrent) counted->note = Note::kMissing;
    }
  }
  changed_.clear();
  created_.clear();
  dropped_.clear();
}

void KeyspaceCounters::rollback() {
  for (const auto& [keyspace, counted] : dropped_) keyspaces_.insert_or_assign(keyspace, counted);
  for (const KeyspaceId keyspace : created_) keyspaces_.erase(keyspace);
  for (const KeyspaceId keyspace : changed_) {
    if (Counted* const counted = find(keyspace)) {
      counted->now = counted->committed;
      counted->history_from = counted->committed_history_from;
      counted->changed = false;
    }
  }
  changed_.clear();
  created_.clear();
  dropped_.clear();
}

}  // namespace millrace::storage::sqlite
