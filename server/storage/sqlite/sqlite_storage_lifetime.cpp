// How a storage begins and ends: what is loaded from the database at the start, what is noted in it at the end.
#include <utility>
#include <vector>

#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::storage::sqlite {

StorageResult<std::unique_ptr<SqliteStorage>> SqliteStorage::open(const SqliteOptions& options) {
  auto opened = open_database(options.file);
  if (opened.has_error()) return std::move(opened).error();
  std::unique_ptr<SqliteStorage> storage{new SqliteStorage{*std::move(opened), options}};
  if (options.file) {
    if (auto watched = storage->open_checkpointer(*options.file); watched.has_error()) return watched.error();
  }
  if (const auto loaded = storage->load(); loaded.has_error()) return loaded.error();
  return storage;
}

SqliteStorage::SqliteStorage(OpenedDatabase opened, const SqliteOptions& options)
    : claim_{std::move(opened.claim)},
      database_{std::move(opened.connection)},
      is_file_{options.file.has_value()},
      file_{is_file_ ? DatabaseFile{std::filesystem::absolute(*options.file).string()} : DatabaseFile{}},
      statements_{*database_, is_file_},
      faults_{options.faults} {}

StorageResult<void> SqliteStorage::open_checkpointer(const std::filesystem::path& file) {
  auto checkpointer = LogCheckpointer::open(*database_, std::filesystem::absolute(file).string(), faults_);
  if (checkpointer.has_error()) return std::move(checkpointer).error();
  checkpointer_ = *std::move(checkpointer);
  return {};
}

SqliteStorage::~SqliteStorage() {
  if (!is_file_ || open_ || file_.check_in_place().has_error()) return;
  if (const auto noted = note_counters(); noted.has_error() && database_->in_transaction()) {
    static_cast<void>(Query{statements_.rollback}.run());  // they stay marked: the next opening counts
  }
}

StorageResult<void> SqliteStorage::note_counters() {
  if (auto begun = Query{statements_.begin}.run(); begun.has_error()) return begun;
  auto noted = keyspaces_.for_each_missing([this](KeyspaceId keyspace, const KeyspaceStatistics& committed) {
    return Query{statements_.write_counters, keyspace, committed.row_count, committed.item_bytes}.run();
  });
  if (noted.has_error()) return noted;
  return Query{statements_.commit}.run();
}

StorageResult<void> SqliteStorage::load_keyspaces() {
  std::vector<std::pair<KeyspaceId, Sequence>> uncounted;
  {
    Query query{statements_.list_keyspaces};
    for (;;) {
      const auto row = query.next();
      if (row.has_error()) return row.error();
      if (!*row) break;
      const KeyspaceStatistics noted{query.integer(1), query.integer(2)};
      const auto history_from = static_cast<Sequence>(query.integer(3));
      if (noted.row_count == kCountersNotNoted) {
        uncounted.emplace_back(query.integer(0), history_from);
      } else {
        keyspaces_.load(query.integer(0), noted, KeyspaceCounters::Note::kCurrent, history_from);
      }
    }
  }
  for (const auto& [keyspace, history_from] : uncounted) {
    if (auto counted = count_rows(keyspace, history_from); counted.has_error()) return counted;
  }
  return {};
}

StorageResult<void> SqliteStorage::count_rows(KeyspaceId keyspace, Sequence history_from) {
  KeyspaceStatistics found;
  auto note = KeyspaceCounters::Note::kMissing;
  Query query{statements_.sizes_of_rows, keyspace};
  for (;;) {
    const auto row = query.next();
    if (row.has_error()) {
      if (row.error().kind != StorageErrorKind::kCorrupt) return row.error();
      note = KeyspaceCounters::Note::kUncertain;  // whoever reads the damaged rows is told
      break;
    }
    if (!*row) break;
    ++found.row_count;
    found.item_bytes += query.integer(0);
  }
  keyspaces_.load(keyspace, found, note, history_from);
  return {};
}

StorageResult<void> SqliteStorage::load() {
  if (auto loaded = load_keyspaces(); loaded.has_error()) return loaded;
  {
    Query query{statements_.list_logs};
    for (;;) {
      const auto row = query.next();
      if (row.has_error()) return row.error();
      if (!*row) break;
      logs_.insert(query.integer(0));
    }
  }
  if (auto loaded = reclaimer_.load(); loaded.has_error()) return loaded;
  Query query{statements_.last_reserved_sequence};
  const auto row = query.next();
  if (row.has_error()) return row.error();
  if (!*row) return StorageError{StorageErrorKind::kCorrupt, "the database has lost its sequence counter"};
  reserved_ = static_cast<Sequence>(query.integer(0));
  next_sequence_ = reserved_ + 1;
  return {};
}

}  // namespace millrace::storage::sqlite
