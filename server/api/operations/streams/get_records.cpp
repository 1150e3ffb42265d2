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

/// The records are written into the answer where they are read, in the gate: a page may be a megabyte.
Result<void> run_get_records(OperationContext& context, const json::Object& body, std::string& out) {
  TRY_ASSIGN(const auto request, parse_get_records(body));
  auto& services = context.services;
  json::ObjectWriter answer{out};
  const auto page = [&]() -> Result<streams::RecordsPage> {
    auto entry = services.gate.enter(storage::Access::kRead);
    context.entry = &entry;
    context.ticket = entry.ticket();
    if (entry.status().has_error()) return base::to_api_error(entry.status().error());
    return streams::get_records(services.gate.storage(), context.streams(), services.clock, request.shard_iterator,
                                request.limit, answer.key("Records"));
  }();
  if (page.has_error()) return page.error();
  if (page->next_iterator) answer.string("NextShardIterator", *page->next_iterator);
  answer.finish();
  return {};
}

}  // namespace

extern const Operation kGetRecords{"DynamoDBStreams_20120810.GetRecords", run_get_records, kGetRecordsMembers.members,
                                   FaultPoint::kStreamsThrottle};

}  // namespace millrace::api
