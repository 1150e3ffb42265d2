#include "server/storage/sqlite/database/log_checkpointer.hpp"

#include <algorithm>
#include <utility>

namespace millrace::storage::sqlite {
namespace {

// As the writer's: a checkpoint syncs the log before it copies, and the database before the log may be begun anew. The
// first reading makes SQLite find the log.
constexpr Sql kCheckpointSettings{R"(
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA cache_size = -64;
  SELECT count(*) FROM sqlite_schema;
)"};

}  // namespace

StorageResult<std::unique_ptr<LogCheckpointer>> LogCheckpointer::open(Database& writer, const std::string& path,
                                                                      Faults faults) {
  auto connection = Database::open(path);
  if (connection.has_error()) return std::move(connection).error();
  if (auto set = (*connection)->run(kCheckpointSettings); set.has_error()) return std::move(set).error();
  std::unique_ptr<LogCheckpointer> checkpointer{new LogCheckpointer{*std::move(connection), faults}};
  writer.on_log_commit([noting = checkpointer.get()](std::size_t pages) { noting->note_commit(pages); });
  return checkpointer;
}

LogFill LogCheckpointer::fill() const {
  const std::scoped_lock lock{mutex_};
  return {.pages = pages_, .uncopied = pages_ - std::min(copied_, pages_)};
}

void LogCheckpointer::note_commit(std::size_t pages) {
  const std::scoped_lock lock{mutex_};
  // A large transaction may have begun a small log anew: what was copied as a whole counts no longer, until a
  // checkpoint knows better.
  if (pages < pages_ || copied_ >= pages_) {
    ++logs_begun_;
    copied_ = 0;
  }
  pages_ = pages;
}

StorageResult<void> LogCheckpointer::checkpoint() {
  const std::scoped_lock one_at_a_time{connection_mutex_};
  if (faults_.fires(FaultPoint::kStorageCheckpoint)) {
    return StorageError{StorageErrorKind::kIo, "fault injected at storage.checkpoint"};
  }
  const auto begun_before = [&] {
    const std::scoped_lock lock{mutex_};
    return logs_begun_;
  }();
  const auto done = connection_->checkpoint();
  if (done.has_error()) return done.error();
  const std::scoped_lock lock{mutex_};
  if (logs_begun_ == begun_before) copied_ = done->copied;  // otherwise it was another log
  return {};
}

}  // namespace millrace::storage::sqlite
