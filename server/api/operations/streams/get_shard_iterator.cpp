// GetShardIterator (streams-and-esm, 1.6).
#include <array>
#include <string>
#include <string_view>

#include "server/api/members/stream_members.hpp"
#include "server/api/operation.hpp"
#include "server/json/object_writer.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::api {
namespace {

constexpr std::array<std::string_view, 4> kTypes{"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_SEQUENCE_NUMBER",
                                                 "TRIM_HORIZON"};
constexpr members::Bounds kSequenceNumberLength{streams::kMinSequenceNumberLength, streams::kMaxSequenceNumberLength};

struct GetShardIteratorMembers {
  OptionalText stream_arn;
  OptionalText shard_id;
  OptionalText type;
  OptionalText sequence_number;
};
constexpr of_streams::MemberTable kGetShardIteratorMembers{
    "GetShardIteratorInput",
    of_streams::row(&GetShardIteratorMembers::stream_arn, of_streams::kStreamArn),
    of_streams::row(&GetShardIteratorMembers::shard_id, of_streams::kShardId),
    of_streams::row(&GetShardIteratorMembers::type,
                    {.name = "ShardIteratorType", .presence = members::Presence::kRequired, .values = kTypes}),
    of_streams::row(&GetShardIteratorMembers::sequence_number,
                    {.name = "SequenceNumber", .bounds = kSequenceNumberLength}),
};

struct GetShardIteratorResponse {
  std::string shard_iterator;
};

streams::ShardIteratorType type_from(std::string_view text) {
  if (text == "TRIM_HORIZON") return streams::ShardIteratorType::kTrimHorizon;
  if (text == "LATEST") return streams::ShardIteratorType::kLatest;
  if (text == "AT_SEQUENCE_NUMBER") return streams::ShardIteratorType::kAtSequenceNumber;
  return streams::ShardIteratorType::kAfterSequenceNumber;
}

Result<streams::ShardIteratorQuery> parse_get_shard_iterator(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<GetShardIteratorMembers>(body, kGetShardIteratorMembers));
  return streams::ShardIteratorQuery{.stream_arn = *members.stream_arn,
                                     .shard_id = *members.shard_id,
                                     .type = type_from(*members.type),
                                     .sequence_number = members.sequence_number};
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

}  // namespace

extern const Operation kGetShardIterator{"DynamoDBStreams_20120810.GetShardIterator",
                                         run_operation<parse_get_shard_iterator, storage::Access::kRead,
                                                       execute_get_shard_iterator, write_get_shard_iterator>,
                                         kGetShardIteratorMembers.members};

}  // namespace millrace::api
