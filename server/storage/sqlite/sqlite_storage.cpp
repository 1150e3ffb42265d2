#include "server/storage/sqlite/sqlite_storage.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "server/storage/sqlite/database/checksum.hpp"

namespace millrace::storage::sqlite {
namespace {

// One extra commit for every half block; at most a block of numbers is skipped at each start.
constexpr Sequence kSequenceBlock = 65'536;

StorageError injected(FaultPoint point) {
  return {StorageErrorKind::kIo, "fault injected at " + std::string{base::name_of(point)}};
}

}  // namespace

// --- Transactions ---

StorageResult<void> SqliteStorage::begin() {
  if (open_) throw std::logic_error{"begin() within a transaction"};
  if (faults_.fires(FaultPoint::kStorageBegin)) return injected(FaultPoint::kStorageBegin);
  if (checkpointer_ != nullptr) {
    if (auto bounded = bound_log(); bounded.has_error()) return bounded;
  }
  if (reserved_ < next_sequence_ + kSequenceBlock / 2) {
    if (auto reserved = reserve_sequences(); reserved.has_error()) return reserved;
  }
  if (auto begun = Query{statements_.begin}.run(); begun.has_error()) return begun;
  open_ = true;
  return {};
}

StorageResult<void> SqliteStorage::bound_log() {
  if (checkpointer_->fill().pages < kMostLogPages) return {};
  return checkpointer_->checkpoint();  // the transaction that begins now begins the log anew
}

StorageResult<void> SqliteStorage::commit() {
  require_transaction();
  if (!doomed_ && faults_.fires(FaultPoint::kStorageCommit)) doomed_ = injected(FaultPoint::kStorageCommit);
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
  if (faults_.fires(FaultPoint::kStorageWrite)) return doom(injected(FaultPoint::kStorageWrite));
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
  if (auto inserted = Query{statement}.run(); inserted.has_error()) return doom(std::move(inserted).error());
  return database_->last_inserted_id();
}

// --- Keyspaces ---

StorageResult<KeyspaceId> SqliteStorage::create_keyspace() {
  const auto id = create(statements_.create_keyspace);
  if (id.has_value()) keyspaces_.create(*id);
  return id;
}

StorageResult<void> SqliteStorage::drop_keyspace(KeyspaceId keyspace) {
  const auto& counted = require_keyspace(keyspace);
  const bool has_history = counted.has_history();
  const bool is_empty = counted.now.row_count == 0 && counted.note != KeyspaceCounters::Note::kUncertain;
  if (auto dropped = write(statements_.drop_keyspace, keyspace); dropped.has_error()) return dropped;
  keyspaces_.drop(keyspace);
  if (has_history) {
    auto forgotten = finish_write(reclaimer_.forget_history(keyspace, next_sequence_));
    if (forgotten.has_error()) return forgotten;
  }
  if (is_empty) return {};
  return finish_write(reclaimer_.add_keyspace(keyspace));
}

StorageResult<KeyspaceStatistics> SqliteStorage::measure_keyspace(KeyspaceId keyspace) {
  return require_keyspace(keyspace).now;
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

StorageResult<void> SqliteStorage::reclaim(const Budget& budget) {
  if (auto admitted = admit_write(); admitted.has_error()) return admitted;
  return finish_write(reclaimer_.step(budget));
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
