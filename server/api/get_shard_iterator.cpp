#include "server/api/get_shard_iterator.hpp"

#include "server/api/stream_constraints.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

streams::ShardIteratorType type_from(std::string_view text) {
  if (text == "TRIM_HORIZON") return streams::ShardIteratorType::kTrimHorizon;
  if (text == "LATEST") return streams::ShardIteratorType::kLatest;
  if (text == "AT_SEQUENCE_NUMBER") return streams::ShardIteratorType::kAtSequenceNumber;
  return streams::ShardIteratorType::kAfterSequenceNumber;
}

}  // namespace

Result<streams::ShardIteratorQuery> parse_get_shard_iterator(const json::Object& body) {
  json::ObjectReader in{body};
  const auto stream_arn = in.string("StreamArn");
  const auto shard_id = in.string("ShardId");
  const auto type = in.string("ShardIteratorType");
  const auto sequence_number = in.string("SequenceNumber");
  if (in.failed()) return in.error();

  validation::Constraints constraints;
  constraints.required("streamArn", stream_arn.has_value());
  check_stream_arn(constraints, "streamArn", stream_arn);
  constraints.required("shardId", shard_id.has_value());
  check_shard_id(constraints, "shardId", shard_id);
  constraints.required("shardIteratorType", type.has_value());
  constraints.one_of("shardIteratorType", type,
                     {"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"});
  constraints.length("sequenceNumber", sequence_number, streams::kMinSequenceNumberLength,
                     streams::kMaxSequenceNumberLength);
  TRY(constraints.finish());
  return streams::ShardIteratorQuery{
      .stream_arn = *stream_arn, .shard_id = *shard_id, .type = type_from(*type), .sequence_number = sequence_number};
}

Result<GetShardIteratorResponse> execute_get_shard_iterator(OperationContext& context,
                                                            const streams::ShardIteratorQuery& request) {
  auto& services = context.services;
  TRY_ASSIGN(auto iterator,
             streams::get_shard_iterator(services.gate.storage(), context.streams(), services.clock, request));
  return GetShardIteratorResponse{std::move(iterator)};
}

void write_get_shard_iterator(std::string& out, const GetShardIteratorResponse& response) {
  json::ObjectWriter writer{out};
  writer.string("ShardIterator", response.shard_iterator);
  writer.finish();
}

}  // namespace millrace::api
