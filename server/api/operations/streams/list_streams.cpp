// ListStreams (streams-and-esm, 1.3).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/members/stream_members.hpp"
#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/arn.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::api {
namespace {

struct ListStreamsMembers {
  OptionalText table_name;
  std::optional<std::int64_t> limit;
  OptionalText start;
};
constexpr of_streams::MemberTable kListStreamsMembers{
    "ListStreamsInput",
    of_streams::row(
        &ListStreamsMembers::table_name,
        {.name = "TableName", .bounds = {3, 255}, .pattern = of_tables::kNamePattern, .check = check_name_of_table}),
    of_streams::row(&ListStreamsMembers::limit, of_streams::limit(streams::kMaxStreamsPerPage)),
    of_streams::row(&ListStreamsMembers::start, {.name = "ExclusiveStartStreamArn", .bounds = of_streams::kArnLength}),
};

struct ListStreamsRequest {
  model::TableReference table;                  ///< an empty one: of all tables
  std::string_view exclusive_start_stream_arn;  ///< empty: from the first
  std::size_t limit{0};
};

struct ListStreamsResponse {
  struct Stream {
    std::string arn;
    std::string table_name;
    std::string label;
  };
  std::vector<Stream> streams;
  bool more{false};
};

Result<ListStreamsRequest> parse_list_streams(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<ListStreamsMembers>(body, kListStreamsMembers));
  return ListStreamsRequest{model::TableReference{std::string{members.table_name.value_or("")}},
                            members.start.value_or(""),
                            of_streams::page_limit(members.limit, streams::kMaxStreamsPerPage)};
}

Result<ListStreamsResponse> execute_list_streams(OperationContext& context, const ListStreamsRequest& request) {
  // Nothing here has a stream of a table elsewhere: an empty list, as for a table that does not exist.
  if (!request.table.may_be_of(context.caller)) return ListStreamsResponse{};
  TRY_ASSIGN(const auto page,
             streams::list_streams(context.streams(), {.table_name = request.table.name(),
                                                       .exclusive_start_stream_arn = request.exclusive_start_stream_arn,
                                                       .limit = request.limit}));
  ListStreamsResponse response;
  response.more = page.more;
  for (const auto* stream : page.streams) response.streams.push_back({stream->arn, stream->table_name, stream->label});
  return response;
}

void write_list_streams(std::string& out, const ListStreamsResponse& response) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("Streams"), response.streams, [&out](const ListStreamsResponse::Stream& stream) {
    json::ObjectWriter element{out};
    element.string("StreamArn", stream.arn);
    element.string("TableName", stream.table_name);
    element.string("StreamLabel", stream.label);
    element.finish();
  });
  if (response.more) writer.string("LastEvaluatedStreamArn", response.streams.back().arn);
  writer.finish();
}

}  // namespace

extern const Operation kListStreams{
    "DynamoDBStreams_20120810.ListStreams",
    run_operation<parse_list_streams, storage::Access::kRead, execute_list_streams, write_list_streams>,
    kListStreamsMembers.members};

}  // namespace millrace::api
