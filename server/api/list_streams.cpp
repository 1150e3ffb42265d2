#include "server/api/list_streams.hpp"

#include "server/api/stream_constraints.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/arn.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::api {

Result<ListStreamsRequest> parse_list_streams(const json::Object& body) {
  json::ObjectReader in{body};
  const auto table_name = in.string("TableName");
  const auto limit = in.integer("Limit");
  const auto start = in.string("ExclusiveStartStreamArn");
  if (in.failed()) return in.error();
  validation::Constraints constraints;
  model::TableReference table{std::string{table_name.value_or("")}};
  if (table_name) constraints.resource_name("tableName", table.name());
  check_page_limit(constraints, limit, streams::kMaxStreamsPerPage);
  check_stream_arn(constraints, "exclusiveStartStreamArn", start);
  TRY(constraints.finish());
  return ListStreamsRequest{std::move(table), start.value_or(""), page_limit(limit, streams::kMaxStreamsPerPage)};
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

}  // namespace millrace::api
