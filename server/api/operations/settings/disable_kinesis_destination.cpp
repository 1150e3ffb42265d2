// DisableKinesisStreamingDestination (API reference, 3.19). It is done when the answer leaves, though that says
// DISABLING as AWS's does.
#include <string>
#include <utility>

#include "server/api/operation.hpp"
#include "server/api/settings/kinesis_destination.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

Result<StreamingDestinationRequest> parse_disable_destination(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<StreamingDestinationMembers>(body, kStreamingDestinationMembers));
  TRY_ASSIGN(auto request, read_streaming_destination(members));
  if (request.precision) {
    return base::validation_error("Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters");
  }
  return request;
}

Result<StreamingDestinationResponse> execute_disable_destination(OperationContext& context,
                                                                 const StreamingDestinationRequest& request) {
  using enum model::KinesisDestination::Status;
  TRY_ASSIGN(const auto table, context.tables().require_named(request.table));
  auto definition = table->definition;
  auto* const destination = find_destination(definition.settings, request.stream_arn);
  if (destination == nullptr || destination->status != kActive) {
    return destination_state_error("KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
  }
  TRY(close_deliveries(context, *destination));
  destination->status = kDisabled;
  destination->precision.reset();
  destination->changed = context.services.clock.now();
  StreamingDestinationResponse response{definition.name, request.stream_arn, {}};
  TRY(context.services.tables.put(std::move(definition)));
  return response;
}

void write_disable_destination(std::string& out, const StreamingDestinationResponse& response) {
  json::ObjectWriter writer{out};
  write_destination(writer, response, "DISABLING");
  writer.finish();
}

}  // namespace

extern const Operation kDisableKinesisDestination{"DynamoDB_20120810.DisableKinesisStreamingDestination",
                                                  run_operation<parse_disable_destination, storage::Access::kWrite,
                                                                execute_disable_destination, write_disable_destination>,
                                                  kStreamingDestinationMembers.members};

}  // namespace millrace::api
