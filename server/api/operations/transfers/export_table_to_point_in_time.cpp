// ExportTableToPointInTime (API reference, 3.18): the table as it was at the end of a second of emulated time, or what
// has changed in it from one second to another, into a bucket. The request takes a number of storage's history and
// costs the same whatever the table holds; server/transfers does the work.
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "server/api/items/request_fingerprint.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"
#include "server/transfers/export_filter.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using std::chrono::floor;
using std::chrono::seconds;

constexpr std::array<std::string_view, 2> kExportFormats{"DYNAMODB_JSON", "ION"};
constexpr std::array<std::string_view, 2> kExportTypes{"FULL_EXPORT", "INCREMENTAL_EXPORT"};
constexpr std::array<std::string_view, 2> kExportViews{"NEW_IMAGE", "NEW_AND_OLD_IMAGES"};
constexpr auto kShortestIncrement = std::chrono::minutes{15};
constexpr auto kLongestIncrement = std::chrono::hours{24};

struct IncrementInput {
  std::optional<TimePoint> from;
  std::optional<TimePoint> to;
  OptionalText view;
};
constexpr of_tables::MemberTable kIncrement{
    "IncrementalExportSpecification",
    of_tables::row(&IncrementInput::from, {.name = "ExportFromTime"}),
    of_tables::row(&IncrementInput::to, {.name = "ExportToTime"}),
    of_tables::row(&IncrementInput::view, {.name = "ExportViewType", .values = kExportViews}),
};

// FilterSpecification holds maps, which no row of a table reads: its types are checked, and the rest by
// transfers::read_export_filter().
constexpr std::array kFilterMembers{
    of_items::kFilterExpression,
    of_items::kProjectionExpression,
    members::Member{.name = "KeyConditionExpression", .shape = &members::kString},
    of_items::kAttributeNames,
    of_items::kExpressionValues,
};
constexpr members::Shape kFilterShape{
    .kind = members::Kind::kStructure, .name = "FilterSpecification", .members = kFilterMembers};
struct FilterRow {
  members::Member member{.name = "FilterSpecification", .shape = &kFilterShape};
};
template <class Owner>
void read_row(json::ObjectReader& in, const FilterRow& row, Owner& /*out*/) {
  auto filter = in.structure(row.member.name, kFilterShape.name);
  if (!filter) return;
  for (const char* const name : {"FilterExpression", "ProjectionExpression", "KeyConditionExpression"}) {
    static_cast<void>(filter->string(name));
  }
  static_cast<void>(filter->string_map("ExpressionAttributeNames"));
  static_cast<void>(filter->expression_values("ExpressionAttributeValues"));
  in.adopt(*filter);
}
template <class Owner>
void check_row(validation::Constraints& /*constraints*/, const FilterRow& /*row*/, const Owner& /*value*/,
               std::string_view /*parent*/) {}

struct ExportMembers {
  OptionalText table;
  std::optional<TimePoint> time;
  OptionalText token;
  OptionalText bucket;
  OptionalText owner;
  OptionalText prefix;
  OptionalText algorithm;
  OptionalText key_id;
  OptionalText format;
  OptionalText type;
  std::optional<IncrementInput> increment;
};
constexpr of_tables::MemberTable kExportMembers{
    "ExportTableToPointInTimeInput",
    of_tables::row(&ExportMembers::table,
                   {.name = "TableArn", .presence = members::Presence::kRequired, .bounds = {1, 1024}}),
    of_tables::row(&ExportMembers::time, {.name = "ExportTime"}),
    of_tables::row(&ExportMembers::token, kClientToken),
    of_tables::row(&ExportMembers::bucket, kS3Bucket),
    of_tables::row(&ExportMembers::owner, kS3BucketOwner),
    of_tables::row(&ExportMembers::prefix, {.name = "S3Prefix", .bounds = {0, 1024}}),
    of_tables::row(&ExportMembers::algorithm, kS3SseAlgorithm),
    of_tables::row(&ExportMembers::key_id, kS3SseKmsKeyId),
    of_tables::row(&ExportMembers::format, {.name = "ExportFormat", .values = kExportFormats}),
    of_tables::row(&ExportMembers::type, {.name = "ExportType", .values = kExportTypes}),
    of_tables::row_of<kIncrement>(&ExportMembers::increment, {.name = "IncrementalExportSpecification"}),
    FilterRow{},
};

struct ExportInput {
  ExportMembers members;
  model::TableReference table;
  std::string fingerprint;
  std::string filter;
};

Result<ExportInput> parse_export_table(const json::Object& body) {
  ExportInput request;
  TRY_ASSIGN(request.members, members::read_checked<ExportMembers>(body, kExportMembers));
  const auto& members = request.members;
  const bool incremental = members.type == "INCREMENTAL_EXPORT";
  if (incremental != members.increment.has_value()) {
    return invalid_parameter_values(
        incremental ? "IncrementalExportSpecification must be specified when ExportType is INCREMENTAL_EXPORT"
                    : "IncrementalExportSpecification can only be specified when ExportType is INCREMENTAL_EXPORT");
  }
  if (incremental && members.time) {
    return invalid_parameter_values("ExportTime can only be specified when ExportType is FULL_EXPORT");
  }
  if (incremental && !members.increment->from) {
    return invalid_parameter_values("ExportFromTime must be specified when ExportType is INCREMENTAL_EXPORT");
  }
  request.table = model::TableReference{std::string{*members.table}};
  request.filter = text_of_member(body, "FilterSpecification");
  request.fingerprint = fingerprint_of(
      body, {"TableArn", "ExportTime", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId",
             "ExportFormat", "ExportType", "IncrementalExportSpecification", "FilterSpecification"});
  return request;
}

