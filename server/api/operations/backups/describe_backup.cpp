// DescribeBackup (API reference, 3.17).
#include <string>

#include "server/api/backups/backup_description.hpp"
#include "server/api/backups/make_backup.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeBackupMembers = named_backup("DescribeBackupInput");

Result<backups::BackupPointer> execute_describe_backup(OperationContext& context, const std::string& arn) {
  return require_backup(context, arn);
}

void write_describe_backup(std::string& out, const backups::BackupPointer& backup) {
  append_backup_description_answer(out, *backup, "AVAILABLE");
}

}  // namespace

extern const Operation kDescribeBackup{"DynamoDB_20120810.DescribeBackup",
                                       run_operation<parse_named_backup<kDescribeBackupMembers>, storage::Access::kRead,
                                                     execute_describe_backup, write_describe_backup>,
                                       kDescribeBackupMembers.members};

}  // namespace millrace::api
