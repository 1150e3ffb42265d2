#include "server/api/backups/make_backup.hpp"

#include <chrono>
#include <utility>

namespace millrace::api {
namespace {

constexpr std::string_view kAvailable = "AVAILABLE";

constexpr auto kSystemBackupsKept = std::chrono::hours{24 * 35};

}  // namespace

Result<catalog::TablePointer> require_table_of_backups(const OperationContext& context,
                                                       const model::TableReference& table) {
  TRY(context.tables().check_place(table));
  if (auto found = context.tables().find(table.name())) return found;
  return ApiError{ErrorKind::kTableNotFound, std::string{"Table not found: "}.append(table.name())};
}

Result<backups::BackupPointer> make_backup(OperationContext& context, const model::TableDefinition& table,
                                           std::string name, backups::BackupType type) {
  auto& services = context.services;
  backups::Backup backup{.arn = {},
                         .name = std::move(name),
                         .type = type,
                         .created = services.clock.now(),
                         .expires = {},
                         .table = table,
                         .as_of = 0,
                         .statistics = {}};
  backup.arn = model::backup_arn(table.arn, backup.created, static_cast<std::uint32_t>(services.random.next()));
  if (type == backups::BackupType::kSystem) backup.expires = backup.created + kSystemBackupsKept;
  TRY_ASSIGN(backup.statistics, services.gate.storage().measure_keyspace(table.keyspace));
  TRY_ASSIGN(backup.as_of, services.backups.row_keeping.snapshot(table.keyspace));
  TRY_ASSIGN(auto kept, services.backups.catalog.put(std::move(backup)));
  return kept;
}

Result<void> keep_deleted_table(OperationContext& context, const model::TableDefinition& table) {
  TRY(make_backup(context, table, table.name + "$DeletedTableBackup", backups::BackupType::kSystem));
  return {};
}

Result<backups::BackupPointer> require_backup(const OperationContext& context, const std::string& arn) {
  if (auto found = context.services.backups.catalog.find(context.caller, arn)) return found;
  return ApiError{ErrorKind::kBackupNotFound, "Backup not found: " + arn};
}

Result<backups::BackupPointer> require_available_backup(const OperationContext& context, const std::string& arn) {
  TRY_ASSIGN(auto backup, require_backup(context, arn));
  if (backup_status(context, *backup) == kAvailable) return backup;
  return ApiError{
      ErrorKind::kBackupInUse,
      "There is another ongoing conflicting backup control plane operation on the table. The backup is either "
      "being created, deleted or restored to a table."};
}

std::string_view backup_status(const OperationContext& context, const backups::Backup& backup) {
  const auto& services = context.services;
  return services.clock.now() < backup.created + services.options.transient_statuses ? "CREATING" : kAvailable;
}

}  // namespace millrace::api
