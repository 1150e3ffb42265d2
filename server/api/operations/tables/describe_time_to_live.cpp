// DescribeTimeToLive (API reference, 3.15).
#include <string>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeTimeToLiveMembers = of_tables::named_table("DescribeTimeToLiveInput");

/// The attribute, empty while it is off.
Result<std::string> execute_describe_time_to_live(OperationContext& context, const model::TableReference& table_name) {
  TRY_ASSIGN(const auto table, context.tables().require_named(table_name));
  const auto& time_to_live = table->definition.time_to_live;
  return time_to_live ? time_to_live->attribute : std::string{};
}

void write_describe_time_to_live(std::string& out, const std::string& attribute) {
  json::ObjectWriter writer{out};
  json::ObjectWriter description{writer.key("TimeToLiveDescription")};
  description.string("TimeToLiveStatus", attribute.empty() ? "DISABLED" : "ENABLED");
  if (!attribute.empty()) description.string("AttributeName", attribute);
  description.finish();
  writer.finish();
}

}  // namespace

extern const Operation kDescribeTimeToLive{
    "DynamoDB_20120810.DescribeTimeToLive",
    run_operation<of_tables::parse_named_table<kDescribeTimeToLiveMembers>, storage::Access::kRead,
                  execute_describe_time_to_live, write_describe_time_to_live>,
    kDescribeTimeToLiveMembers.members};

}  // namespace millrace::api
