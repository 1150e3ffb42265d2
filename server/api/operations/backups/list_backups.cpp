// ListBackups (API reference, 3.17): by table, those of a table by time.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "server/api/backups/backup_description.hpp"
#include "server/api/backups/make_backup.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr std::int64_t kMostBackups = 100;
constexpr std::array<std::string_view, 4> kBackupTypes{"USER", "SYSTEM", "AWS_BACKUP", "ALL"};

struct ListBackupsMembers {
  OptionalText table_name;
  std::optional<std::int64_t> limit;
  std::optional<TimePoint> lower;
  std::optional<TimePoint> upper;
  OptionalText start;
  OptionalText type;
};
constexpr of_tables::MemberTable kListBackupsMembers{
    "ListBackupsInput",
    of_tables::row(
        &ListBackupsMembers::table_name,
        {.name = "TableName", .bounds = {3, 255}, .pattern = of_tables::kNamePattern, .check = check_name_of_table}),
    of_tables::row(&ListBackupsMembers::limit, {.name = "Limit", .bounds = {1, kMostBackups}}),
    of_tables::row(&ListBackupsMembers::lower, {.name = "TimeRangeLowerBound"}),
    of_tables::row(&ListBackupsMembers::upper, {.name = "TimeRangeUpperBound"}),
    of_tables::row(&ListBackupsMembers::start, {.name = "ExclusiveStartBackupArn", .bounds = {37, 1024}}),
    of_tables::row(&ListBackupsMembers::type, {.name = "BackupType", .values = kBackupTypes}),
};

struct ListBackupsRequest {
  std::optional<model::TableReference> table;
  std::size_t limit{kMostBackups};
  std::optional<TimePoint> lower;
  std::optional<TimePoint> upper;
  std::string start;
  std::string type{"USER"};
};

struct ListBackupsResponse {
  std::vector<backups::BackupPointer> backups;
  std::vector<std::string_view> statuses;  ///< of each
  bool more{false};
};

Result<ListBackupsRequest> parse_list_backups(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<ListBackupsMembers>(body, kListBackupsMembers));
  ListBackupsRequest request;
  if (members.table_name) request.table.emplace(std::string{*members.table_name});
  request.limit = static_cast<std::size_t>(members.limit.value_or(kMostBackups));
  request.lower = members.lower;
  request.upper = members.upper;
  request.start = members.start.value_or("");
  if (members.type) request.type = *members.type;
  return request;
}

Result<ListBackupsResponse> execute_list_backups(OperationContext& context, const ListBackupsRequest& request) {
  if (request.table) TRY(context.tables().check_place(*request.table));
  const auto is_wanted = [&request](const backups::Backup& backup) {
    return (!request.table || backup.table.name == request.table->name()) &&
           (!request.lower || backup.created >= *request.lower) &&
           (!request.upper || backup.created < *request.upper) &&
           (request.type == "ALL" || backups::to_text(backup.type) == request.type);
  };
  ListBackupsResponse response;
  response.backups = context.services.backups.catalog.list(context.caller, request.start, request.limit + 1, is_wanted);
  response.more = response.backups.size() > request.limit;
  if (response.more) response.backups.pop_back();
  for (const auto& backup : response.backups) response.statuses.push_back(backup_status(context, *backup));
  return response;
}

void write_list_backups(std::string& out, const ListBackupsResponse& response) {
  json::ObjectWriter writer{out};
  std::size_t at = 0;
  json::append_list(writer.key("BackupSummaries"), response.backups, [&](const backups::BackupPointer& backup) {
    append_backup_summary(out, *backup, response.statuses[at++]);
  });
  if (response.more) writer.string("LastEvaluatedBackupArn", response.backups.back()->arn);
  writer.finish();
}

}  // namespace

extern const Operation kListBackups{
    "DynamoDB_20120810.ListBackups",
    run_operation<parse_list_backups, storage::Access::kRead, execute_list_backups, write_list_backups>,
    kListBackupsMembers.members};

}  // namespace millrace::api
