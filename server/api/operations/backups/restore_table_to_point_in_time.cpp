// RestoreTableToPointInTime (API reference, 3.17): the table as it was at the end of a second of emulated time.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "server/api/backups/make_backup.hpp"
#include "server/api/backups/restore_table.hpp"

namespace millrace::api {
namespace {

struct RestoreToPointInTimeMembers : RestoreOverrides {
  OptionalText source_arn;
  OptionalText source_name;
  OptionalText target;
  std::optional<bool> latest;
  std::optional<TimePoint> time;
};
constexpr of_tables::MemberTable kRestoreToPointInTimeMembers{
    "RestoreTableToPointInTimeInput",
    of_tables::row(&RestoreToPointInTimeMembers::source_arn, {.name = "SourceTableArn", .bounds = {1, 1024}}),
    of_tables::row(&RestoreToPointInTimeMembers::source_name, {.name = "SourceTableName",
                                                               .bounds = {3, 255},
                                                               .pattern = of_tables::kNamePattern,
                                                               .check = check_resource_name}),
    of_tables::row(&RestoreToPointInTimeMembers::target, kTargetTableName),
    of_tables::row(&RestoreToPointInTimeMembers::latest, {.name = "UseLatestRestorableTime"}),
    of_tables::row(&RestoreToPointInTimeMembers::time, {.name = "RestoreDateTime"}),
    of_tables::row(override_of<RestoreToPointInTimeMembers>(&RestoreOverrides::billing_mode),
                   {.name = "BillingModeOverride", .values = of_tables::kBillingModes}),
    of_tables::rows_of<of_tables::kGlobalIndex>(
        override_of<RestoreToPointInTimeMembers>(&RestoreOverrides::global_indexes),
        {.name = "GlobalSecondaryIndexOverride"}),
    of_tables::rows_of<of_tables::kLocalIndex>(
        override_of<RestoreToPointInTimeMembers>(&RestoreOverrides::local_indexes),
        {.name = "LocalSecondaryIndexOverride"}),
    of_tables::row_of<of_tables::kThroughput>(override_of<RestoreToPointInTimeMembers>(&RestoreOverrides::throughput),
                                              {.name = "ProvisionedThroughputOverride"}),
    of_tables::row_of<of_tables::kOnDemandThroughput>(
        override_of<RestoreToPointInTimeMembers>(&RestoreOverrides::on_demand), {.name = "OnDemandThroughputOverride"}),
    of_tables::row_of<of_tables::kEncryption>(override_of<RestoreToPointInTimeMembers>(&RestoreOverrides::encryption),
                                              {.name = "SSESpecificationOverride"}),
    of_tables::rows_of<of_tables::kVectorIndex>(
        override_of<RestoreToPointInTimeMembers>(&RestoreOverrides::vector_indexes), {.name = "VectorIndexOverride"}),
};

Result<RestoreToPointInTimeMembers> parse_restore_to_point_in_time(const json::Object& body) {
  TRY_ASSIGN(auto members, members::read_checked<RestoreToPointInTimeMembers>(body, kRestoreToPointInTimeMembers));
  if (members.source_arn.has_value() == members.source_name.has_value()) {
    return base::validation_error("Exactly one of SourceTableName and SourceTableArn must be specified");
  }
  if (members.latest.value_or(false) == members.time.has_value()) {
    return base::validation_error("Exactly one of UseLatestRestorableTime and RestoreDateTime must be specified");
  }
  return members;
}

/// Errors: TableNotFoundException, PointInTimeRecoveryUnavailableException.
Result<catalog::TablePointer> require_source(const OperationContext& context,
                                             const RestoreToPointInTimeMembers& request) {
  const model::TableReference source{std::string{request.source_arn ? *request.source_arn : *request.source_name}};
  TRY(context.tables().check_place(source));
  auto table = context.tables().find(source.name());
  if (!table) {
    return ApiError{ErrorKind::kTableNotFound, std::string{"Source table not found: "}.append(source.name())};
  }
  if (!table->definition.point_in_time_recovery) {
    return ApiError{ErrorKind::kPointInTimeRecoveryUnavailable,
                    "Point in time recovery is not enabled for table '" + table->definition.name + "'"};
  }
  return table;
}

/// As of which sequence the table is what it was at `time`.
Result<storage::Sequence> sequence_at(OperationContext& context, const model::TableDefinition& table, TimePoint time) {
  using std::chrono::floor;
  using std::chrono::seconds;
  auto& services = context.services;
  const TimePoint now = services.clock.now();
  const TimePoint earliest = backups::earliest_restorable(*table.point_in_time_recovery, now);
  if (floor<seconds>(time) < floor<seconds>(earliest) || time > now) {
    return ApiError{ErrorKind::kInvalidRestoreTime,
                    "An invalid restore time was specified. RestoreDateTime must be between "
                    "EarliestRestorableDateTime and LatestRestorableDateTime."};
  }
  TRY_ASSIGN(const auto end, services.backups.time_marks.end_of(time));
  if (end) {
    const auto begin = services.gate.storage().history_begin(table.keyspace);
    return std::max(*end, begin.value_or(*end));
  }
  TRY_ASSIGN(const auto present, services.backups.row_keeping.snapshot(table.keyspace));
  return present;
}

Result<TableDescription> execute_restore_to_point_in_time(OperationContext& context,
                                                          const RestoreToPointInTimeMembers& request) {
  TRY_ASSIGN(const auto table, require_source(context, request));
  const auto& source = table->definition;
  const TimePoint time = request.time.value_or(context.services.clock.now());
  TRY_ASSIGN(const auto as_of, sequence_at(context, source, time));
  model::Restore restore{.backup_arn = {},
                         .table_arn = source.arn,
                         .time = time,
                         .copy = model::Restore::Copy{source.keyspace, as_of, {}}};
  return restore_table(context, std::string{*request.target}, source, request, std::move(restore));
}

}  // namespace

extern const Operation kRestoreTableToPointInTime{
    "DynamoDB_20120810.RestoreTableToPointInTime",
    run_operation<parse_restore_to_point_in_time, storage::Access::kWrite, execute_restore_to_point_in_time,
                  append_table_description_answer>,
    kRestoreToPointInTimeMembers.members};

}  // namespace millrace::api
