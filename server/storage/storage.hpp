// The narrow interface to what Millrace keeps. It speaks of rows in keyspaces, records in logs and named documents; it
// knows neither SQL nor tables nor streams. server/storage/sqlite implements it; a std::map model checks it.
//
// Threads: no method may run concurrently with another. GroupCommit is the gate that sees to it.
// Errors: every failure is a StorageError, the world's fault. After a failed write the open transaction can only be
// rolled back: commit() then fails too. Misuse (a write outside a transaction, an unknown keyspace) throws.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/budget.hpp"
#include "server/storage/checkpointer.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::storage {

using model::KeyspaceId;

/// One append-only log of records: a shard of a stream.
using LogId = std::int64_t;

/// Position of a record, unique and increasing over all logs of a database. 0 stands before every record.
using Sequence = std::uint64_t;

/// An item as stored: its canonical wire JSON and its size in DynamoDB's count.
struct Row {
  std::string item_json;
  std::size_t item_size{0};
};

/// A row as a scan shows it; the views die when the visitor returns.
struct RowView {
  std::string_view key;
  std::string_view item_json;
  std::size_t item_size;
};

/// A record as a log shows it; the view dies when the visitor returns.
struct RecordView {
  Sequence sequence;
  TimePoint created;
  std::string_view payload;
};

struct KeyspaceStatistics {
  std::int64_t row_count{0};
  std::int64_t item_bytes{0};
  friend bool operator==(const KeyspaceStatistics&, const KeyspaceStatistics&) = default;
};

/// What a write finds under its key. The statistics of a keyspace need it; a caller that has just read the row knows it
/// and spares the storage a look. A wrong word makes the statistics wrong: debug builds look all the same, and throw.
class PreviousRow {
 public:
  static constexpr PreviousRow unknown() { return {}; }
  static constexpr PreviousRow none() { return PreviousRow{-1}; }
  static constexpr PreviousRow of_size(std::size_t item_size) {
    return PreviousRow{static_cast<std::int64_t>(item_size)};
  }

  [[nodiscard]] constexpr bool is_known() const { return known_; }
  [[nodiscard]] constexpr bool exists() const { return item_size_ >= 0; }
  [[nodiscard]] constexpr std::int64_t item_size() const { return item_size_; }  ///< only when it exists
  friend bool operator==(const PreviousRow&, const PreviousRow&) = default;

 private:
  constexpr PreviousRow() = default;
  explicit constexpr PreviousRow(std::int64_t item_size) : known_{true}, item_size_{item_size} {}

  bool known_{false};
  std::int64_t item_size_{-1};
};

enum class Direction : std::uint8_t { kAscending, kDescending };
enum class Visit : std::uint8_t { kContinue, kStop };

using RowVisitor = std::function<Visit(const RowView&)>;
/// A key, and what was under it: a row, or nothing.
using PastRowVisitor = std::function<Visit(std::string_view key, const std::optional<Row>& row)>;
using RecordVisitor = std::function<Visit(const RecordView&)>;
using DocumentVisitor = std::function<void(std::string_view name, std::string_view text)>;

/// The half of storage that looks. Who is handed no more than this cannot change anything.
class StorageReader {
 public:
  StorageReader() = default;
  StorageReader(const StorageReader&) = delete;
  StorageReader& operator=(const StorageReader&) = delete;
  virtual ~StorageReader() = default;

  // --- Rows. Ordered by key bytes (memcmp). ---

  /// How much the keyspace holds, the open transaction included. Kept by the writes: costs the same at any size.
  virtual StorageResult<KeyspaceStatistics> measure_keyspace(KeyspaceId keyspace) = 0;
  virtual StorageResult<std::optional<Row>> read_row(KeyspaceId keyspace, std::string_view key) = 0;
  /// For a key that read_row() has not found: kCorrupt when a row beside its place is damaged, so that it may be the
  /// one that was looked for. Costs two more look-ups; for readers that would tell somebody that there is nothing.
  virtual StorageResult<void> check_absence(KeyspaceId /*keyspace*/, std::string_view /*key*/) { return {}; }
  /// Shows the rows of `range` in order until the visitor stops or they end. The visitor must not write.
  virtual StorageResult<void> scan_rows(KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                        const RowVisitor& visit) = 0;

  // --- Rows as they were, of a keyspace with history. ---

  /// The oldest sequence as of which the keyspace can be read; empty when it has no history.
  [[nodiscard]] virtual std::optional<Sequence> history_begin(KeyspaceId keyspace) = 0;
  /// read_row() of what the keyspace held when next_sequence() gave out `as_of`: with all that had been written by
  /// then, the same transaction included, and nothing that came after. `as_of` has been given out, and is not older
  /// than history_begin(). One more look-up than read_row(), however much has been kept.
  virtual StorageResult<std::optional<Row>> read_row_as_of(KeyspaceId keyspace, std::string_view key,
                                                           Sequence as_of) = 0;
  /// scan_rows() of what the keyspace held then. Two more look-ups for each key of the range of which something is
  /// kept.
  virtual StorageResult<void> scan_rows_as_of(KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                              Sequence as_of, const RowVisitor& visit) = 0;
  /// Shows, in ascending order, the keys of `range` under which something else lies now, and perhaps others that were
  /// written since, each with what was under it as of `as_of`: writing these back undoes what has changed. The visitor
  /// must not write. Costs nothing for rows that nobody has written since the history began.
  virtual StorageResult<void> scan_changes(KeyspaceId keyspace, const KeyRange& range, Sequence as_of,
                                           const PastRowVisitor& visit) = 0;

