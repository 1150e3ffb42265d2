// UpdateKinesisStreamingDestination (API reference, 3.19): the precision of times. It is done when the answer leaves,
// though that says UPDATING as AWS's does.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "server/api/operation.hpp"
#include "server/api/settings/kinesis_destination.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

struct UpdateDestinationMembers {
  OptionalText table_name;
  OptionalText stream_arn;
  std::optional<TimePrecisionInput> configuration;
};
constexpr of_tables::MemberTable kUpdateConfiguration{"UpdateKinesisStreamingConfiguration",
                                                      of_tables::row(&TimePrecisionInput::precision, kTimePrecision)};
constexpr of_tables::MemberTable kUpdateDestinationMembers{
    "UpdateKinesisStreamingDestinationInput",
    of_tables::row(&UpdateDestinationMembers::table_name, of_tables::kTableName),
    of_tables::row(&UpdateDestinationMembers::stream_arn, kKinesisStreamArn),
    of_tables::row_of<kUpdateConfiguration>(&UpdateDestinationMembers::configuration,
                                            {.name = "UpdateKinesisStreamingConfiguration"}),
};

Result<StreamingDestinationRequest> parse_update_destination(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<UpdateDestinationMembers>(body, kUpdateDestinationMembers));
  validation::Constraints constraints;
  members::check(constraints, kUpdateDestinationMembers, members);
  StreamingDestinationRequest request;
  TRY_ASSIGN(request.table, finish_with_table(constraints, members.table_name));
  if (!members.configuration || !members.configuration->precision) {
    return base::validation_error(
        "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be "
        "null or contain only null values");
  }
  request.stream_arn = *members.stream_arn;
  request.precision = time_precision_from(*members.configuration->precision);
  return request;
}

Result<StreamingDestinationResponse> execute_update_destination(OperationContext& context,
                                                                const StreamingDestinationRequest& request) {
  TRY_ASSIGN(const auto table, context.tables().require_named(request.table));
  auto definition = table->definition;
  auto* const destination = find_destination(definition.settings, request.stream_arn);
  const TimePoint now = context.services.clock.now();
  if (destination == nullptr || !is_shown(*destination, now)) {
    return destination_state_error(
        fmt::format("No streaming destination with streamArn: {} found for table with "
                    "tableName: {}",
                    request.stream_arn, definition.name));
  }
  if (destination->status != model::KinesisDestination::Status::kActive) {
    return destination_state_error(
        fmt::format("Kinesis streaming is not in ACTIVE state. Updates are only allowed in "
                    "ACTIVE state. TableName: {}, kdsArn: {}",
                    definition.name, request.stream_arn));
  }
  if (destination->precision.value_or(model::TimePrecision::kMillisecond) == *request.precision) {
    return base::validation_error(
        fmt::format("Invalid Request: Precision is already set to the desired value of {} for "
                    "tableId: {}, kdsArn: {}",
                    to_text(*request.precision), definition.id, request.stream_arn));
  }
  destination->precision = request.precision;
  destination->changed = now;
  TRY(open_deliveries(context, definition, *destination));
  StreamingDestinationResponse response{definition.name, request.stream_arn, request.precision};
  TRY(context.services.tables.put(std::move(definition)));
  return response;
}

void write_update_destination(std::string& out, const StreamingDestinationResponse& response) {
  json::ObjectWriter writer{out};
  write_destination(writer, response, "UPDATING");
  json::ObjectWriter configuration{writer.key("UpdateKinesisStreamingConfiguration")};
  configuration.string(kTimePrecision.name, to_text(*response.precision));
  configuration.finish();
  writer.finish();
}

}  // namespace

extern const Operation kUpdateKinesisDestination{"DynamoDB_20120810.UpdateKinesisStreamingDestination",
                                                 run_operation<parse_update_destination, storage::Access::kWrite,
                                                               execute_update_destination, write_update_destination>,
                                                 kUpdateDestinationMembers.members};

}  // namespace millrace::api
