// EnableKinesisStreamingDestination (API reference, 3.19). The answer says ENABLING; whether it is ACTIVE or has
// failed, as it does for what is no Kinesis stream of the region, is told by the next description.
#include <string>
#include <utility>

#include "server/api/operation.hpp"
#include "server/api/settings/kinesis_destination.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

Result<StreamingDestinationRequest> parse_enable_destination(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<StreamingDestinationMembers>(body, kStreamingDestinationMembers));
  return read_streaming_destination(members);
}

Result<StreamingDestinationResponse> execute_enable_destination(OperationContext& context,
                                                                const StreamingDestinationRequest& request) {
  TRY_ASSIGN(const auto table, context.tables().require_named(request.table));
  auto definition = table->definition;
  if (has_active_destination(definition.settings)) {
    return destination_state_error(
        "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.");
  }
  const TimePoint now = context.services.clock.now();
  model::KinesisDestination destination;
  destination.stream_arn = request.stream_arn;
  destination.why_failed = why_no_destination(request.stream_arn, context.caller);
  destination.precision = request.precision;
  destination.changed = now;
  using enum model::KinesisDestination::Status;
  destination.status = destination.why_failed.empty() ? kActive : kEnableFailed;
  if (destination.status == kActive) TRY(open_deliveries(context, definition, destination));
  put_destination(definition.settings, std::move(destination), now);
  StreamingDestinationResponse response{definition.name, request.stream_arn, request.precision};
  TRY(context.services.tables.put(std::move(definition)));
  return response;
}

void write_enable_destination(std::string& out, const StreamingDestinationResponse& response) {
  json::ObjectWriter writer{out};
  write_destination(writer, response, "ENABLING");
  json::ObjectWriter configuration{writer.key("EnableKinesisStreamingConfiguration")};
  if (response.precision) configuration.string(kTimePrecision.name, to_text(*response.precision));
  configuration.finish();
  writer.finish();
}

}  // namespace

extern const Operation kEnableKinesisDestination{"DynamoDB_20120810.EnableKinesisStreamingDestination",
                                                 run_operation<parse_enable_destination, storage::Access::kWrite,
                                                               execute_enable_destination, write_enable_destination>,
                                                 kStreamingDestinationMembers.members};

}  // namespace millrace::api
