// Rows: how they are read, written and checked.
#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "server/base/big_endian.hpp"
#include "server/storage/sqlite/database/checksum.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/storage/sqlite/tables/row_error.hpp"

namespace millrace::storage::sqlite {

std::int64_t SqliteStorage::checksum_of_row(KeyspaceId keyspace, std::string_view key, std::string_view item_json,
                                            std::int64_t item_size) const {
  if (!is_file_) return 0;
  // What stands before the item in one piece: short pieces cost more than their bytes.
  constexpr std::size_t kNumber = sizeof(std::int64_t);
  constexpr std::size_t kPieceBytes = 128;
  if (key.size() > kPieceBytes - 2 * kNumber) {
    return Checksum{}.add(keyspace).add(key).add(item_size).add(item_json).value();
  }
  std::array<char, kPieceBytes> piece;  // NOLINT(*-member-init): only what is written is read
  base::write_big_endian(piece.data(), static_cast<std::uint64_t>(keyspace));
  key.copy(piece.data() + kNumber, key.size());
  base::write_big_endian(piece.data() + kNumber + key.size(), static_cast<std::uint64_t>(item_size));
  return Checksum{}.add(std::string_view{piece.data(), key.size() + 2 * kNumber}).add(item_json).value();
}

StorageResult<std::optional<Row>> SqliteStorage::read_row(KeyspaceId keyspace, std::string_view key) {
  require_keyspace(keyspace);
  Query query{statements_.read_row, keyspace, Blob{key}};
  const auto found = query.next();
  if (found.has_error()) return at_row(found.error(), keyspace, key);
  if (!*found) return std::optional<Row>{};
  const std::int64_t item_size = query.integer(1);
  // NULL, which is no checksum, reads as 0.
  if (is_file_ && checksum_of_row(keyspace, key, query.bytes(0), item_size) != query.integer(2) && !query.is_null(2)) {
    return at_row(wrong_checksum(), keyspace, key);
  }
  return std::optional<Row>{Row{std::string{query.bytes(0)}, static_cast<std::size_t>(item_size)}};
}

// A row whose key has changed still lies where the key it had belongs: beside the place of that key.
StorageResult<void> SqliteStorage::check_absence(KeyspaceId keyspace, std::string_view key) {
  require_keyspace(keyspace);
  if (!is_file_) return {};
  for (Statement* const neighbour : {&statements_.row_before, &statements_.row_behind}) {
    Query query{*neighbour, keyspace, Blob{key}};
    const auto found = query.next();
    if (found.has_error()) return at_row(found.error(), keyspace, key);
    if (!*found || query.is_null(1) || query.is_null(3)) continue;
    if (checksum_of_row(keyspace, query.bytes(0), query.bytes(1), query.integer(2)) == query.integer(3)) continue;
    return at_row({StorageErrorKind::kCorrupt, "the row is not found, and the one beside it is not what was written"},
                  keyspace, key);
  }
  return {};
}

StorageResult<PreviousRow> SqliteStorage::find_previous(KeyspaceId keyspace, std::string_view key) {
  Query query{statements_.size_of_row, keyspace, Blob{key}};
  const auto row = query.next();
  if (row.has_error()) return at_row(row.error(), keyspace, key);
  return *row ? PreviousRow::of_size(static_cast<std::size_t>(query.integer(0))) : PreviousRow::none();
}

StorageResult<void> SqliteStorage::check_previous([[maybe_unused]] KeyspaceId keyspace,
                                                  [[maybe_unused]] std::string_view key, PreviousRow said) {
  if (!said.is_known()) return {};
#ifndef NDEBUG
  const auto found = find_previous(keyspace, key);
  if (found.has_error()) return found.error();
  if (!(said == *found)) throw std::logic_error{"the previous row is another one than the caller of a write says"};
#endif
  return {};
}

StorageResult<void> SqliteStorage::write_row(KeyspaceId keyspace, std::string_view key, std::string_view item_json,
                                             std::size_t item_size, PreviousRow previous) {
  KeyspaceCounters::Counted& counted = require_keyspace(keyspace);
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  if (auto right = check_previous(keyspace, key, previous); right.has_error()) return doom(std::move(right).error());
  if (counted.has_history()) {
    if (auto kept = keep_previous(keyspace, key, previous); kept.has_error()) return doom(std::move(kept).error());
  }
  const auto size = static_cast<std::int64_t>(item_size);
  const auto written = put_row(keyspace, key, size, item_json, previous);
  if (written.has_error()) {
    return doom(written.error().kind == StorageErrorKind::kCorrupt ? at_row(written.error(), keyspace, key)
                                                                   : written.error());
  }
  keyspaces_.count(keyspace, counted, *written, PreviousRow::of_size(item_size));
  return {};
}

StorageResult<PreviousRow> SqliteStorage::put_row(KeyspaceId keyspace, std::string_view key, std::int64_t item_size,
                                                  std::string_view item_json, PreviousRow expected) {
  const std::int64_t checksum = checksum_of_row(keyspace, key, item_json, item_size);
  if (expected.exists()) {
    auto rewritten = Query{statements_.rewrite_row, keyspace, Blob{key}, item_size, item_json, checksum}.run();
    if (rewritten.has_error()) return std::move(rewritten).error();
    if (database_->changed_rows() == 1) return expected;
  }
  const auto replaced = Query{statements_.write_row, keyspace, Blob{key}, item_size, item_json, checksum}.upsert();
  if (replaced.has_error()) return replaced.error();
  return *replaced ? PreviousRow::of_size(static_cast<std::size_t>(**replaced)) : PreviousRow::none();
}

StorageResult<void> SqliteStorage::erase_row(KeyspaceId keyspace, std::string_view key, PreviousRow previous) {
  KeyspaceCounters::Counted& counted = require_keyspace(keyspace);
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  if (auto right = check_previous(keyspace, key, previous); right.has_error()) return doom(std::move(right).error());
  const auto found = previous.is_known() ? StorageResult<PreviousRow>{previous} : find_previous(keyspace, key);
  if (found.has_error()) return doom(found.error());
  if (!found->exists()) return {};
  if (counted.has_history()) {
    if (auto kept = keep_previous(keyspace, key, *found); kept.has_error()) return doom(std::move(kept).error());
  }
  auto erased = finish_write(Query{statements_.erase_row, keyspace, Blob{key}}.run());
  if (erased.has_value()) keyspaces_.count(keyspace, counted, *found, PreviousRow::none());
  return erased;
}

StorageResult<void> SqliteStorage::show_rows(Query& query, KeyspaceId keyspace, const KeyRange& range,
                                             Direction direction, const RowVisitor& visit) {
  const auto is_beyond = [&](std::string_view key) {
    return direction == Direction::kDescending ? key < range.begin : !range.end.empty() && key >= range.end;
  };
  std::string last_key;
  std::optional<StorageError> damage;
  auto shown = query.show([&](const ShownRow& row) {
    const RowView view{row.bytes(0), row.bytes(1), static_cast<std::size_t>(row.integer(2))};
    if (is_beyond(view.key)) return false;
    if (is_file_) {
      const auto item_size = static_cast<std::int64_t>(view.item_size);
      const bool is_whole =
          checksum_of_row(keyspace, view.key, view.item_json, item_size) == row.integer(3) || row.is_null(3);
      if (!is_whole) {
        damage = at_row(wrong_checksum(), keyspace, view.key);
        return false;
      }
      last_key = view.key.substr(0, kShownKeyBytes);
    }
    return visit(view) == Visit::kContinue;
  });
  if (shown.has_error() && is_file_) {
    StorageError error = shown.error();
    error.detail += fmt::format("; rows of keyspace {} behind key {}", keyspace, shown_key(last_key));
    return error;
  }
  if (damage) return *std::move(damage);
  return shown;
}

StorageResult<void> SqliteStorage::scan_rows(KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                             const RowVisitor& visit) {
  require_keyspace(keyspace);
  if (direction == Direction::kAscending) {
    Query query{statements_.scan_up, keyspace, Blob{range.begin}};
    return show_rows(query, keyspace, range, direction, visit);
  }
  if (range.end.empty()) {
    Query query{statements_.scan_down_from_last, keyspace};
    return show_rows(query, keyspace, range, direction, visit);
  }
  Query query{statements_.scan_down, keyspace, Blob{range.end}};
  return show_rows(query, keyspace, range, direction, visit);
}

}  // namespace millrace::storage::sqlite
