// Making a backup of a table that is there (API reference, 3.17).
#pragma once

#include <string>
#include <string_view>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/backups/backup_catalog.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {

/// The table that an operation on backups names. Errors: TableNotFoundException `Table not found: T`, what
/// WorldTables::check_place() says.
Result<catalog::TablePointer> require_table_of_backups(const OperationContext& context,
                                                       const model::TableReference& table);

/// Makes a backup of this moment. Costs the same whatever the table holds.
Result<backups::BackupPointer> make_backup(OperationContext& context, const model::TableDefinition& table,
                                           std::string name, backups::BackupType type);

/// The backup that the service makes of a table with point-in-time recovery when it is deleted: it is kept for 35 days.
Result<void> keep_deleted_table(OperationContext& context, const model::TableDefinition& table);

/// The backup with that ARN. Errors: BackupNotFoundException.
Result<backups::BackupPointer> require_backup(const OperationContext& context, const std::string& arn);

/// The same for what needs it complete. Errors: also BackupInUseException while it is CREATING.
Result<backups::BackupPointer> require_available_backup(const OperationContext& context, const std::string& arn);

/// `CREATING`, where transitions take their time, and then `AVAILABLE`.
std::string_view backup_status(const OperationContext& context, const backups::Backup& backup);

/// `BackupArn` of an operation on a backup that exists.
inline constexpr members::Member kBackupArn{
    .name = "BackupArn", .presence = members::Presence::kRequired, .bounds = {37, 1024}};

/// The request of an operation that names one backup and asks for nothing else.
struct NamedBackup {
  OptionalText arn;
};
constexpr auto named_backup(std::string_view structure) {
  return of_tables::MemberTable{structure, of_tables::row(&NamedBackup::arn, kBackupArn)};
}
template <const auto& kMembers>
Result<std::string> parse_named_backup(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<NamedBackup>(body, kMembers));
  return std::string{*members.arn};
}

}  // namespace millrace::api
