#include "server/api/describe_table.hpp"

#include "server/api/table_request.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {

Result<DescribeTableRequest> parse_describe_table(const json::Object& body) {
  json::ObjectReader in{body};
  const auto table_name = in.string("TableName");
  if (in.failed()) return in.error();
  validation::Constraints constraints;
  DescribeTableRequest request;
  TRY_ASSIGN(request.table, finish_with_table(constraints, table_name));
  return request;
}

Result<TableDescription> execute_describe_table(OperationContext& context, const DescribeTableRequest& request) {
  TRY_ASSIGN(const auto table, context.tables().require_named(request.table));
  return describe(context, table->definition, model::TableStatus::kActive);
}

void write_describe_table(std::string& out, const TableDescription& response) {
  json::ObjectWriter writer{out};
  append_table_description(writer.key("Table"), response, WarmThroughput::kShown);
  writer.finish();
}

}  // namespace millrace::api
