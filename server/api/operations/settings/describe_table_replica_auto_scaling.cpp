// DescribeTableReplicaAutoScaling (API reference, 3.21).
#include <string>

#include "server/api/operation.hpp"
#include "server/api/settings/auto_scaling.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeAutoScalingMembers = of_tables::named_table("DescribeTableReplicaAutoScalingInput");

Result<AutoScalingDescription> execute_describe_auto_scaling(OperationContext& context,
                                                             const model::TableReference& table_name) {
  TRY_ASSIGN(const auto table, require_scaled_table(context, table_name));
  return AutoScalingDescription{table->definition.name, scaled_replicas(context, table->definition)};
}

}  // namespace

extern const Operation kDescribeTableReplicaAutoScaling{
    "DynamoDB_20120810.DescribeTableReplicaAutoScaling",
    run_operation<of_tables::parse_named_table<kDescribeAutoScalingMembers>, storage::Access::kRead,
                  execute_describe_auto_scaling, append_auto_scaling_answer>,
    kDescribeAutoScalingMembers.members};

}  // namespace millrace::api
