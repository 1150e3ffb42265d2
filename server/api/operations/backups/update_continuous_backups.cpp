// UpdateContinuousBackups (API reference, 3.17): whether what a table was is kept, and for how many days.
#include <optional>
#include <utility>

#include "server/api/backups/continuous_backups.hpp"
#include "server/api/backups/make_backup.hpp"

namespace millrace::api {
namespace {

struct RecoverySpecification {
  std::optional<bool> enabled;
  std::optional<std::int64_t> period_in_days;
};
constexpr of_tables::MemberTable kRecoverySpecification{
    "PointInTimeRecoverySpecification",
    of_tables::row(&RecoverySpecification::enabled,
                   {.name = "PointInTimeRecoveryEnabled", .presence = members::Presence::kRequired}),
    of_tables::row(&RecoverySpecification::period_in_days,
                   {.name = "RecoveryPeriodInDays", .bounds = {1, model::PointInTimeRecovery::kLongestPeriod}}),
};
struct UpdateContinuousBackupsMembers {
  OptionalText table_name;
  std::optional<RecoverySpecification> specification;
};
constexpr of_tables::MemberTable kUpdateContinuousBackupsMembers{
    "UpdateContinuousBackupsInput",
    of_tables::row(&UpdateContinuousBackupsMembers::table_name, of_tables::kTableName),
    of_tables::row_of<kRecoverySpecification>(
        &UpdateContinuousBackupsMembers::specification,
        {.name = "PointInTimeRecoverySpecification", .presence = members::Presence::kRequired}),
};

struct UpdateContinuousBackupsRequest {
  model::TableReference table;
  RecoverySpecification specification;
};

Result<UpdateContinuousBackupsRequest> parse_update_continuous_backups(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<UpdateContinuousBackupsMembers>(body, kUpdateContinuousBackupsMembers));
  validation::Constraints constraints;
  members::check(constraints, kUpdateContinuousBackupsMembers, members);
  TRY_ASSIGN(auto table, finish_with_table(constraints, members.table_name));
  return UpdateContinuousBackupsRequest{std::move(table), *members.specification};
}

Result<ContinuousBackups> execute_update_continuous_backups(OperationContext& context,
                                                            const UpdateContinuousBackupsRequest& request) {
  TRY_ASSIGN(const auto table, require_table_of_backups(context, request.table));
  auto& services = context.services;
  const TimePoint now = services.clock.now();
  auto definition = table->definition;
  auto& recovery = definition.point_in_time_recovery;
  if (!*request.specification.enabled) {
    recovery.reset();
  } else {
    if (!recovery) {
      TRY(services.backups.row_keeping.snapshot(definition.keyspace));
      recovery.emplace().since = now;
    }
    if (const auto days = request.specification.period_in_days) recovery->period_in_days = static_cast<int>(*days);
  }
  TRY_ASSIGN(const auto stored, services.tables.put(std::move(definition)));
  TRY(services.backups.row_keeping.release(stored->definition.keyspace, now));
  return ContinuousBackups{stored->definition.point_in_time_recovery, now};
}

}  // namespace

extern const Operation kUpdateContinuousBackups{
    "DynamoDB_20120810.UpdateContinuousBackups",
    run_operation<parse_update_continuous_backups, storage::Access::kWrite, execute_update_continuous_backups,
                  append_continuous_backups_answer>,
    kUpdateContinuousBackupsMembers.members};

}  // namespace millrace::api
