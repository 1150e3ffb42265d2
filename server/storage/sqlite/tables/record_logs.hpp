// The logs of the SQLite storage. Records wait in memory, in one open block for each log, until the transaction commits
// or somebody reads the log; only then do they become a row (record_block.hpp says why).
//
// Belongs to SqliteStorage, which sees to transactions, faults and the identities of logs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/storage/sqlite/database/statements.hpp"
#include "server/storage/sqlite/tables/record_block.hpp"
#include "server/storage/storage.hpp"

namespace millrace::storage::sqlite {

class RecordLogs {
 public:
  /// With `checked`, blocks carry checksums.
  RecordLogs(Statements& statements, bool checked) : statements_{statements}, checked_{checked} {}

  /// Adds `record` to the open block of `log`, and writes the block when that fills it. Within a transaction.
  StorageResult<void> append(LogId log, const RecordView& record);
  /// Writes what the open transaction has appended; nothing to do outside of one. Before the commit, and for the log in
  /// question before anything below looks at it.
  StorageResult<void> write_open_blocks();
  StorageResult<void> write_open_block(LogId log);
  /// Forgets what was appended and not written: the transaction is rolled back.
  void discard_open_blocks();
  /// The same for one log, which is dropped.
  void discard_open_block(LogId log);

  /// As Storage::read_records(), for what is written.
  StorageResult<void> read(LogId log, Sequence after, const RecordVisitor& visit);
  /// The newest sequence number in `log` that is written, or nothing.
  StorageResult<std::optional<Sequence>> latest(LogId log);
  /// Removes the records up to and including `through`, written or not.
  StorageResult<void> trim(LogId log, Sequence through);

 private:
  struct OpenBlock {
    LogId log{0};
    Sequence last{0};
    std::string bytes;  ///< empty: nothing waits
  };

  /// Nullptr when nothing was ever appended to `log`, or the block has been given up.
  OpenBlock* find_open_block(LogId log);
  StorageResult<void> write_block(OpenBlock& block);
  /// The first block left by a trim may begin with records that are to go.
  StorageResult<void> trim_first_block(LogId log, Sequence through);

  [[nodiscard]] std::int64_t checksum_of(std::int64_t last_sequence, LogId log, std::string_view block) const;
  /// The error of a block that cannot be read, naming it: the first one behind `after`.
  StorageError damaged(StorageError error, LogId log, Sequence after);

  Statements& statements_;
  const bool checked_;
  std::vector<OpenBlock> open_blocks_;  ///< kept from one transaction to the next for their memory
};

}  // namespace millrace::storage::sqlite
