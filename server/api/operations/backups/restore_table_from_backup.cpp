// RestoreTableFromBackup (API reference, 3.17).
#include <optional>
#include <string>
#include <utility>

#include "server/api/backups/make_backup.hpp"
#include "server/api/backups/restore_table.hpp"

namespace millrace::api {
namespace {

struct RestoreFromBackupMembers : RestoreOverrides {
  OptionalText target;
  OptionalText backup_arn;
};
constexpr of_tables::MemberTable kRestoreFromBackupMembers{
    "RestoreTableFromBackupInput",
    of_tables::row(&RestoreFromBackupMembers::target, kTargetTableName),
    of_tables::row(&RestoreFromBackupMembers::backup_arn, kBackupArn),
    of_tables::row(override_of<RestoreFromBackupMembers>(&RestoreOverrides::billing_mode),
                   {.name = "BillingModeOverride", .values = of_tables::kBillingModes}),
    of_tables::rows_of<of_tables::kGlobalIndex>(
        override_of<RestoreFromBackupMembers>(&RestoreOverrides::global_indexes),
        {.name = "GlobalSecondaryIndexOverride"}),
    of_tables::rows_of<of_tables::kLocalIndex>(override_of<RestoreFromBackupMembers>(&RestoreOverrides::local_indexes),
                                               {.name = "LocalSecondaryIndexOverride"}),
    of_tables::row_of<of_tables::kThroughput>(override_of<RestoreFromBackupMembers>(&RestoreOverrides::throughput),
                                              {.name = "ProvisionedThroughputOverride"}),
    of_tables::row_of<of_tables::kOnDemandThroughput>(
        override_of<RestoreFromBackupMembers>(&RestoreOverrides::on_demand), {.name = "OnDemandThroughputOverride"}),
    of_tables::row_of<of_tables::kEncryption>(override_of<RestoreFromBackupMembers>(&RestoreOverrides::encryption),
                                              {.name = "SSESpecificationOverride"}),
    of_tables::rows_of<of_tables::kVectorIndex>(
        override_of<RestoreFromBackupMembers>(&RestoreOverrides::vector_indexes), {.name = "VectorIndexOverride"}),
};

Result<RestoreFromBackupMembers> parse_restore_from_backup(const json::Object& body) {
  TRY_ASSIGN(auto members, members::read_checked<RestoreFromBackupMembers>(body, kRestoreFromBackupMembers));
  return members;
}

Result<TableDescription> execute_restore_from_backup(OperationContext& context,
                                                     const RestoreFromBackupMembers& request) {
  TRY_ASSIGN(const auto backup, require_available_backup(context, std::string{*request.backup_arn}));
  model::Restore restore{.backup_arn = backup->arn,
                         .table_arn = backup->table.arn,
                         .time = backup->created,
                         .copy = model::Restore::Copy{backup->table.keyspace, backup->as_of, {}}};
  return restore_table(context, std::string{*request.target}, backup->table, request, std::move(restore));
}

}  // namespace

extern const Operation kRestoreTableFromBackup{
    "DynamoDB_20120810.RestoreTableFromBackup",
    run_operation<parse_restore_from_backup, storage::Access::kWrite, execute_restore_from_backup,
                  append_table_description_answer>,
    kRestoreFromBackupMembers.members};

}  // namespace millrace::api
