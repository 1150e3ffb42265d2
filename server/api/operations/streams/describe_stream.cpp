// DescribeStream (streams-and-esm, 1.4).
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/api/members/stream_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/json/object_writer.hpp"
#include "server/streams/stream_descriptor.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::api {
namespace {

constexpr std::array<std::string_view, 1> kShardFilterTypes{"CHILD_SHARDS"};

struct ShardFilterInput {
  OptionalText type;
  OptionalText shard_id;
};
constexpr of_streams::MemberTable kShardFilter{
    "ShardFilter",
    of_streams::row(&ShardFilterInput::type,
                    {.name = "Type", .presence = members::Presence::kRequired, .values = kShardFilterTypes}),
    of_streams::row(&ShardFilterInput::shard_id, of_streams::kShardId),
};
struct DescribeStreamMembers {
  OptionalText stream_arn;
  std::optional<std::int64_t> limit;
  OptionalText start;
  std::optional<ShardFilterInput> filter;
};
constexpr of_streams::MemberTable kDescribeStreamMembers{
    "DescribeStreamInput",
    of_streams::row(&DescribeStreamMembers::stream_arn, of_streams::kStreamArn),
    of_streams::row(&DescribeStreamMembers::limit, of_streams::limit(streams::kMaxShardsPerPage)),
    of_streams::row(&DescribeStreamMembers::start,
                    {.name = "ExclusiveStartShardId", .bounds = of_streams::kShardIdLength}),
    of_streams::row_of<kShardFilter>(&DescribeStreamMembers::filter, {.name = "ShardFilter"}),
};

struct DescribeStreamRequest {
  std::string_view stream_arn;
  std::string_view exclusive_start_shard_id;  ///< empty: from the first
  std::string_view children_of;               ///< empty: all shards
  std::size_t limit{0};
};

struct DescribeStreamResponse {
  streams::StreamDescriptor stream;  ///< its `shards` are those of the page
  bool more{false};
};

Result<DescribeStreamRequest> parse_describe_stream(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<DescribeStreamMembers>(body, kDescribeStreamMembers));
  return DescribeStreamRequest{*members.stream_arn, members.start.value_or(""),
                               members.filter ? *members.filter->shard_id : "",
                               of_streams::page_limit(members.limit, streams::kMaxShardsPerPage)};
}

void append_shard(std::string& out, const streams::Shard& shard) {
  json::ObjectWriter writer{out};
  writer.string("ShardId", shard.shard_id);
  json::ObjectWriter range{writer.key("SequenceNumberRange")};
  range.string("StartingSequenceNumber", streams::to_sequence_number(shard.starting_sequence));
  if (shard.ending_sequence) {
    range.string("EndingSequenceNumber", streams::to_sequence_number(*shard.ending_sequence));
  }
  range.finish();
  if (!shard.parent_shard_ids.empty()) writer.string("ParentShardId", shard.parent_shard_ids.front());
  writer.finish();
}

/// With --delay-transient-statuses a stream takes as long as its table to be enabled or disabled.
streams::StreamStatus status_now(const OperationContext& context, const streams::StreamDescriptor& stream) {
  const Duration takes = context.services.options.transient_statuses;
  if (takes == Duration::zero()) return stream.status;
  const TimePoint lately = context.services.clock.now() - takes;
  if (stream.disabled_at) {
    return *stream.disabled_at > lately ? streams::StreamStatus::kDisabling : streams::StreamStatus::kDisabled;
  }
  return stream.created > lately ? streams::StreamStatus::kEnabling : streams::StreamStatus::kEnabled;
}

Result<DescribeStreamResponse> execute_describe_stream(OperationContext& context,
                                                       const DescribeStreamRequest& request) {
  TRY_ASSIGN(const auto page,
             streams::describe_stream(context.streams(), {.stream_arn = request.stream_arn,
                                                          .exclusive_start_shard_id = request.exclusive_start_shard_id,
                                                          .children_of = request.children_of,
                                                          .limit = request.limit}));
  // Not a copy of the stream: it may have thousands of shards, and the page has a hundred.
  const auto& stream = *page.stream;
  DescribeStreamResponse response{.stream = {.arn = stream.arn,
                                             .label = stream.label,
                                             .region = stream.region,
                                             .table_name = stream.table_name,
                                             .table_id = stream.table_id,
                                             .view = stream.view,
                                             .status = status_now(context, stream),
                                             .created = stream.created,
                                             .disabled_at = stream.disabled_at,
                                             .key_schema = stream.key_schema,
                                             .shards = {}},
                                  .more = page.more};
  response.stream.shards.reserve(page.shards.size());
  for (const auto* shard : page.shards) response.stream.shards.push_back(*shard);
  return response;
}

void write_describe_stream(std::string& out, const DescribeStreamResponse& response) {
  const auto& stream = response.stream;
  json::ObjectWriter answer{out};
  json::ObjectWriter writer{answer.key("StreamDescription")};
  writer.string("StreamArn", stream.arn);
  writer.string("StreamLabel", stream.label);
  writer.string("StreamStatus", streams::to_text(stream.status));
  writer.string("StreamViewType", model::to_text(stream.view));
  writer.timestamp("CreationRequestDateTime", stream.created);
  writer.string("TableName", stream.table_name);
  append_key_schema(writer.key("KeySchema"), stream.key_schema);
  json::append_list(writer.key("Shards"), stream.shards,
                    [&out](const streams::Shard& shard) { append_shard(out, shard); });
  if (response.more) writer.string("LastEvaluatedShardId", stream.shards.back().shard_id);
  writer.finish();
  answer.finish();
}

}  // namespace

extern const Operation kDescribeStream{
    "DynamoDBStreams_20120810.DescribeStream",
    run_operation<parse_describe_stream, storage::Access::kRead, execute_describe_stream, write_describe_stream>,
    kDescribeStreamMembers.members};

}  // namespace millrace::api
