// GetResourcePolicy (API reference, 3.20). It sees the last change at once, where AWS's readers wait some seconds.
#include <string>

#include "server/api/operation.hpp"
#include "server/api/settings/policy_document.hpp"
#include "server/api/settings/resource_policy.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

struct GetPolicyMembers {
  OptionalText arn;
};
constexpr of_tables::MemberTable kGetPolicyMembers{"GetResourcePolicyInput",
                                                   of_tables::row(&GetPolicyMembers::arn, kPolicyResourceArn)};

Result<PolicyResource> parse_get_policy(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<GetPolicyMembers>(body, kGetPolicyMembers));
  return parse_policy_resource(*members.arn);
}

Result<model::ResourcePolicy> execute_get_policy(OperationContext& context, const PolicyResource& resource) {
  TRY_ASSIGN(const auto table, require_policy_resource(context, resource));
  auto policy = policy_of(table->definition, resource);
  if (policy.document.empty()) return policy_not_found(resource.arn);
  return policy;
}

void write_get_policy(std::string& out, const model::ResourcePolicy& policy) {
  json::ObjectWriter writer{out};
  writer.string("Policy", shown_policy(policy.document));
  writer.string("RevisionId", policy.revision_id);
  writer.finish();
}

}  // namespace

extern const Operation kGetResourcePolicy{
    "DynamoDB_20120810.GetResourcePolicy",
    run_operation<parse_get_policy, storage::Access::kRead, execute_get_policy, write_get_policy>,
    kGetPolicyMembers.members};

}  // namespace millrace::api
