#include "server/storage/sqlite/sqlite_storage.hpp"

#include <stdexcept>
#include <utility>

namespace millrace::storage::sqlite {
namespace {

// One extra commit for every half block; at most a block of numbers is skipped at each start.
constexpr Sequence kSequenceBlock = 65'536;

StorageError injected(std::string_view point) {
  return {StorageErrorKind::kIo, "fault injected at " + std::string{point}};
}

template <class Id>
StorageResult<void> load_ids(Statement& statement, std::unordered_set<Id>& ids) {
  Query query{statement};
  for (;;) {
    const auto row = query.next();
    if (row.has_error()) return row.error();
    if (!*row) return {};
    ids.insert(query.integer(0));
  }
}

StorageResult<void> show_rows(Query& query, const RowVisitor& visit) {
  for (;;) {
    const auto row = query.next();
    if (row.has_error()) return row.error();
    if (!*row) return {};
    if (visit({query.bytes(0), query.bytes(1), static_cast<std::size_t>(query.integer(2))}) == Visit::kStop) return {};
  }
}

}  // namespace

StorageResult<std::unique_ptr<SqliteStorage>> SqliteStorage::open(const SqliteOptions& options) {
  auto database = open_database(options.file);
  if (database.has_error()) return std::move(database).error();
  std::unique_ptr<SqliteStorage> storage{new SqliteStorage{*std::move(database), options.faults}};
  if (const auto loaded = storage->load(); loaded.has_error()) return loaded.error();
  return storage;
}

StorageResult<void> SqliteStorage::load() {
  if (auto loaded = load_ids(statements_.list_keyspaces, identities_.keyspaces); loaded.has_error()) return loaded;
  if (auto loaded = load_ids(statements_.list_logs, identities_.logs); loaded.has_error()) return loaded;
  Query query{statements_.last_reserved_sequence};
  const auto row = query.next();
  if (row.has_error()) return row.error();
  if (!*row) return StorageError{StorageErrorKind::kCorrupt, "the database has lost its sequence counter"};
  reserved_ = static_cast<Sequence>(query.integer(0));
  next_sequence_ = reserved_ + 1;
  return {};
}

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
  identities_before_.reset();
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
  if (identities_before_) identities_ = *std::move(identities_before_);
  identities_before_.reset();
  if (reserved_in_transaction_) reserved_ = next_sequence_ - 1;  // the next begin() reserves anew
  reserved_in_transaction_ = false;
}

void SqliteStorage::require_transaction() const {
  if (!open_) throw std::logic_error{"no transaction is open"};
}

void SqliteStorage::require_keyspace(KeyspaceId keyspace) const {
  if (!identities_.keyspaces.contains(keyspace)) throw std::logic_error{"no keyspace " + std::to_string(keyspace)};
}

void SqliteStorage::require_log(LogId log) const {
  if (!identities_.logs.contains(log)) throw std::logic_error{"no log " + std::to_string(log)};
}

SqliteStorage::Identities& SqliteStorage::changing_identities() {
  if (!identities_before_) identities_before_ = identities_;
  return identities_;
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
  if (id.has_value()) changing_identities().keyspaces.insert(*id);
  return id;
}

StorageResult<void> SqliteStorage::drop_keyspace(KeyspaceId keyspace) {
  require_keyspace(keyspace);
  if (auto erased = write(statements_.erase_rows, keyspace); erased.has_error()) return erased;
  if (auto dropped = write(statements_.drop_keyspace, keyspace); dropped.has_error()) return dropped;
  changing_identities().keyspaces.erase(keyspace);
  return {};
}

StorageResult<KeyspaceStatistics> SqliteStorage::measure_keyspace(KeyspaceId keyspace) {
  require_keyspace(keyspace);
  Query query{statements_.measure_rows, keyspace};
  const auto row = query.next();
  if (row.has_error()) return row.error();
  return KeyspaceStatistics{query.integer(0), query.integer(1)};
}

StorageResult<std::optional<Row>> SqliteStorage::read_row(KeyspaceId keyspace, std::string_view key) {
  require_keyspace(keyspace);
  Query query{statements_.read_row, keyspace, Blob{key}};
  const auto found = query.next();
  if (found.has_error()) return found.error();
  if (!*found) return std::optional<Row>{};
  return std::optional<Row>{Row{std::string{query.bytes(0)}, static_cast<std::size_t>(query.integer(1))}};
}

StorageResult<void> SqliteStorage::write_row(KeyspaceId keyspace, std::string_view key, std::string_view item_json,
                                             std::size_t item_size) {
  require_keyspace(keyspace);
  return write(statements_.write_row, keyspace, Blob{key}, static_cast<std::int64_t>(item_size), item_json);
}

StorageResult<void> SqliteStorage::erase_row(KeyspaceId keyspace, std::string_view key) {
  require_keyspace(keyspace);
  return write(statements_.erase_row, keyspace, Blob{key});
}

StorageResult<void> SqliteStorage::scan_rows(KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                             const RowVisitor& visit) {
  require_keyspace(keyspace);
  const bool up = direction == Direction::kAscending;
  if (range.end.empty()) {
    Query query{up ? statements_.scan_up : statements_.scan_down, keyspace, Blob{range.begin}};
    return show_rows(query, visit);
  }
  Query query{up ? statements_.scan_range_up : statements_.scan_range_down, keyspace, Blob{range.begin},
              Blob{range.end}};
  return show_rows(query, visit);
}

// --- Logs ---

StorageResult<LogId> SqliteStorage::create_log() {
  const auto id = create(statements_.create_log);
  if (id.has_value()) changing_identities().logs.insert(*id);
  return id;
}

StorageResult<void> SqliteStorage::drop_log(LogId log) {
  require_log(log);
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  if (auto erased = finish_write(records_.erase(log)); erased.has_error()) return erased;
  if (auto dropped = write(statements_.drop_log, log); dropped.has_error()) return dropped;
  changing_identities().logs.erase(log);
  return {};
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
  return finish_write(records_.trim(log, through));
}

StorageResult<std::optional<Sequence>> SqliteStorage::latest_record(LogId log) {
  require_log(log);
  if (auto written = finish_write(records_.write_open_block(log)); written.has_error()) return written.error();
  return records_.latest(log);
}

// --- Documents ---

StorageResult<std::optional<std::string>> SqliteStorage::read_document(std::string_view kind, std::string_view name) {
  Query query{statements_.read_document, kind, name};
  const auto found = query.next();
  if (found.has_error()) return found.error();
  if (!*found) return std::optional<std::string>{};
  return std::optional<std::string>{query.bytes(0)};
}

StorageResult<void> SqliteStorage::write_document(std::string_view kind, std::string_view name, std::string_view text) {
  return write(statements_.write_document, kind, name, text);
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
    visit(query.bytes(0), query.bytes(1));
  }
}

}  // namespace millrace::storage::sqlite
