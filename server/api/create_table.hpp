// CreateTable (API reference, 3.1; streams-and-esm, 1.12). The table is ACTIVE when the answer leaves, though the
// answer says CREATING as AWS's does.
#pragma once

#include <optional>
#include <string>

#include "server/api/operation.hpp"
#include "server/api/table_description.hpp"
#include "server/api/table_request.hpp"
#include "server/json/document.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

struct CreateTableRequest {
  model::TableReference table;
  /// Everything the request decides; ids, times, keyspaces and the stream's names are not set yet.
  model::TableDefinition definition;
  std::optional<EncryptionInput> encryption;
};

Result<CreateTableRequest> parse_create_table(const json::Object& body);
Result<TableDescription> execute_create_table(OperationContext& context, const CreateTableRequest& request);
void write_create_table(std::string& out, const TableDescription& response);

}  // namespace millrace::api
