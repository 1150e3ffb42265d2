// GetShardIterator (streams-and-esm, 1.6).
#pragma once

#include <string>
#include <string_view>

#include "server/api/operation.hpp"
#include "server/json/document.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::api {

struct GetShardIteratorResponse {
  std::string shard_iterator;
};

Result<streams::ShardIteratorQuery> parse_get_shard_iterator(const json::Object& body);
Result<GetShardIteratorResponse> execute_get_shard_iterator(OperationContext& context,
                                                            const streams::ShardIteratorQuery& request);
void write_get_shard_iterator(std::string& out, const GetShardIteratorResponse& response);

}  // namespace millrace::api
