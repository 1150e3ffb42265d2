// ListTables (API reference, 3.3).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "server/api/operation.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

struct ListTablesRequest {
  std::string exclusive_start_table_name;  ///< empty: from the first; need not exist
  std::size_t limit{100};
};

struct ListTablesResponse {
  std::vector<std::string> table_names;
  bool more{false};  ///< tables follow the last name
};

Result<ListTablesRequest> parse_list_tables(const json::Object& body);
Result<ListTablesResponse> execute_list_tables(OperationContext& context, const ListTablesRequest& request);
void write_list_tables(std::string& out, const ListTablesResponse& response);

}  // namespace millrace::api
