#include "server/api/describe_stream.hpp"

#include <utility>

#include "server/api/stream_constraints.hpp"
#include "server/api/table_description.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::api {
namespace {

void append_shard(std::string& out, const streams::Shard& shard) {
  json::ObjectWriter writer{out};
  writer.string("ShardId", shard.shard_id);
  json::ObjectWriter range{writer.key("SequenceNumberRange")};
  range.string("StartingSequenceNumber", streams::to_sequence_number(shard.starting_sequence));
  if (shard.ending_sequence) {
    range.string("EndingSequenceNumber", streams::to_sequence_number(*shard.ending_sequence));
  }
  range.finish();
  if (shard.parent_shard_id) writer.string("ParentShardId", *shard.parent_shard_id);
  writer.finish();
}

}  // namespace

Result<DescribeStreamRequest> parse_describe_stream(const json::Object& body) {
  json::ObjectReader in{body};
  const auto stream_arn = in.string("StreamArn");
  const auto limit = in.integer("Limit");
  const auto start = in.string("ExclusiveStartShardId");
  auto filter = in.structure("ShardFilter", "ShardFilter");
  OptionalText filter_type;
  OptionalText filter_shard;
  if (filter) {
    filter_type = filter->string("Type");
    filter_shard = filter->string("ShardId");
    in.adopt(*filter);
  }
  if (in.failed()) return in.error();

  validation::Constraints constraints;
  constraints.required("streamArn", stream_arn.has_value());
  check_stream_arn(constraints, "streamArn", stream_arn);
  check_page_limit(constraints, limit, streams::kMaxShardsPerPage);
  check_shard_id(constraints, "exclusiveStartShardId", start);
  if (filter) {
    constraints.required("shardFilter.type", filter_type.has_value());
    constraints.one_of("shardFilter.type", filter_type, {"CHILD_SHARDS"});
    constraints.required("shardFilter.shardId", filter_shard.has_value());
    check_shard_id(constraints, "shardFilter.shardId", filter_shard);
  }
  TRY(constraints.finish());
  return DescribeStreamRequest{*stream_arn, start.value_or(""), filter_shard.value_or(""),
                               page_limit(limit, streams::kMaxShardsPerPage)};
}

Result<DescribeStreamResponse> execute_describe_stream(OperationContext& context,
                                                       const DescribeStreamRequest& request) {
  TRY_ASSIGN(const auto page,
             streams::describe_stream(context.streams(), {.stream_arn = request.stream_arn,
                                                          .exclusive_start_shard_id = request.exclusive_start_shard_id,
                                                          .children_of = request.children_of,
                                                          .limit = request.limit}));
  std::vector<streams::Shard> shards;
  for (const auto* shard : page.shards) shards.push_back(*shard);
  DescribeStreamResponse response{*page.stream, page.more};
  response.stream.shards = std::move(shards);
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

}  // namespace millrace::api
