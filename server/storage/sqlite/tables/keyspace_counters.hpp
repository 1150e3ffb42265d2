// The keyspaces there are, and how much each holds: kept in memory by every write, so that no request ever counts rows.
// Also since when each keeps a history, so that a write knows by a comparison whether it has to keep what it finds.
//
// Of a file the storage notes them when it closes. The first change after that marks the keyspace as not noted, in its
// own transaction; what is marked still when a file is opened (the process was killed) is counted then. Noting them in
// every transaction instead would double the pages that a small one writes.
//
// Follows transactions: what changed since the last commit() or rollback() can be undone.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "server/storage/storage.hpp"

namespace millrace::storage::sqlite {

class KeyspaceCounters {
 public:
  /// What the database says about a keyspace.
  enum class Note : std::uint8_t {
    kCurrent,    ///< the counters as committed
    kMissing,    ///< that they are not noted
    kUncertain,  ///< the same, and they could not be counted: they are never noted
  };

  struct Counted {
    KeyspaceStatistics now;
    KeyspaceStatistics committed;
    Note note{Note::kCurrent};
    bool changed{false};       ///< since the last commit
    Sequence history_from{0};  ///< the beginning of its history; 0: it has none
    Sequence committed_history_from{0};

    [[nodiscard]] bool has_history() const { return history_from != 0; }
  };

  /// Null when there is no such keyspace. Valid until the next change of which keyspaces there are.
  Counted* find(KeyspaceId keyspace) {
    const auto found = keyspaces_.find(keyspace);
    return found == keyspaces_.end() ? nullptr : &found->second;
  }

  /// A keyspace found in the database.
  void load(KeyspaceId keyspace, const KeyspaceStatistics& statistics, Note note, Sequence history_from) {
    keyspaces_.insert_or_assign(keyspace, Counted{statistics, statistics, note, false, history_from, history_from});
  }
  void create(KeyspaceId keyspace);
  void drop(KeyspaceId keyspace);

  /// One write of a row of `item_size` (PreviousRow::none(): its removal) over `previous`, which is known.
  void count(KeyspaceId keyspace, Counted& counted, PreviousRow previous, PreviousRow written);

  /// Has the history begin at `from`; 0 ends it.
  void set_history(KeyspaceId keyspace, Counted& counted, Sequence from);

  /// Shows the keyspaces that changed since the last commit and whose counters are noted as they were before.
  template <class Visit>
  StorageResult<void> for_each_outdated(const Visit& visit) {
    for (const KeyspaceId keyspace : changed_) {
      const Counted* const counted = find(keyspace);
      if (counted == nullptr || counted->note != Note::kCurrent) continue;
      if (auto visited = visit(keyspace); visited.has_error()) return visited;
    }
    return {};
  }
  /// Shows the counters that are known and not noted. Outside of transactions.
  template <class Visit>
  StorageResult<void> for_each_missing(const Visit& visit) const {
    for (const auto& [keyspace, counted] : keyspaces_) {
      if (counted.note != Note::kMissing) continue;
      if (auto visited = visit(keyspace, counted.committed); visited.has_error()) return visited;
    }
    return {};
  }

  void commit();
  void rollback();

 private:
  void note_change(KeyspaceId keyspace, Counted& counted);

  std::unordered_map<KeyspaceId, Counted> keyspaces_;
  std::vector<KeyspaceId> changed_;
  std::vector<KeyspaceId> created_;
  std::vector<std::pair<KeyspaceId, Counted>> dropped_;
};

}  // namespace millrace::storage::sqlite
