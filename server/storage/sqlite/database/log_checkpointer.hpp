// Checkpoints of a file on a connection of its own, so that the one that is in the gate never waits for the disk.
//
// SQLite begins the write-ahead log anew when a transaction begins at a moment at which all of the log is copied and
// nobody else uses it. A checkpoint that ends while transactions go on has copied all but the last few.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "server/base/faults.hpp"
#include "server/storage/checkpointer.hpp"
#include "server/storage/sqlite/database/database.hpp"

namespace millrace::storage::sqlite {

class LogCheckpointer final : public Checkpointer {
 public:
  /// Opens a second connection to the file of `writer`, which is open, in WAL mode and outlives the checkpointer. From
  /// now on there are no other checkpoints of `writer` than these. Fault point: `storage.checkpoint`.
  static StorageResult<std::unique_ptr<LogCheckpointer>> open(Database& writer, const std::string& path, Faults faults);

  [[nodiscard]] LogFill fill() const override;
  StorageResult<void> checkpoint() override;

 private:
  LogCheckpointer(std::unique_ptr<Database> connection, Faults faults)
      : connection_{std::move(connection)}, faults_{faults} {}

  /// The writer has committed, and the log holds `pages` now.
  void note_commit(std::size_t pages);

  std::mutex connection_mutex_;
  const std::unique_ptr<Database> connection_;
  const Faults faults_;

  mutable std::mutex mutex_;  ///< of what follows
  std::size_t pages_{0};
  std::size_t copied_{0};
  std::size_t logs_begun_{0};  ///< how often the log was begun anew, or may have been
};

}  // namespace millrace::storage::sqlite
