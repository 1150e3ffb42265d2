// DescribeGlobalTable, version 2017.11.29 (API reference, 3.21).
#include <string>

#include "server/api/global_tables/old_global_table.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {
namespace {

struct NamedGlobalTable {
  OptionalText name;
};
constexpr of_tables::MemberTable kDescribeGlobalTableMembers{
    "DescribeGlobalTableInput", of_tables::row(&NamedGlobalTable::name, of_tables::kGlobalTableName)};

Result<std::string> parse_describe_global_table(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<NamedGlobalTable>(body, kDescribeGlobalTableMembers));
  return std::string{*members.name};
}

Result<GlobalTableDescription> execute_describe_global_table(OperationContext& context, const std::string& name) {
  TRY_ASSIGN(const auto replicas, require_global_table(context, name, "Global table not found: "));
  return describe_global_table(context, name, replicas, "ACTIVE");
}

}  // namespace

extern const Operation kDescribeGlobalTable{"DynamoDB_20120810.DescribeGlobalTable",
                                            run_operation<parse_describe_global_table, storage::Access::kRead,
                                                          execute_describe_global_table, append_global_table_answer>,
                                            kDescribeGlobalTableMembers.members};

}  // namespace millrace::api