/// Errors: TableNotFoundException, PointInTimeRecoveryUnavailableException.
Result<catalog::TablePointer> require_recoverable(const OperationContext& context,
                                                  const model::TableReference& reference) {
  TRY(context.tables().check_place(reference));
  auto table = context.tables().find(reference.name());
  if (!table) return ApiError{ErrorKind::kTableNotFound, std::string{"Table not found: "}.append(reference.name())};
  if (!table->definition.point_in_time_recovery) {
    return ApiError{ErrorKind::kPointInTimeRecoveryUnavailable,
                    "Point in time recovery is not enabled for table '" + table->definition.name + "'"};
  }
  return table;
}

Result<void> check_in_window(const OperationContext& context, const model::TableDefinition& table, TimePoint time) {
  const TimePoint now = context.services.clock.now();
  const TimePoint earliest = backups::earliest_restorable(*table.point_in_time_recovery, now);
  if (floor<seconds>(time) >= floor<seconds>(earliest) && time <= now) return {};
  return ApiError{ErrorKind::kInvalidExportTime,
                  "The specified ExportTime is outside of the point in time recovery window."};
}

/// As of which number there is what there was at the end of the second of `time`.
Result<storage::Sequence> sequence_at_end_of(OperationContext& context, const model::TableDefinition& table,
                                             TimePoint time) {
  auto& backups = context.services.backups;
  TRY_ASSIGN(const auto end, backups.time_marks.end_of(time));
  if (end) {
    const auto begin = context.services.gate.storage().history_begin(table.keyspace);
    return std::max(*end, begin.value_or(*end));
  }
  TRY_ASSIGN(const auto present, backups.row_keeping.snapshot(table.keyspace));
  return present;
}

Result<void> resolve_increment(OperationContext& context, const IncrementInput& input,
                               transfers::ExportRequest& request) {
  const TimePoint from = floor<seconds>(*input.from);
  const TimePoint to = floor<seconds>(input.to.value_or(context.services.clock.now()));
  if (to - from < kShortestIncrement) {
    return invalid_parameter_values("ExportToTime must be at least 15 minutes after ExportFromTime");
  }
  if (to - from > kLongestIncrement) {
    return invalid_parameter_values("ExportToTime must be at most 24 hours after ExportFromTime");
  }
  TRY(check_in_window(context, request.table, from));
  TRY(check_in_window(context, request.table, to));
  transfers::ExportRequest::Increment increment{
      .from = from, .to = to, .with_old_images = input.view != "NEW_IMAGE", .as_of = 0};
  TRY_ASSIGN(increment.as_of, sequence_at_end_of(context, request.table, from - seconds{1}));
  TRY_ASSIGN(request.as_of, sequence_at_end_of(context, request.table, to - seconds{1}));
  request.increment = increment;
  return {};
}

Result<transfers::ExportCatalog::Pointer> execute_export_table(OperationContext& context, const ExportInput& input) {
  auto& services = context.services;
  const auto& members = input.members;
  const TimePoint now = services.clock.now();
  if (members.token) {
    if (auto known = services.transfers.exports.find_token(context.caller, *members.token, now)) {
      if (known->request->fingerprint == input.fingerprint) return known;
      return ApiError{ErrorKind::kExportConflict,
                      "An export with the same client token and other parameters was requested before"};
    }
  }
  TRY_ASSIGN(const auto table, require_recoverable(context, input.table));
  TRY(transfers::parse_export_filter(services.expressions, input.filter, table->definition.key_schema));

  transfers::ExportRequest request;
  request.table = table->definition;
  request.table_arn = request.table.arn;
  request.table_id = request.table.id;
  if (members.token) request.token = std::string{*members.token};
  request.fingerprint = input.fingerprint;
  request.started = now;
  request.place = bucket_place(members.bucket, members.owner, members.prefix);
  request.encryption = bucket_encryption(members.algorithm, members.key_id);
  request.ion = members.format == "ION";
  request.filter = input.filter;
  request.time = members.time.value_or(now);
  if (members.increment) {
    TRY(resolve_increment(context, *members.increment, request));
  } else {
    TRY(check_in_window(context, request.table, request.time));
    TRY_ASSIGN(request.as_of, sequence_at_end_of(context, request.table, request.time));
  }
  request.arn =
      model::transfer_arn(request.table_arn, "export", now, static_cast<std::uint32_t>(services.random.next()));
  services.transfers.note_begun(request.arn);
  TRY_ASSIGN(auto entry, services.transfers.exports.begin(std::move(request), {}));
  return entry;
}

}  // namespace

extern const Operation kExportTableToPointInTime{
    "DynamoDB_20120810.ExportTableToPointInTime",
    run_operation<parse_export_table, storage::Access::kWrite, execute_export_table, append_export_answer>,
    kExportMembers.members};

}  // namespace millrace::api
