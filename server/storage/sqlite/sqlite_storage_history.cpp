// The history of rows: when a keyspace has one, what is kept, and how it is read.
#include <stdexcept>
#include <utility>

#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/storage/sqlite/tables/row_error.hpp"

namespace millrace::storage::sqlite {
namespace {

/// A scan of the rows that there are, joined on the way with what is kept of rows that have been others.
class ScanAsOf {
 public:
  ScanAsOf(RowHistory& history, KeyspaceId keyspace, const KeyRange& range, Direction direction, Sequence as_of,
           const RowVisitor& visit)
      : history_{history},
        keyspace_{keyspace},
        direction_{direction},
        as_of_{as_of},
        visit_{visit},
        past_{history, keyspace, range, direction} {}

  void begin() { advance(); }
  /// The next row that there is.
  Visit show(const RowView& row) {
    while (!has_ended_ && past_.key() && precedes(*past_.key(), row.key)) show_past(nullptr);
    if (!has_ended_ && past_.key() && *past_.key() == row.key) {
      show_past(&row);
    } else if (!has_ended_) {
      pass_on(row);
    }
    return has_ended_ ? Visit::kStop : Visit::kContinue;
  }
  /// There are no more rows.
  StorageResult<void> end() {
    while (!has_ended_ && past_.key()) show_past(nullptr);
    if (failure_) return *std::move(failure_);
    return {};
  }

 private:
  [[nodiscard]] bool precedes(std::string_view one, std::string_view other) const {
    return direction_ == Direction::kAscending ? one < other : other < one;
  }
  void advance() {
    if (auto moved = past_.advance(); moved.has_error()) fail(std::move(moved).error());
  }
  void fail(StorageError error) {
    failure_ = std::move(error);
    has_ended_ = true;
  }
  void pass_on(const RowView& row) { has_ended_ = visit_(row) == Visit::kStop; }
  /// Shows the key at which the history is as it was, and goes on; `row` is what is there now, or null.
  void show_past(const RowView* row) {
    const std::string key = *past_.key();
    const auto found = history_.find(keyspace_, key, as_of_);
    if (found.has_error()) return fail(found.error());
    advance();
    if (has_ended_) return;
    if (!*found) {
      if (row != nullptr) pass_on(*row);
    } else if (const auto& past = (*found)->row) {
      pass_on({key, past->item_json, past->item_size});
    }
  }

  RowHistory& history_;
  const KeyspaceId keyspace_;
  const Direction direction_;
  const Sequence as_of_;
  const RowVisitor& visit_;
  RowHistory::Keys past_;
  bool has_ended_{false};
  std::optional<StorageError> failure_;
};

}  // namespace

void SqliteStorage::require_as_of(KeyspaceId keyspace, Sequence as_of) {
  const auto& counted = require_keyspace(keyspace);
  if (!counted.has_history() || as_of < counted.history_from || as_of >= next_sequence_) {
    throw std::logic_error{"keyspace " + std::to_string(keyspace) + " has no history as of " + std::to_string(as_of)};
  }
}

std::optional<Sequence> SqliteStorage::history_begin(KeyspaceId keyspace) {
  const auto& counted = require_keyspace(keyspace);
  return counted.has_history() ? std::optional{counted.history_from} : std::nullopt;
}

StorageResult<std::optional<Row>> SqliteStorage::read_row_as_of(KeyspaceId keyspace, std::string_view key,
                                                                Sequence as_of) {
  require_as_of(keyspace, as_of);
  auto past = history_.find(keyspace, key, as_of);
  if (past.has_error()) return std::move(past).error();
  if (*past) return std::move((*past)->row);
  return read_row(keyspace, key);
}

StorageResult<void> SqliteStorage::scan_rows_as_of(KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                                   Sequence as_of, const RowVisitor& visit) {
  require_as_of(keyspace, as_of);
  ScanAsOf scan{history_, keyspace, range, direction, as_of, visit};
  scan.begin();
  auto shown = scan_rows(keyspace, range, direction, [&scan](const RowView& row) { return scan.show(row); });
  if (shown.has_error()) return shown;
  return scan.end();
}

StorageResult<void> SqliteStorage::scan_changes(KeyspaceId keyspace, const KeyRange& range, Sequence as_of,
                                                const PastRowVisitor& visit) {
  require_as_of(keyspace, as_of);
  RowHistory::Keys keys{history_, keyspace, range, Direction::kAscending};
  for (;;) {
    if (auto moved = keys.advance(); moved.has_error()) return moved;
    if (!keys.key()) return {};
    const auto past = history_.find(keyspace, *keys.key(), as_of);
    if (past.has_error()) return past.error();
    if (*past && visit(*keys.key(), (*past)->row) == Visit::kStop) return {};
  }
}

StorageResult<void> SqliteStorage::keep_previous(KeyspaceId keyspace, std::string_view key, PreviousRow previous) {
  if (previous.is_known() && !previous.exists()) return history_.keep_absence(keyspace, key, next_sequence_);
  Query query{statements_.read_row, keyspace, Blob{key}};
  const auto found = query.next();
  if (found.has_error()) return at_row(found.error(), keyspace, key);
  if (!*found) return history_.keep_absence(keyspace, key, next_sequence_);
  const std::int64_t item_size = query.integer(1);
  const std::string_view item_json = query.bytes(0);
  const bool is_whole =
      !is_file_ || query.is_null(2) || checksum_of_row(keyspace, key, item_json, item_size) == query.integer(2);
  return history_.keep_row(keyspace, key, next_sequence_, item_json, item_size, is_whole);
}

StorageResult<Sequence> SqliteStorage::keep_history(KeyspaceId keyspace) {
  KeyspaceCounters::Counted& counted = require_keyspace(keyspace);
  require_transaction();
  if (counted.has_history()) return counted.history_from;
  if (auto admitted = admit_write(); admitted.has_error()) return std::move(admitted).error();
  const auto first = next_sequence();
  if (first.has_error()) return first;
  auto noted = finish_write(Query{statements_.note_history, keyspace, static_cast<std::int64_t>(*first)}.run());
  if (noted.has_error()) return std::move(noted).error();
  keyspaces_.set_history(keyspace, counted, *first);
  return first;
}

StorageResult<void> SqliteStorage::drop_history(KeyspaceId keyspace) {
  KeyspaceCounters::Counted& counted = require_keyspace(keyspace);
  require_transaction();
  if (!counted.has_history()) return {};
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  auto noted = finish_write(Query{statements_.note_history, keyspace, std::int64_t{0}}.run());
  if (noted.has_error()) return noted;
  keyspaces_.set_history(keyspace, counted, 0);
  // Nothing was there until a later number; a history that begins anew has only later ones.
  return finish_write(reclaimer_.forget_history(keyspace, next_sequence_));
}

StorageResult<void> SqliteStorage::forget_history(KeyspaceId keyspace, Sequence first) {
  KeyspaceCounters::Counted& counted = require_keyspace(keyspace);
  require_transaction();
  if (counted.has_history() && first <= counted.history_from) return {};
  require_as_of(keyspace, first);
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  auto noted = finish_write(Query{statements_.note_history, keyspace, static_cast<std::int64_t>(first)}.run());
  if (noted.has_error()) return noted;
  keyspaces_.set_history(keyspace, counted, first);
  return finish_write(reclaimer_.forget_history(keyspace, first));
}

}  // namespace millrace::storage::sqlite
