// DescribeBackup (API reference, 3.17).
#include <string>
#include <string_view>
#include <utility>

#include "server/api/backups/backup_description.hpp"
#include "server/api/backups/make_backup.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeBackupMembers = named_backup("DescribeBackupInput");

struct DescribeBackupResponse {
  backups::BackupPointer backup;
  std::string_view status;
};

Result<DescribeBackupResponse> execute_describe_backup(OperationContext& context, const std::string& arn) {
  TRY_ASSIGN(auto backup, require_backup(context, arn));
  const auto status = backup_status(context, *backup);
  return DescribeBackupResponse{std::move(backup), status};
}

void write_describe_backup(std::string& out, const DescribeBackupResponse& response) {
  append_backup_description_answer(out, *response.backup, response.status);
}

}  // namespace

extern const Operation kDescribeBackup{"DynamoDB_20120810.DescribeBackup",
                                       run_operation<parse_named_backup<kDescribeBackupMembers>, storage::Access::kRead,
                                                     execute_describe_backup, write_describe_backup>,
                                       kDescribeBackupMembers.members};

}  // namespace millrace::api
