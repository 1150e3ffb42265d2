// DeleteBackup (API reference, 3.17): the rows that only it has needed go with it. A restore that has begun goes on.
#include <string>

#include "server/api/backups/backup_description.hpp"
#include "server/api/backups/make_backup.hpp"

namespace millrace::api {
namespace {

constexpr auto kDeleteBackupMembers = named_backup("DeleteBackupInput");

Result<backups::BackupPointer> execute_delete_backup(OperationContext& context, const std::string& arn) {
  TRY_ASSIGN(const auto backup, require_available_backup(context, arn));
  auto& services = context.services;
  TRY(services.backups.catalog.remove(backup->arn));
  TRY(services.backups.row_keeping.release(backup->table.keyspace, services.clock.now()));
  return backup;
}

void write_delete_backup(std::string& out, const backups::BackupPointer& backup) {
  append_backup_description_answer(out, *backup, "DELETED");
}

}  // namespace

extern const Operation kDeleteBackup{"DynamoDB_20120810.DeleteBackup",
                                     run_operation<parse_named_backup<kDeleteBackupMembers>, storage::Access::kWrite,
                                                   execute_delete_backup, write_delete_backup>,
                                     kDeleteBackupMembers.members};

}  // namespace millrace::api
