#include "server/storage/sqlite/sqlite_storage.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "server/base/big_endian.hpp"
#include "server/storage/sqlite/checksum.hpp"

namespace millrace::storage::sqlite {
namespace {

// One extra commit for every half block; at most a block of numbers is skipped at each start.
constexpr Sequence kSequenceBlock = 65'536;

StorageError injected(std::string_view point) {
  return {StorageErrorKind::kIo, "fault injected at " + std::string{point}};
}

// Of a key, what fits into a message.
constexpr std::size_t kShownKeyBytes = 64;

std::string to_hex(std::string_view key) {
  std::string text;
  for (const char byte : key.substr(0, kShownKeyBytes)) {
    fmt::format_to(std::back_inserter(text), "{:02X}", static_cast<unsigned char>(byte));
  }
  if (key.size() > kShownKeyBytes) text += "...";
  return text;
}

StorageError wrong_checksum() { return {StorageErrorKind::kCorrupt, "what is read is not what was written"}; }

}  // namespace

// --- Transactions ---

StorageResult<void> SqliteStorage::begin() {
  if (open_) throw std::logic_error{"begin() within a transaction"};
  if (faults_.fires("storage.begin")) return injected("storage.begin");
  if (reserved_ < next_sequence_ + kSequenceBlock / 2) {
    if (auto reserved = reserve_sequences(); reserved.has_error()) return reserved;
  }
  if (auto begun = Query{statements_.begin}.run(); begun.has_error()) return begun;
  open_ = true;
  return {};
}

StorageResult<void> SqliteStorage::commit() {
  require_transaction();
  if (!doomed_ && faults_.fires("storage.commit")) doomed_ = injected("storage.commit");
  if (!doomed_) static_cast<void>(finish_write(records_.write_open_blocks()));
  if (!doomed_ && is_file_) static_cast<void>(finish_write(mark_counters()));
  if (!doomed_ && is_file_) static_cast<void>(finish_write(file_.check_in_place()));
  if (!doomed_) {
    auto committed = Query{statements_.commit}.run();
    if (committed.has_error()) doomed_ = std::move(committed).error();
  }
  if (doomed_) {
    StorageError why = *std::move(doomed_);
    rollback();
    return why;
  }
  open_ = false;
  keyspaces_.commit();
  reclaimer_.commit();
  created_logs_.clear();
  dropped_logs_.clear();
  reserved_in_transaction_ = false;
  return {};
}

void SqliteStorage::rollback() {
  require_transaction();
  // Some errors make SQLite roll back by itself. When ROLLBACK fails too, SQLite has given the transaction up and
  // reports the reason at the next use.
  if (database_->in_transaction()) static_cast<void>(Query{statements_.rollback}.run());
  records_.discard_open_blocks();
  open_ = false;
  doomed_.reset();
  keyspaces_.rollback();
  reclaimer_.rollback();
  logs_.insert(dropped_logs_.begin(), dropped_logs_.end());
  for (const LogId log : created_logs_) logs_.erase(log);
  created_logs_.clear();
  dropped_logs_.clear();
  if (reserved_in_transaction_) reserved_ = next_sequence_ - 1;  // the next begin() reserves anew
  reserved_in_transaction_ = false;
}

void SqliteStorage::require_transaction() const {
  if (!open_) throw std::logic_error{"no transaction is open"};
}

KeyspaceCounters::Counted& SqliteStorage::require_keyspace(KeyspaceId keyspace) {
  if (auto* const counted = keyspaces_.find(keyspace)) return *counted;
  throw std::logic_error{"no keyspace " + std::to_string(keyspace)};
}

void SqliteStorage::require_log(LogId log) const {
  if (!logs_.contains(log)) throw std::logic_error{"no log " + std::to_string(log)};
}

StorageError SqliteStorage::at_row(StorageError error, KeyspaceId keyspace, std::string_view key) const {
  error.detail += fmt::format("; row of keyspace {} with key {}", keyspace, to_hex(key));
  return error;
}

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

std::int64_t SqliteStorage::checksum_of_document(std::string_view kind, std::string_view name,
                                                 std::string_view text) const {
  if (!is_file_) return 0;
  return Checksum{}.add(kind).add("/").add(name).add("/").add(text).value();
}

StorageResult<void> SqliteStorage::mark_counters() {
  return keyspaces_.for_each_outdated([this](KeyspaceId keyspace) {
    return Query{statements_.write_counters, keyspace, kCountersNotNoted, std::int64_t{0}}.run();
  });
}

StorageError SqliteStorage::doom(StorageError error) {
  if (!doomed_) doomed_ = error;
  return error;
}

StorageResult<void> SqliteStorage::admit_write() {
  require_transaction();
  if (doomed_) return *doomed_;
  if (faults_.fires("storage.write")) return doom(injected("storage.write"));
  return {};
}

StorageResult<void> SqliteStorage::finish_write(StorageResult<void> written) {
  if (written.has_error()) return doom(std::move(written).error());
  return written;
}

template <class... Values>
StorageResult<void> SqliteStorage::write(Statement& statement, const Values&... values) {
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  return finish_write(Query{statement, values...}.run());
}

StorageResult<std::int64_t> SqliteStorage::create(Statement& statement) {
  if (auto admitted = admit_write(); admitted.has_error()) return std::move(admitted).error();
  Query query{statement};
  const auto row = query.next();
  if (row.has_error()) return doom(row.error());
  return query.integer(0);
}

// --- Rows ---

StorageResult<KeyspaceId> SqliteStorage::create_keyspace() {
  const auto id = create(statements_.create_keyspace);
  if (id.has_value()) keyspaces_.create(*id);
  return id;
}

StorageResult<void> SqliteStorage::drop_keyspace(KeyspaceId keyspace) {
  const auto& counted = require_keyspace(keyspace);
  const bool is_empty = counted.now.row_count == 0 && counted.note != KeyspaceCounters::Note::kUncertain;
  if (auto dropped = write(statements_.drop_keyspace, keyspace); dropped.has_error()) return dropped;
  keyspaces_.drop(keyspace);
  if (is_empty) return {};
  return finish_write(reclaimer_.add_keyspace(keyspace));
}

StorageResult<KeyspaceStatistics> SqliteStorage::measure_keyspace(KeyspaceId keyspace) {
  return require_keyspace(keyspace).now;
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

StorageResult<PreviousRow> SqliteStorage::find_previous(KeyspaceId keyspace, std::string_view key, PreviousRow known) {
#ifdef NDEBUG
  if (known.is_known()) return known;
#endif
  Query query{statements_.size_of_row, keyspace, Blob{key}};
  const auto row = query.next();
  if (row.has_error()) return at_row(row.error(), keyspace, key);
  const auto found = *row ? PreviousRow::of_size(static_cast<std::size_t>(query.integer(0))) : PreviousRow::none();
  if (known.is_known() && !(known == found)) {
    throw std::logic_error{"the previous row is another one than the caller of a write says"};
  }
  return found;
}

StorageResult<void> SqliteStorage::write_row(KeyspaceId keyspace, std::string_view key, std::string_view item_json,
                                             std::size_t item_size, PreviousRow previous) {
  KeyspaceCounters::Counted& counted = require_keyspace(keyspace);
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  const auto found = find_previous(keyspace, key, previous);
  if (found.has_error()) return doom(found.error());
  const auto size = static_cast<std::int64_t>(item_size);
  auto written = finish_write(Query{statements_.write_row, keyspace, Blob{key}, size, item_json,
                                    checksum_of_row(keyspace, key, item_json, size)}
                                  .run());
  if (written.has_value()) keyspaces_.count(keyspace, counted, *found, PreviousRow::of_size(item_size));
  return written;
}

StorageResult<void> SqliteStorage::erase_row(KeyspaceId keyspace, std::string_view key, PreviousRow previous) {
  KeyspaceCounters::Counted& counted = require_keyspace(keyspace);
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  const auto found = find_previous(keyspace, key, previous);
  if (found.has_error()) return doom(found.error());
  if (!found->exists()) return {};
  auto erased = finish_write(Query{statements_.erase_row, keyspace, Blob{key}}.run());
  if (erased.has_value()) keyspaces_.count(keyspace, counted, *found, PreviousRow::none());
  return erased;
}

StorageResult<void> SqliteStorage::show_rows(Query& query, KeyspaceId keyspace, const RowVisitor& visit) {
  std::string last_key;
  for (;;) {
    const auto row = query.next();
    if (row.has_error()) {
      StorageError error = row.error();
      if (is_file_) error.detail += fmt::format("; rows of keyspace {} behind key {}", keyspace, to_hex(last_key));
      return error;
    }
    if (!*row) return {};
    const RowView view{query.bytes(0), query.bytes(1), static_cast<std::size_t>(query.integer(2))};
    if (is_file_) {
      const auto item_size = static_cast<std::int64_t>(view.item_size);
      const bool is_whole =
          checksum_of_row(keyspace, view.key, view.item_json, item_size) == query.integer(3) || query.is_null(3);
      if (!is_whole) return at_row(wrong_checksum(), keyspace, view.key);
      last_key = view.key.substr(0, kShownKeyBytes);
    }
    if (visit(view) == Visit::kStop) return {};
  }
}

StorageResult<void> SqliteStorage::scan_rows(KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                             const RowVisitor& visit) {
  require_keyspace(keyspace);
  const bool up = direction == Direction::kAscending;
  if (range.end.empty()) {
    Query query{up ? statements_.scan_up : statements_.scan_down, keyspace, Blob{range.begin}};
    return show_rows(query, keyspace, visit);
  }
  Query query{up ? statements_.scan_range_up : statements_.scan_range_down, keyspace, Blob{range.begin},
              Blob{range.end}};
  return show_rows(query, keyspace, visit);
}

// --- Logs ---

StorageResult<LogId> SqliteStorage::create_log() {
  const auto id = create(statements_.create_log);
  if (id.has_value()) {
    logs_.insert(*id);
    created_logs_.push_back(*id);
  }
  return id;
}

StorageResult<void> SqliteStorage::drop_log(LogId log) {
  require_log(log);
  if (auto dropped = write(statements_.drop_log, log); dropped.has_error()) return dropped;
  records_.discard_open_block(log);
  logs_.erase(log);
  dropped_logs_.push_back(log);
  return finish_write(reclaimer_.add_log(log));
}

StorageResult<void> SqliteStorage::reserve_sequences() {
  const Sequence up_to = next_sequence_ + kSequenceBlock;
  auto reserved = Query{statements_.reserve_sequences, static_cast<std::int64_t>(up_to)}.run();
  if (reserved.has_value()) reserved_ = up_to;
  return reserved;
}

StorageResult<Sequence> SqliteStorage::next_sequence() {
  require_transaction();
  if (next_sequence_ > reserved_) {  // one transaction has used up half a block
    if (auto reserved = reserve_sequences(); reserved.has_error()) return doom(std::move(reserved).error());
    reserved_in_transaction_ = true;
  }
  return next_sequence_++;
}

StorageResult<void> SqliteStorage::append_record(LogId log, Sequence sequence, TimePoint created,
                                                 std::string_view payload) {
  require_log(log);
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  return finish_write(records_.append(log, {sequence, created, payload}));
}

StorageResult<void> SqliteStorage::read_records(LogId log, Sequence after, const RecordVisitor& visit) {
  require_log(log);
  if (auto written = finish_write(records_.write_open_block(log)); written.has_error()) return written;
  return records_.read(log, after, visit);
}

StorageResult<void> SqliteStorage::trim_log(LogId log, Sequence through) {
  require_log(log);
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  reclaimer_.expect_free_pages();
  return finish_write(records_.trim(log, through));
}

StorageResult<std::optional<Sequence>> SqliteStorage::latest_record(LogId log) {
  require_log(log);
  if (auto written = finish_write(records_.write_open_block(log)); written.has_error()) return written.error();
  return records_.latest(log);
}

StorageResult<void> SqliteStorage::reclaim() {
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  return finish_write(reclaimer_.step());
}

// --- Documents ---

StorageResult<std::optional<std::string>> SqliteStorage::read_document(std::string_view kind, std::string_view name) {
  Query query{statements_.read_document, kind, name};
  const auto found = query.next();
  if (found.has_error()) return found.error();
  if (!*found) return std::optional<std::string>{};
  if (is_file_ && !query.is_null(1) && checksum_of_document(kind, name, query.bytes(0)) != query.integer(1)) {
    StorageError error = wrong_checksum();
    error.detail += fmt::format("; document of the {} {}", kind, name);
    return error;
  }
  return std::optional<std::string>{query.bytes(0)};
}

StorageResult<void> SqliteStorage::write_document(std::string_view kind, std::string_view name, std::string_view text) {
  return write(statements_.write_document, kind, name, text, checksum_of_document(kind, name, text));
}

StorageResult<void> SqliteStorage::erase_document(std::string_view kind, std::string_view name) {
  return write(statements_.erase_document, kind, name);
}

StorageResult<void> SqliteStorage::scan_documents(std::string_view kind, const DocumentVisitor& visit) {
  Query query{statements_.scan_documents, kind};
  for (;;) {
    const auto row = query.next();
    if (row.has_error()) return row.error();
    if (!*row) return {};
    if (is_file_ && !query.is_null(2) &&
        checksum_of_document(kind, query.bytes(0), query.bytes(1)) != query.integer(2)) {
      StorageError error = wrong_checksum();
      error.detail += fmt::format("; document of the {} {}", kind, query.bytes(0));
      return error;
    }
    visit(query.bytes(0), query.bytes(1));
  }
}

}  // namespace millrace::storage::sqlite
