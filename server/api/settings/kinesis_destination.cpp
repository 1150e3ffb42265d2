#include "server/api/settings/kinesis_destination.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "server/streams/delivery_log.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::api {
namespace {

using model::KinesisDestination;
using Status = KinesisDestination::Status;

constexpr Duration kShownAfterDisabling = std::chrono::hours{24};
/// AWS keeps one for each ARN that failed; nothing bounds how many a client tries.
constexpr std::size_t kMostDestinations = 50;

/// The parts of an ARN up to its resource.
std::vector<std::string_view> arn_parts(std::string_view arn) {
  constexpr std::size_t kParts = 6;
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < kParts) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) break;
    parts.push_back(arn.substr(0, colon));
    arn.remove_prefix(colon + 1);
  }
  parts.push_back(arn);
  parts.resize(kParts);
  return parts;
}

}  // namespace

Result<StreamingDestinationRequest> read_streaming_destination(const StreamingDestinationMembers& members) {
  validation::Constraints constraints;
  members::check(constraints, kStreamingDestinationMembers, members);
  StreamingDestinationRequest request;
  TRY_ASSIGN(request.table, finish_with_table(constraints, members.table_name));
  request.stream_arn = *members.stream_arn;
  if (members.configuration && members.configuration->precision) {
    request.precision = time_precision_from(*members.configuration->precision);
  }
  return request;
}

void write_destination(json::ObjectWriter& writer, const StreamingDestinationResponse& response,
                       std::string_view status) {
  writer.string("TableName", response.table_name);
  writer.string("StreamArn", response.stream_arn);
  writer.string("DestinationStatus", status);
}

std::string_view to_text(model::TimePrecision precision) {
  return precision == model::TimePrecision::kMicrosecond ? "MICROSECOND" : "MILLISECOND";
}

model::TimePrecision time_precision_from(std::string_view text) {
  return text == to_text(model::TimePrecision::kMicrosecond) ? model::TimePrecision::kMicrosecond
                                                             : model::TimePrecision::kMillisecond;
}

KinesisDestination* find_destination(model::TableSettings& settings, std::string_view stream_arn) {
  auto& all = settings.kinesis_destinations;
  const auto found = std::ranges::find(all, stream_arn, &KinesisDestination::stream_arn);
  return found == all.end() ? nullptr : &*found;
}

bool has_active_destination(const model::TableSettings& settings) {
  return std::ranges::find(settings.kinesis_destinations, Status::kActive, &KinesisDestination::status) !=
         settings.kinesis_destinations.end();
}

Result<void> open_deliveries(OperationContext& context, const model::TableDefinition& table,
                             KinesisDestination& destination) {
  auto& streams = context.services.streams;
  TRY(close_deliveries(context, destination));
  const streams::DeliveryLog wanted{.destination_arn = destination.stream_arn,
                                    .precision = destination.precision.value_or(model::TimePrecision::kMillisecond)};
  TRY_ASSIGN(const auto* const log, streams::create_delivery_log(streams, table, wanted, context.services.clock.now()));
  destination.log_arn = log->arn;
  return {};
}

Result<void> close_deliveries(OperationContext& context, const KinesisDestination& destination) {
  auto& streams = context.services.streams;
  const auto* const log = streams.find(destination.log_arn);
  if (log == nullptr || log->disabled_at) return {};
  TRY(streams.disable(*log, streams::StreamStatus::kDisabled, context.services.clock.now()));
  return {};
}

Result<void> close_deliveries(OperationContext& context, const model::TableSettings& settings) {
  for (const auto& destination : settings.kinesis_destinations) TRY(close_deliveries(context, destination));
  return {};
}

bool is_shown(const KinesisDestination& destination, TimePoint now) {
  return destination.status != Status::kDisabled || now - destination.changed < kShownAfterDisabling;
}

void put_destination(model::TableSettings& settings, KinesisDestination destination, TimePoint now) {
  auto& all = settings.kinesis_destinations;
  if (auto* const known = find_destination(settings, destination.stream_arn); known != nullptr) {
    *known = std::move(destination);
  } else {
    all.insert(all.begin(), std::move(destination));
  }
  std::erase_if(all, [now](const KinesisDestination& other) { return !is_shown(other, now); });
  while (all.size() > kMostDestinations) {
    const auto oldest = std::find_if(all.rbegin(), all.rend(),
                                     [](const KinesisDestination& other) { return other.status != Status::kActive; });
    all.erase(std::next(oldest).base());
  }
}

std::string why_no_destination(std::string_view stream_arn, const model::Caller& caller) {
  const auto parts = arn_parts(stream_arn);
  constexpr std::string_view kStream = "stream/";
  const std::string_view resource = parts[5];
  const bool is_stream = parts[0] == "arn" && parts[1].starts_with("aws") && parts[2] == "kinesis" &&
                         resource.starts_with(kStream) && resource.size() > kStream.size() &&
                         resource.find('/', kStream.size()) == std::string_view::npos;
  if (!is_stream) return "User does not have a permission to use kinesis stream";
  if (parts[3] != caller.account.region && !caller.shares_all) {
    return "The kinesis Arn used to enable kinesis replication belongs to a stream which is not in the current region";
  }
  return {};
}

ApiError destination_state_error(std::string_view detail) {
  return base::validation_error(
      std::string{"Table is not in a valid state to enable Kinesis Streaming Destination: "}.append(detail));
}

}  // namespace millrace::api
