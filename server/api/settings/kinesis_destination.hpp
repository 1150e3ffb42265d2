// Kinesis streams that get the changes of a table (API reference, 3.19). There is no Kinesis here: a stream of the
// table's region is taken to exist.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/table_settings.hpp"

namespace millrace::api {

inline constexpr std::array<std::string_view, 2> kTimePrecisions{"MILLISECOND", "MICROSECOND"};
inline constexpr members::Member kKinesisStreamArn{
    .name = "StreamArn", .presence = members::Presence::kRequired, .bounds = {37, 1024}};
inline constexpr members::Member kTimePrecision{.name = "ApproximateCreationDateTimePrecision",
                                                .values = kTimePrecisions};

struct TimePrecisionInput {
  OptionalText precision;
};

/// What EnableKinesisStreamingDestination and DisableKinesisStreamingDestination take.
struct StreamingDestinationMembers {
  OptionalText table_name;
  OptionalText stream_arn;
  std::optional<TimePrecisionInput> configuration;
};
inline constexpr of_tables::MemberTable kEnableConfiguration{
    "EnableKinesisStreamingConfiguration", of_tables::row(&TimePrecisionInput::precision, kTimePrecision)};
inline constexpr of_tables::MemberTable kStreamingDestinationMembers{
    "KinesisStreamingDestinationInput",
    of_tables::row(&StreamingDestinationMembers::table_name, of_tables::kTableName),
    of_tables::row(&StreamingDestinationMembers::stream_arn, kKinesisStreamArn),
    of_tables::row_of<kEnableConfiguration>(&StreamingDestinationMembers::configuration,
                                            {.name = "EnableKinesisStreamingConfiguration"}),
};

struct StreamingDestinationRequest {
  model::TableReference table;
  std::string stream_arn;
  std::optional<model::TimePrecision> precision;
};
/// The request of both. Errors: those of finish_with_table(), and of the other members.
Result<StreamingDestinationRequest> read_streaming_destination(const StreamingDestinationMembers& members);

/// The answer of Enable, Disable and Update, without what it says of the configuration.
struct StreamingDestinationResponse {
  std::string table_name;
  std::string stream_arn;
  std::optional<model::TimePrecision> precision;
};
void write_destination(json::ObjectWriter& writer, const StreamingDestinationResponse& response,
                       std::string_view status);

/// AWS's spelling, and from it.
std::string_view to_text(model::TimePrecision precision);
model::TimePrecision time_precision_from(std::string_view text);

/// The destination with this ARN, or null. Valid until the settings change.
model::KinesisDestination* find_destination(model::TableSettings& settings, std::string_view stream_arn);
/// Whether one is active.
bool has_active_destination(const model::TableSettings& settings);

/// Adds one that is enabled at `now`, or has failed to be, in place of the one with its ARN; forgets those that are
/// no longer shown, and the oldest of very many.
void put_destination(model::TableSettings& settings, model::KinesisDestination destination, TimePoint now);

/// Opens a log for the changes that the active `destination` of the table gets from now on, and closes that before it.
Result<void> open_deliveries(OperationContext& context, const model::TableDefinition& table,
                             model::KinesisDestination& destination);
/// Closes the log of an active destination; what is in it can be read for a day.
Result<void> close_deliveries(OperationContext& context, const model::KinesisDestination& destination);
/// The same of whatever destination of a table that goes away is active.
Result<void> close_deliveries(OperationContext& context, const model::TableSettings& settings);

/// Whether it is still shown at `now`: a disabled one is for a day.
bool is_shown(const model::KinesisDestination& destination, TimePoint now);

/// Why the stream called `stream_arn` cannot be a destination, in AWS's words; empty when it can.
std::string why_no_destination(std::string_view stream_arn, const model::Caller& caller);

/// ValidationException: `Table is not in a valid state to enable Kinesis Streaming Destination: ` and `detail`. AWS
/// says so of all three operations.
ApiError destination_state_error(std::string_view detail);

}  // namespace millrace::api
