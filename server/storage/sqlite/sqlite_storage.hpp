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
#include <vector>

#include "server/base/faults.hpp"
#include "server/storage/sqlite/database/database_file.hpp"
#include "server/storage/sqlite/database/log_checkpointer.hpp"
#include "server/storage/sqlite/database/open_database.hpp"
#include "server/storage/sqlite/database/statements.hpp"
#include "server/storage/sqlite/tables/keyspace_counters.hpp"
#include "server/storage/sqlite/tables/reclaimer.hpp"
#include "server/storage/sqlite/tables/record_logs.hpp"
#include "server/storage/sqlite/tables/row_history.hpp"
#include "server/storage/storage.hpp"

namespace millrace::storage::sqlite {

struct SqliteOptions {
  std::optional<std::filesystem::path> file;  ///< the database file; absent: ephemeral
  /// Fault points: `storage.begin`, `storage.write` (each row, record, document, keyspace or log written or removed),
  /// `storage.commit`, `storage.checkpoint`. A point that fires fails as a disk would.
  Faults faults;
};

class SqliteStorage final : public Storage {
 public:
  /// Errors: those of open_database(). The file is locked while the object lives.
  static StorageResult<std::unique_ptr<SqliteStorage>> open(const SqliteOptions& options);
  /// Notes the counters in a file, so that the next opening need not count. An open transaction is lost.
  ~SqliteStorage() override;
  SqliteStorage(const SqliteStorage&) = delete;
  SqliteStorage& operator=(const SqliteStorage&) = delete;

  StorageResult<void> begin() override;
  StorageResult<void> commit() override;
  void rollback() override;

  StorageResult<KeyspaceId> create_keyspace() override;
  StorageResult<void> drop_keyspace(KeyspaceId keyspace) override;
  StorageResult<KeyspaceStatistics> measure_keyspace(KeyspaceId keyspace) override;
  StorageResult<std::optional<Row>> read_row(KeyspaceId keyspace, std::string_view key) override;
  StorageResult<void> check_absence(KeyspaceId keyspace, std::string_view key) override;
  StorageResult<void> write_row(KeyspaceId keyspace, std::string_view key, std::string_view item_json,
                                std::size_t item_size, PreviousRow previous = PreviousRow::unknown()) override;
  StorageResult<void> erase_row(KeyspaceId keyspace, std::string_view key,
                                PreviousRow previous = PreviousRow::unknown()) override;
  StorageResult<void> scan_rows(KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                const RowVisitor& visit) override;

  [[nodiscard]] std::optional<Sequence> history_begin(KeyspaceId keyspace) override;
  StorageResult<std::optional<Row>> read_row_as_of(KeyspaceId keyspace, std::string_view key, Sequence as_of) override;
  StorageResult<void> scan_rows_as_of(KeyspaceId keyspace, const KeyRange& range, Direction direction, Sequence as_of,
                                      const RowVisitor& visit) override;
  StorageResult<void> scan_changes(KeyspaceId keyspace, const KeyRange& range, Sequence as_of,
                                   const PastRowVisitor& visit) override;
  StorageResult<Sequence> keep_history(KeyspaceId keyspace) override;
  StorageResult<void> drop_history(KeyspaceId keyspace) override;
  StorageResult<void> forget_history(KeyspaceId keyspace, Sequence first) override;

  StorageResult<LogId> create_log() override;
  StorageResult<void> drop_log(LogId log) override;
  StorageResult<Sequence> next_sequence() override;
  StorageResult<void> append_record(LogId log, Sequence sequence, TimePoint created, std::string_view payload) override;
  StorageResult<void> read_records(LogId log, Sequence after, const RecordVisitor& visit) override;
  StorageResult<void> trim_log(LogId log, Sequence through) override;
  StorageResult<std::optional<Sequence>> latest_record(LogId log) override;

  [[nodiscard]] bool has_reclaimable() const override { return reclaimer_.has_work(); }
  StorageResult<void> reclaim(const Budget& budget) override;

  StorageResult<std::optional<std::string>> read_document(std::string_view kind, std::string_view name) override;
  StorageResult<void> write_document(std::string_view kind, std::string_view name, std::string_view text) override;
  StorageResult<void> erase_document(std::string_view kind, std::string_view name) override;
  StorageResult<void> scan_documents(std::string_view kind, const DocumentVisitor& visit) override;

  Checkpointer* checkpointer() override { return checkpointer_.get(); }

