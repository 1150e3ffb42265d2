// Storage on SQLite: a private in-memory database that goes with the object, or a file that keeps everything. Both run
// the same code and the same SQL.
//
// A committed transaction in a file survives the end of the process in any way (kill -9 included). After a power cut
// the last moments may be missing, but never half a transaction (docs/storage-format.md).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <unordered_set>

#include "server/base/faults.hpp"
#include "server/storage/sqlite/open_database.hpp"
#include "server/storage/sqlite/record_logs.hpp"
#include "server/storage/sqlite/statements.hpp"
#include "server/storage/storage.hpp"

namespace millrace::storage::sqlite {

struct SqliteOptions {
  std::optional<std::filesystem::path> file;  ///< the database file; absent: ephemeral
  /// Fault points: `storage.begin`, `storage.write` (each row, record, document, keyspace or log written or removed),
  /// `storage.commit`. A point that fires fails as a disk would.
  Faults faults;
};

class SqliteStorage final : public Storage {
 public:
  /// Errors: those of open_database(). The file is locked while the object lives.
  static StorageResult<std::unique_ptr<SqliteStorage>> open(const SqliteOptions& options);

  StorageResult<void> begin() override;
  StorageResult<void> commit() override;
  void rollback() override;

  StorageResult<KeyspaceId> create_keyspace() override;
  StorageResult<void> drop_keyspace(KeyspaceId keyspace) override;
  StorageResult<KeyspaceStatistics> measure_keyspace(KeyspaceId keyspace) override;
  StorageResult<std::optional<Row>> read_row(KeyspaceId keyspace, std::string_view key) override;
  StorageResult<void> write_row(KeyspaceId keyspace, std::string_view key, std::string_view item_json,
                                std::size_t item_size) override;
  StorageResult<void> erase_row(KeyspaceId keyspace, std::string_view key) override;
  StorageResult<void> scan_rows(KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                const RowVisitor& visit) override;

  StorageResult<LogId> create_log() override;
  StorageResult<void> drop_log(LogId log) override;
  StorageResult<Sequence> next_sequence() override;
  StorageResult<void> append_record(LogId log, Sequence sequence, TimePoint created, std::string_view payload) override;
  StorageResult<void> read_records(LogId log, Sequence after, const RecordVisitor& visit) override;
  StorageResult<void> trim_log(LogId log, Sequence through) override;
  StorageResult<std::optional<Sequence>> latest_record(LogId log) override;

  StorageResult<std::optional<std::string>> read_document(std::string_view kind, std::string_view name) override;
  StorageResult<void> write_document(std::string_view kind, std::string_view name, std::string_view text) override;
  StorageResult<void> erase_document(std::string_view kind, std::string_view name) override;
  StorageResult<void> scan_documents(std::string_view kind, const DocumentVisitor& visit) override;

 private:
  /// The keyspaces and logs there are, so that using another one is noticed without a query.
  struct Identities {
    std::unordered_set<KeyspaceId> keyspaces;
    std::unordered_set<LogId> logs;
  };

  SqliteStorage(std::unique_ptr<Database> database, Faults faults)
      : database_{std::move(database)}, statements_{*database_}, faults_{faults} {}

  StorageResult<void> load();
  StorageResult<void> reserve_sequences();

  void require_transaction() const;
  void require_keyspace(KeyspaceId keyspace) const;
  void require_log(LogId log) const;
  /// The identities, about to be changed: rollback() restores what they were.
  Identities& changing_identities();

  /// Gate of every write: says why the open transaction cannot take it, if so.
  StorageResult<void> admit_write();
  /// The outcome of a write. A failure dooms the transaction.
  StorageResult<void> finish_write(StorageResult<void> written);
  /// Executes an admitted write.
  template <class... Values>
  StorageResult<void> write(Statement& statement, const Values&... values);
  /// As write(), for a statement that returns the id of what it made.
  StorageResult<std::int64_t> create(Statement& statement);
  StorageError doom(StorageError error);

  const std::unique_ptr<Database> database_;
  Statements statements_;
  RecordLogs records_{statements_};
  const Faults faults_;

  bool open_{false};
  std::optional<StorageError> doomed_;  ///< why the open transaction can only be rolled back
  Identities identities_;
  std::optional<Identities> identities_before_;  ///< present when the open transaction changed them

  // Sequences up to reserved_ are noted in the database as possibly used, so none is given out twice. A block is
  // reserved in a transaction of its own, which no rollback can undo.
  Sequence next_sequence_{1};
  Sequence reserved_{0};
  bool reserved_in_transaction_{false};
};

}  // namespace millrace::storage::sqlite
