// DescribeTable (API reference, 3.3). ItemCount and TableSizeBytes are live, where AWS refreshes them every six hours.
#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeTableMembers = of_tables::named_table("DescribeTableInput");

Result<TableDescription> execute_describe_table(OperationContext& context, const model::TableReference& table_name) {
  TRY_ASSIGN(const auto table, context.tables().require_named(table_name));
  return describe(context, table->definition, table->definition.status_now());
}

void write_describe_table(std::string& out, const TableDescription& response) {
  json::ObjectWriter writer{out};
  append_table_description(writer.key("Table"), response, WarmThroughput::kShown);
  writer.finish();
}

}  // namespace

extern const Operation kDescribeTable{
    "DynamoDB_20120810.DescribeTable",
    run_operation<of_tables::parse_named_table<kDescribeTableMembers>, storage::Access::kRead, execute_describe_table,
                  write_describe_table>,
    kDescribeTableMembers.members};

}  // namespace millrace::api