  /// Pages in the log of a file at which begin() makes a checkpoint itself, in the gate: reached when nobody else makes
  /// any, or their errors last. What it cannot copy then is the error of begin(), so that the log stays bounded.
  static constexpr std::size_t kMostLogPages = 16'384;

  /// The connection, for tests that look at what is stored.
  [[nodiscard]] Database& database() { return *database_; }

 private:
  SqliteStorage(OpenedDatabase opened, const SqliteOptions& options);

  /// A file's connection for checkpoints.
  StorageResult<void> open_checkpointer(const std::filesystem::path& file);
  /// Makes room in the log of a file when nobody else has.
  StorageResult<void> bound_log();
  StorageResult<void> load();
  StorageResult<void> load_keyspaces();
  /// Counts the rows of a keyspace whose counters are not noted. Rows that cannot be read are no error here.
  StorageResult<void> count_rows(KeyspaceId keyspace, Sequence history_from);
  StorageResult<void> reserve_sequences();

  void require_transaction() const;
  KeyspaceCounters::Counted& require_keyspace(KeyspaceId keyspace);
  void require_log(LogId log) const;
  /// What lies under `key`, when the caller of an erasure does not know.
  StorageResult<PreviousRow> find_previous(KeyspaceId keyspace, std::string_view key);
  /// In debug builds: throws when the caller of a write says something else of the row than what lies there.
  StorageResult<void> check_previous(KeyspaceId keyspace, std::string_view key, PreviousRow said);
  /// Inserts or replaces, and says what was there. Costs less when the row is expected to be there.
  StorageResult<PreviousRow> put_row(KeyspaceId keyspace, std::string_view key, std::int64_t item_size,
                                     std::string_view item_json, PreviousRow expected);
  [[nodiscard]] std::int64_t checksum_of_row(KeyspaceId keyspace, std::string_view key, std::string_view item_json,
                                             std::int64_t item_size) const;
  [[nodiscard]] std::int64_t checksum_of_document(std::string_view kind, std::string_view name,
                                                  std::string_view text) const;
  /// Shows the rows of `query`, which shows key, item, item_size and checksum, up to the first one beyond `range`.
  StorageResult<void> show_rows(Query& query, KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                const RowVisitor& visit);
  /// Throws when the keyspace cannot be read as of that sequence.
  void require_as_of(KeyspaceId keyspace, Sequence as_of);
  /// Keeps what a write finds under `key`, in a keyspace with history.
  StorageResult<void> keep_previous(KeyspaceId keyspace, std::string_view key, PreviousRow previous);
  /// Marks the keyspaces whose noted counters the open transaction has made wrong.
  StorageResult<void> mark_counters();
  StorageResult<void> note_counters();

  /// Gate of every write: says why the open transaction cannot take it, if so.
  StorageResult<void> admit_write();
  /// The outcome of a write. A failure dooms the transaction.
  StorageResult<void> finish_write(StorageResult<void> written);
  /// Executes an admitted write.
  template <class... Values>
  StorageResult<void> write(Statement& statement, const Values&... values);
  /// As write(), for a statement that inserts a row: its id.
  StorageResult<std::int64_t> create(Statement& statement);
  StorageError doom(StorageError error);

  const FileClaim claim_;
  const std::unique_ptr<Database> database_;
  const bool is_file_;  ///< only there counters have to outlive the process, and checksums tell damage
  const DatabaseFile file_;
  std::unique_ptr<LogCheckpointer> checkpointer_;  ///< of a file
  Statements statements_;
  RecordLogs records_{statements_, is_file_};
  RowHistory history_{statements_, is_file_};
  Reclaimer reclaimer_{statements_};
  const Faults faults_;

  bool open_{false};
  std::optional<StorageError> doomed_;  ///< why the open transaction can only be rolled back
  // The keyspaces and logs there are, so that using another one is noticed without a query.
  KeyspaceCounters keyspaces_;
  std::unordered_set<LogId> logs_;
  // What the open transaction made and dropped: rollback() turns it round.
  std::vector<LogId> created_logs_;
  std::vector<LogId> dropped_logs_;

  // Sequences up to reserved_ are noted in the database as possibly used, so none is given out twice. A block is
  // reserved in a transaction of its own, which no rollback can undo.
  Sequence next_sequence_{1};
  Sequence reserved_{0};
  bool reserved_in_transaction_{false};
};

}  // namespace millrace::storage::sqlite
