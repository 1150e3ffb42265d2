// DescribeKinesisStreamingDestination (API reference, 3.19).
#include <string>
#include <vector>

#include "server/api/operation.hpp"
#include "server/api/settings/kinesis_destination.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeDestinationMembers = of_tables::named_table("DescribeKinesisStreamingDestinationInput");

struct DescribeDestinationResponse {
  std::string table_name;
  std::vector<model::KinesisDestination> destinations;
};

Result<DescribeDestinationResponse> execute_describe_destination(OperationContext& context,
                                                                 const model::TableReference& table_name) {
  TRY_ASSIGN(const auto table, context.tables().require_named(table_name));
  DescribeDestinationResponse response{.table_name = table->definition.name, .destinations = {}};
  const TimePoint now = context.services.clock.now();
  for (const auto& destination : table->definition.settings.kinesis_destinations) {
    if (is_shown(destination, now)) response.destinations.push_back(destination);
  }
  return response;
}

std::string_view status_text(model::KinesisDestination::Status status) {
  using enum model::KinesisDestination::Status;
  if (status == kActive) return "ACTIVE";
  return status == kDisabled ? "DISABLED" : "ENABLE_FAILED";
}

void write_describe_destination(std::string& out, const DescribeDestinationResponse& response) {
  json::ObjectWriter writer{out};
  writer.string("TableName", response.table_name);
  json::append_list(writer.key("KinesisDataStreamDestinations"), response.destinations,
                    [&out](const model::KinesisDestination& destination) {
                      json::ObjectWriter entry{out};
                      entry.string("StreamArn", destination.stream_arn);
                      entry.string("DestinationStatus", status_text(destination.status));
                      if (!destination.why_failed.empty()) {
                        entry.string("DestinationStatusDescription", destination.why_failed);
                      }
                      if (destination.precision) {
                        entry.string(kTimePrecision.name, to_text(*destination.precision));
                      }
                      entry.finish();
                    });
  writer.finish();
}

}  // namespace

extern const Operation kDescribeKinesisDestination{
    "DynamoDB_20120810.DescribeKinesisStreamingDestination",
    run_operation<of_tables::parse_named_table<kDescribeDestinationMembers>, storage::Access::kRead,
                  execute_describe_destination, write_describe_destination>,
    kDescribeDestinationMembers.members};

}  // namespace millrace::api
