// CreateBackup (API reference, 3.17). The backup is there when the answer leaves, though the answer says CREATING as
// AWS's does.
#include <string>
#include <utility>

#include "server/api/backups/backup_description.hpp"
#include "server/api/backups/make_backup.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

struct CreateBackupMembers {
  OptionalText table_name;
  OptionalText backup_name;
};
constexpr of_tables::MemberTable kCreateBackupMembers{
    "CreateBackupInput",
    of_tables::row(&CreateBackupMembers::table_name, of_tables::kTableName),
    of_tables::row(&CreateBackupMembers::backup_name, {.name = "BackupName",
                                                       .presence = members::Presence::kRequired,
                                                       .bounds = {3, 255},
                                                       .pattern = of_tables::kNamePattern,
                                                       .check = check_resource_name}),
};

struct CreateBackupRequest {
  model::TableReference table;
  std::string name;
};

Result<CreateBackupRequest> parse_create_backup(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<CreateBackupMembers>(body, kCreateBackupMembers));
  validation::Constraints constraints;
  members::check(constraints, kCreateBackupMembers, members);
  TRY_ASSIGN(auto table, finish_with_table(constraints, members.table_name));
  return CreateBackupRequest{std::move(table), std::string{*members.backup_name}};
}

Result<backups::BackupPointer> execute_create_backup(OperationContext& context, const CreateBackupRequest& request) {
  TRY_ASSIGN(const auto table, require_table_of_backups(context, request.table));
  if (table->definition.is_being_filled()) {
    return ApiError{ErrorKind::kTableInUse, "Table is being created: " + table->definition.name};
  }
  return make_backup(context, table->definition, request.name, backups::BackupType::kUser);
}

void write_create_backup(std::string& out, const backups::BackupPointer& backup) {
  json::ObjectWriter writer{out};
  append_backup_details(writer.key("BackupDetails"), *backup, "CREATING");
  writer.finish();
}

}  // namespace

extern const Operation kCreateBackup{
    "DynamoDB_20120810.CreateBackup",
    run_operation<parse_create_backup, storage::Access::kWrite, execute_create_backup, write_create_backup>,
    kCreateBackupMembers.members};

}  // namespace millrace::api
