// DescribeTable (API reference, 3.3). ItemCount and TableSizeBytes are live, where AWS refreshes them every six hours.
#pragma once

#include <string>

#include "server/api/operation.hpp"
#include "server/api/table_description.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

struct DescribeTableRequest {
  model::TableReference table;
};

Result<DescribeTableRequest> parse_describe_table(const json::Object& body);
Result<TableDescription> execute_describe_table(OperationContext& context, const DescribeTableRequest& request);
void write_describe_table(std::string& out, const TableDescription& response);

}  // namespace millrace::api
