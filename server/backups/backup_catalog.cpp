#include "server/backups/backup_catalog.hpp"

#include <algorithm>
#include <utility>

#include "server/model/arn.hpp"

namespace millrace::backups {

StorageResult<void> BackupCatalog::load() {
  std::optional<StorageError> failure;
  std::map<std::string, BackupPointer, std::less<>> loaded;
  const auto scanned = storage_.scan_documents(kBackupDocuments, [&](std::string_view name, std::string_view text) {
    auto backup = backup_from_document(text);
    if (backup.has_error()) {
      failure = std::move(backup).error();
      return;
    }
    loaded.emplace(name, std::make_shared<const Backup>(*std::move(backup)));
  });
  if (scanned.has_error()) return scanned.error();
  if (failure) return *std::move(failure);
  backups_ = std::move(loaded);
  return {};
}

StorageResult<BackupPointer> BackupCatalog::put(Backup backup) {
  auto entry = std::make_shared<const Backup>(std::move(backup));
  if (auto written = storage_.write_document(kBackupDocuments, entry->arn, to_document(*entry)); written.has_error()) {
    return written.error();
  }
  backups_.insert_or_assign(entry->arn, entry);
  return BackupPointer{entry};
}

StorageResult<void> BackupCatalog::remove(const std::string& arn) {
  auto erased = storage_.erase_document(kBackupDocuments, arn);
  if (erased.has_value()) backups_.erase(arn);
  return erased;
}

BackupPointer BackupCatalog::find(const model::Caller& caller, std::string_view arn) const {
  const auto parts = model::parse_backup_arn(arn);
  if (!parts || !caller.is_meant_by(parts->region, parts->account_id)) return nullptr;
  const auto found = backups_.find(arn);
  return found == backups_.end() ? nullptr : found->second;
}

std::vector<BackupPointer> BackupCatalog::list(const model::Caller& caller, std::string_view after, std::size_t limit,
                                               const std::function<bool(const Backup&)>& wanted) const {
  // The ARNs of an account and region begin alike, so they stand together.
  const std::string of_caller = model::table_arn(caller.account, {});
  std::vector<BackupPointer> found;
  auto at = after < of_caller ? backups_.lower_bound(of_caller) : backups_.upper_bound(after);
  for (; at != backups_.end() && at->first.starts_with(of_caller) && found.size() < limit; ++at) {
    if (wanted(*at->second)) found.push_back(at->second);
  }
  return found;
}

std::optional<storage::Sequence> BackupCatalog::oldest_of(model::KeyspaceId keyspace) const {
  std::optional<storage::Sequence> oldest;
  for (const auto& [arn, backup] : backups_) {
    if (backup->table.keyspace == keyspace) oldest = std::min(oldest.value_or(backup->as_of), backup->as_of);
  }
  return oldest;
}

BackupPointer BackupCatalog::find_expired(TimePoint now) const {
  const auto found = std::ranges::find_if(
      backups_, [&](const auto& entry) { return entry.second->expires && *entry.second->expires <= now; });
  return found == backups_.end() ? nullptr : found->second;
}

}  // namespace millrace::backups
