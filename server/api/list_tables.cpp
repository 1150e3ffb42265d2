#include "server/api/list_tables.hpp"

#include "server/catalog/table_catalog.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {

Result<ListTablesRequest> parse_list_tables(const json::Object& body) {
  constexpr std::int64_t kMaxLimit = 100;
  json::ObjectReader in{body};
  const auto start = in.string("ExclusiveStartTableName");
  const auto limit = in.integer("Limit");
  if (in.failed()) return in.error();
  validation::Constraints constraints;
  constraints.range("limit", limit, 1, kMaxLimit);
  constraints.resource_name("exclusiveStartTableName", start);
  TRY(constraints.finish());
  return ListTablesRequest{std::string{start.value_or("")}, static_cast<std::size_t>(limit.value_or(kMaxLimit))};
}

Result<ListTablesResponse> execute_list_tables(OperationContext& context, const ListTablesRequest& request) {
  ListTablesResponse response;
  response.table_names = context.tables().names_after(request.exclusive_start_table_name, request.limit + 1);
  response.more = response.table_names.size() > request.limit;
  if (response.more) response.table_names.pop_back();
  return response;
}

void write_list_tables(std::string& out, const ListTablesResponse& response) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("TableNames"), response.table_names,
                    [&out](const std::string& name) { base::append_json_string(out, name); });
  if (response.more) writer.string("LastEvaluatedTableName", response.table_names.back());
  writer.finish();
}

}  // namespace millrace::api
