// ListStreams (streams-and-esm, 1.3).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/operation.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

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

Result<ListStreamsRequest> parse_list_streams(const json::Object& body);
Result<ListStreamsResponse> execute_list_streams(OperationContext& context, const ListStreamsRequest& request);
void write_list_streams(std::string& out, const ListStreamsResponse& response);

}  // namespace millrace::api
