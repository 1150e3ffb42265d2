// DescribeContinuousBackups (API reference, 3.17). A table can be restored to the present, where AWS is five minutes
// behind.
#include "server/api/backups/continuous_backups.hpp"
#include "server/api/backups/make_backup.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeContinuousBackupsMembers = of_tables::named_table("DescribeContinuousBackupsInput");

Result<ContinuousBackups> execute_describe_continuous_backups(OperationContext& context,
                                                              const model::TableReference& table_name) {
  TRY_ASSIGN(const auto table, require_table_of_backups(context, table_name));
  return ContinuousBackups{table->definition.point_in_time_recovery, context.services.clock.now()};
}

}  // namespace

extern const Operation kDescribeContinuousBackups{
    "DynamoDB_20120810.DescribeContinuousBackups",
    run_operation<of_tables::parse_named_table<kDescribeContinuousBackupsMembers>, storage::Access::kRead,
                  execute_describe_continuous_backups, append_continuous_backups_answer>,
    kDescribeContinuousBackupsMembers.members};

}  // namespace millrace::api
