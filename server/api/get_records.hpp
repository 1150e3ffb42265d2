// GetRecords (streams-and-esm, 1.7).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "server/api/operation.hpp"
#include "server/json/document.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::api {

struct GetRecordsRequest {
  std::string_view shard_iterator;
  std::size_t limit{0};
};

Result<GetRecordsRequest> parse_get_records(const json::Object& body);
Result<streams::RecordsPage> execute_get_records(OperationContext& context, const GetRecordsRequest& request);
void write_get_records(std::string& out, const streams::RecordsPage& response);

}  // namespace millrace::api
