// DescribeStream (streams-and-esm, 1.4).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/operation.hpp"
#include "server/json/document.hpp"
#include "server/streams/stream_descriptor.hpp"

namespace millrace::api {

struct DescribeStreamRequest {
  std::string_view stream_arn;
  std::string_view exclusive_start_shard_id;  ///< empty: from the first
  std::string_view children_of;               ///< empty: all shards
  std::size_t limit{0};
};

struct DescribeStreamResponse {
  streams::StreamDescriptor stream;  ///< its `shards` are those of the page
  bool more{false};
};

Result<DescribeStreamRequest> parse_describe_stream(const json::Object& body);
Result<DescribeStreamResponse> execute_describe_stream(OperationContext& context, const DescribeStreamRequest& request);
void write_describe_stream(std::string& out, const DescribeStreamResponse& response);

}  // namespace millrace::api
