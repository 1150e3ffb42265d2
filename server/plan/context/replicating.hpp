// What a write to a replica of a global table needs beside its table, and what it leaves for those that send changes to
// the other regions (server/replication).
#pragma once

#include <optional>
#include <set>
#include <string_view>

#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/model/replication.hpp"
#include "server/storage/storage.hpp"

namespace millrace::plan {

/// One of a database. Inside the gate only; the catalog outlives it.
class Replicating {
 public:
  explicit Replicating(const catalog::TableCatalog& tables) : tables_{tables} {}

  [[nodiscard]] const catalog::TableCatalog& tables() const { return tables_; }

  /// Which tables may have changes that wait to be sent, by the keyspaces of their rows. At the start, and when what
  /// was kept in memory was lost with a group, nobody knows.
  [[nodiscard]] bool any_may_wait() const { return !is_known_ || !waiting_.empty(); }
  [[nodiscard]] bool is_known() const { return is_known_; }
  [[nodiscard]] const std::set<model::KeyspaceId>& waiting() const { return waiting_; }
  void note(model::KeyspaceId rows) { waiting_.insert(rows); }
  void none_of(model::KeyspaceId rows) { waiting_.erase(rows); }
  /// All have been looked at, and noted.
  void known() { is_known_ = true; }
  void forget() { is_known_ = false; }

 private:
  const catalog::TableCatalog& tables_;
  bool is_known_{false};
  std::set<model::KeyspaceId> waiting_;
};

/// The number of the newest change of the item that others do not know yet; empty when they know all.
StorageResult<std::optional<storage::Sequence>> find_unsent(storage::StorageReader& storage,
                                                            const model::Replication& replication,
                                                            std::string_view row_key);
StorageResult<void> note_unsent(storage::Storage& storage, const model::Replication& replication,
                                std::string_view row_key, storage::Sequence newest);
StorageResult<void> forget_unsent(storage::Storage& storage, const model::Replication& replication,
                                  std::string_view row_key);

}  // namespace millrace::plan
