// GetRecords (streams-and-esm, 1.7).
#include <optional>
#include <string_view>

#include "server/api/members/stream_members.hpp"
#include "server/api/operation.hpp"
#include "server/json/object_writer.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::api {
namespace {

struct GetRecordsMembers {
  OptionalText shard_iterator;
  std::optional<std::int64_t> limit;
};
constexpr of_streams::MemberTable kGetRecordsMembers{
    "GetRecordsInput",
    of_streams::row(&GetRecordsMembers::shard_iterator,
                    {.name = "ShardIterator", .presence = members::Presence::kRequired, .bounds = {1, 2048}}),
    of_streams::row(&GetRecordsMembers::limit, of_streams::limit(streams::kMaxRecordsPerPage)),
};

struct GetRecordsRequest {
  std::string_view shard_iterator;
  std::size_t limit{0};
};

Result<GetRecordsRequest> parse_get_records(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<GetRecordsMembers>(body, kGetRecordsMembers));
  return GetRecordsRequest{*members.shard_iterator, of_streams::page_limit(members.limit, streams::kMaxRecordsPerPage)};
}

Result<streams::RecordsPage> execute_get_records(OperationContext& context, const GetRecordsRequest& request) {
  auto& services = context.services;
  return streams::get_records(services.gate.storage(), context.streams(), services.clock, request.shard_iterator,
                              request.limit);
}

void write_get_records(std::string& out, const streams::RecordsPage& response) {
  constexpr std::size_t kAround = 512;  // the rest of the answer: a page must not be copied once more for it
  out.reserve(out.size() + response.records_json.size() + kAround);
  json::ObjectWriter writer{out};
  writer.raw("Records", response.records_json);
  if (response.next_iterator) writer.string("NextShardIterator", *response.next_iterator);
  writer.finish();
}

}  // namespace

extern const Operation kGetRecords{
    "DynamoDBStreams_20120810.GetRecords",
    run_operation<parse_get_records, storage::Access::kRead, execute_get_records, write_get_records>,
    kGetRecordsMembers.members, FaultPoint::kStreamsThrottle};

}  // namespace millrace::api
