// The keyspaces there are, and how much each holds: kept in memory by every write, so that nobody ever counts rows. The
// storage notes the counters of a group of writes in its transaction.
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
  struct Counted {
    KeyspaceStatistics now;
    KeyspaceStatistics committed;
    bool changed{false};  ///< since the last commit
  };

  /// Null when there is no such keyspace. Valid until the next change of which keyspaces there are.
  Counted* find(KeyspaceId keyspace) {
    const auto found = keyspaces_.find(keyspace);
    return found == keyspaces_.end() ? nullptr : &found->second;
  }

  /// A keyspace found in the database.
  void load(KeyspaceId keyspace, const KeyspaceStatistics& statistics) {
    keyspaces_.insert_or_assign(keyspace, Counted{statistics, statistics});
  }
  void create(KeyspaceId keyspace);
  void drop(KeyspaceId keyspace);

  /// One write of a row of `item_size` (PreviousRow::none(): its removal) over `previous`, which is known.
  void count(KeyspaceId keyspace, Counted& counted, PreviousRow previous, PreviousRow written);

  /// Shows the keyspaces whose counters changed since the last commit.
  template <class Visit>
  StorageResult<void> for_each_changed(const Visit& visit) {
    for (const KeyspaceId keyspace : changed_) {
      const Counted* const counted = find(keyspace);
      if (counted == nullptr) continue;
      if (auto visited = visit(keyspace, counted->now); visited.has_error()) return visited;
    }
    return {};
  }

  void commit();
  void rollback();

 private:
  std::unordered_map<KeyspaceId, Counted> keyspaces_;
  std::vector<KeyspaceId> changed_;
  std::vector<KeyspaceId> created_;
  std::vector<std::pair<KeyspaceId, Counted>> dropped_;
};

}  // namespace millrace::storage::sqlite
