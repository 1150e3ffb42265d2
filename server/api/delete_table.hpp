// DeleteTable (API reference, 3.3). The table is gone when the answer leaves, though the answer says DELETING as AWS's
// does; its stream stays readable for 24 hours.
#pragma once

#include <string>

#include "server/api/operation.hpp"
#include "server/api/table_description.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

struct DeleteTableRequest {
  model::TableReference table;
};

Result<DeleteTableRequest> parse_delete_table(const json::Object& body);
Result<TableDescription> execute_delete_table(OperationContext& context, const DeleteTableRequest& request);
void write_delete_table(std::string& out, const TableDescription& response);

}  // namespace millrace::api
