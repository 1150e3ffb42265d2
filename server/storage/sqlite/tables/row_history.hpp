// What rows were before: each past row with its until-sequence, the first number as of which it is no longer there.
// They lie in the order of those, so that they are appended and forgotten at the ends; an index finds them by key.
//
// Belongs to SqliteStorage, which sees to transactions and knows which keyspaces have a history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/storage/sqlite/database/statements.hpp"
#include "server/storage/storage.hpp"

namespace millrace::storage::sqlite {

/// What was under a key: a row, or nothing.
struct PastRow {
  std::optional<Row> row;
};

class RowHistory {
 public:
  /// `has_checksums`: past rows carry checksums, and are compared with them.
  RowHistory(Statements& statements, bool has_checksums) : statements_{statements}, has_checksums_{has_checksums} {}

  /// Keeps that there was a row until `until`; nothing happens when something is kept for that moment already. A row
  /// that is not whole is kept as such: reading it as of then will tell.
  StorageResult<void> keep_row(KeyspaceId keyspace, std::string_view key, Sequence until, std::string_view item_json,
                               std::int64_t item_size, bool is_whole);
  /// Keeps that there was none.
  StorageResult<void> keep_absence(KeyspaceId keyspace, std::string_view key, Sequence until);

  /// What was under `key` as of a sequence, if that is kept: else nobody has written it since. Errors say which row.
  StorageResult<std::optional<PastRow>> find(KeyspaceId keyspace, std::string_view key, Sequence as_of);

  /// The keys of a range of which something is kept, one after another as a scan shows them. `range` outlives it.
  class Keys {
   public:
    Keys(RowHistory& history, KeyspaceId keyspace, const KeyRange& range, Direction direction);

    /// Goes to the first key, and then to the next.
    StorageResult<void> advance();
    /// Empty behind the last one, and before the first advance().
    [[nodiscard]] const std::optional<std::string>& key() const { return key_; }

   private:
    [[nodiscard]] Statement& search() const;

    Statements& statements_;
    const KeyspaceId keyspace_;
    const KeyRange& range_;
    const Direction direction_;
    std::string bound_;  ///< where the next search begins
    std::optional<std::string> key_;
  };

 private:
  [[nodiscard]] std::int64_t checksum_of(KeyspaceId keyspace, std::string_view key, std::int64_t until,
                                         std::string_view item_json, std::int64_t item_size) const;

  Statements& statements_;
  const bool has_checksums_;
};

}  // namespace millrace::storage::sqlite
