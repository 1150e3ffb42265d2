#include "server/api/get_records.hpp"

#include "server/api/stream_constraints.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {

Result<GetRecordsRequest> parse_get_records(const json::Object& body) {
  constexpr std::size_t kMaxIterator = 2048;
  json::ObjectReader in{body};
  const auto shard_iterator = in.string("ShardIterator");
  const auto limit = in.integer("Limit");
  if (in.failed()) return in.error();
  validation::Constraints constraints;
  constraints.required("shardIterator", shard_iterator.has_value());
  constraints.length("shardIterator", shard_iterator, 1, kMaxIterator);
  check_page_limit(constraints, limit, streams::kMaxRecordsPerPage);
  TRY(constraints.finish());
  return GetRecordsRequest{*shard_iterator, page_limit(limit, streams::kMaxRecordsPerPage)};
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

}  // namespace millrace::api
