// All backups of the database, in memory, each mirrored in a document of kind "backup". As the catalog of tables, it
// knows what there is and not what may be done.
//
// Threads: as Storage, only inside a storage::GroupCommit entry; what it hands out is immutable and may leave.
// Transactions: put() and remove() write in the caller's. When it is lost, load() reads again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/backups/backup.hpp"
#include "server/model/caller.hpp"
#include "server/storage/storage.hpp"

namespace millrace::backups {

using BackupPointer = std::shared_ptr<const Backup>;

class BackupCatalog {
 public:
  /// `storage` outlives the catalog.
  explicit BackupCatalog(storage::Storage& storage) : storage_{storage} {}

  /// Reads them all: once at the start, and again after a group was lost. Errors: kCorrupt.
  StorageResult<void> load();

  StorageResult<BackupPointer> put(Backup backup);
  StorageResult<void> remove(const std::string& arn);

  /// The backup with that ARN, if `caller` sees it; null otherwise.
  [[nodiscard]] BackupPointer find(const model::Caller& caller, std::string_view arn) const;

  /// Those of the caller's account and region for which `wanted` holds, by table and then by time; at most `limit`,
  /// from behind the ARN `after` (empty: from the first).
  [[nodiscard]] std::vector<BackupPointer> list(const model::Caller& caller, std::string_view after, std::size_t limit,
                                                const std::function<bool(const Backup&)>& wanted) const;

  /// As of which sequence the oldest backup of the keyspace needs it; nothing when none does.
  [[nodiscard]] std::optional<storage::Sequence> oldest_of(model::KeyspaceId keyspace) const;
  /// One that has expired by `now`, or null.
  [[nodiscard]] BackupPointer find_expired(TimePoint now) const;

 private:
  storage::Storage& storage_;
  std::map<std::string, BackupPointer, std::less<>> backups_;  ///< by ARN
};

}  // namespace millrace::backups