  // --- Logs. ---

  /// Shows the records of `log` with a sequence greater than `after`, in order, until the visitor stops. Error
  /// kCorrupt: what follows the records shown so far cannot be read; StorageError::damaged_through says where it goes
  /// on.
  virtual StorageResult<void> read_records(LogId log, Sequence after, const RecordVisitor& visit) = 0;
  /// The newest sequence number in `log`, or empty.
  virtual StorageResult<std::optional<Sequence>> latest_record(LogId log) = 0;

  // --- Documents: small named JSON texts (table definitions, streams, functions, mappings, checkpoints). ---

  virtual StorageResult<std::optional<std::string>> read_document(std::string_view kind, std::string_view name) = 0;
  /// Shows all documents of `kind`, ordered by name bytes. The visitor must not write.
  virtual StorageResult<void> scan_documents(std::string_view kind, const DocumentVisitor& visit) = 0;
};

class Storage : public StorageReader {
 public:
  // --- Transactions. Writes are allowed only between begin() and commit(); reads see them at once. ---

  virtual StorageResult<void> begin() = 0;
  /// Makes everything since begin() last, or (on error) none of it. No transaction is open afterwards either way.
  virtual StorageResult<void> commit() = 0;
  /// Undoes everything since begin().
  virtual void rollback() = 0;

  // --- Rows. ---

  virtual StorageResult<KeyspaceId> create_keyspace() = 0;
  /// The keyspace is gone at once, whatever it holds; its rows take room until reclaim() has removed them.
  virtual StorageResult<void> drop_keyspace(KeyspaceId keyspace) = 0;
  /// Inserts or replaces.
  virtual StorageResult<void> write_row(KeyspaceId keyspace, std::string_view key, std::string_view item_json,
                                        std::size_t item_size, PreviousRow previous = PreviousRow::unknown()) = 0;
  /// Removes; a key that is not there is no error.
  virtual StorageResult<void> erase_row(KeyspaceId keyspace, std::string_view key,
                                        PreviousRow previous = PreviousRow::unknown()) = 0;

  // --- History: what a write finds under its key is kept, in the same transaction. A new keyspace has none. ---
  //
  // A snapshot is a number: next_sequence(), taken between two operations. Writes take no numbers of their own. What a
  // write replaces was there until the number that is given out next; of several writes of a row between two numbers,
  // only what the first one finds can be asked for, and only that is kept.

  /// Begins the history of the keyspace, and takes a number for its first moment: history_begin(), as of which the
  /// keyspace is as it is now. Where there is a history already nothing changes, and its beginning is returned.
  virtual StorageResult<Sequence> keep_history(KeyspaceId keyspace) = 0;
  /// Ends it. What was kept is gone at once, and takes room until reclaim() has removed it.
  virtual StorageResult<void> drop_history(KeyspaceId keyspace) = 0;
  /// Has the history begin at `first`, which has been given out; at its beginning or before, nothing changes. What was
  /// kept for older ones only takes room until reclaim() has removed it.
  virtual StorageResult<void> forget_history(KeyspaceId keyspace, Sequence first) = 0;

  // --- Logs. ---

  virtual StorageResult<LogId> create_log() = 0;
  /// As drop_keyspace(): gone at once, reclaim() removes the records.
  virtual StorageResult<void> drop_log(LogId log) = 0;
  /// Takes the next sequence number. Strictly increasing over the life of the database, gaps allowed; a number taken
  /// in a transaction that is rolled back is not given out again.
  virtual StorageResult<Sequence> next_sequence() = 0;
  /// Appends a record. `sequence` comes from next_sequence() and is greater than any in `log`.
  virtual StorageResult<void> append_record(LogId log, Sequence sequence, TimePoint created,
                                            std::string_view payload) = 0;
  /// Removes the records of `log` up to and including `through`.
  virtual StorageResult<void> trim_log(LogId log, Sequence through) = 0;

  // --- What was dropped or trimmed, and still takes room. ---

  /// Whether reclaim() has anything to do.
  [[nodiscard]] virtual bool has_reclaimable() const = 0;
  /// Removes as much of it as `budget` allows within the open transaction, and gives its room back. What is left is
  /// remembered with the data, so that it goes on after a restart.
  virtual StorageResult<void> reclaim(const Budget& budget) = 0;

  // --- Documents. ---

  virtual StorageResult<void> write_document(std::string_view kind, std::string_view name, std::string_view text) = 0;
  virtual StorageResult<void> erase_document(std::string_view kind, std::string_view name) = 0;

  // --- The write-ahead log of a file. ---

  /// What copies the log into the database, beside the gate; null when there is no log. Lives as long as the storage.
  virtual Checkpointer* checkpointer() { return nullptr; }
};

}  // namespace millrace::storage
