#include "server/api/delete_table.hpp"

#include "server/api/table_request.hpp"
#include "server/api/table_stream.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {

Result<DeleteTableRequest> parse_delete_table(const json::Object& body) {
  json::ObjectReader in{body};
  const auto table_name = in.string("TableName");
  if (in.failed()) return in.error();
  validation::Constraints constraints;
  DeleteTableRequest request;
  TRY_ASSIGN(request.table, finish_with_table(constraints, table_name));
  return request;
}

Result<TableDescription> execute_delete_table(OperationContext& context, const DeleteTableRequest& request) {
  auto& services = context.services;
  TRY_ASSIGN(const auto table, context.tables().require_named(request.table));
  if (table->definition.deletion_protection) {
    return base::validation_error(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
  }
  TRY_ASSIGN(auto response, describe(context, table->definition, model::TableStatus::kDeleting));
  if (table->stream != nullptr) {
    auto definition = table->definition;
    TRY(disable_stream(context, *table, definition));
  }
  auto& storage = services.gate.storage();
  for (const auto& index : table->definition.indexes) TRY(storage.drop_keyspace(index.keyspace));
  TRY(storage.drop_keyspace(table->definition.keyspace));
  TRY(services.tables.remove(table->definition));
  return response;
}

void write_delete_table(std::string& out, const TableDescription& response) {
  json::ObjectWriter writer{out};
  append_deleted_table_description(writer.key("TableDescription"), response);
  writer.finish();
}

}  // namespace millrace::api
