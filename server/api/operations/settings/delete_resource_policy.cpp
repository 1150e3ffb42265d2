// DeleteResourcePolicy (API reference, 3.20). It answers the revision that it removes; once more, that of the removal.
#include <string>

#include "server/api/operation.hpp"
#include "server/api/settings/resource_policy.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

struct DeletePolicyMembers {
  OptionalText arn;
  OptionalText expected_revision;
};
constexpr of_tables::MemberTable kDeletePolicyMembers{
    "DeleteResourcePolicyInput",
    of_tables::row(&DeletePolicyMembers::arn, kPolicyResourceArn),
    of_tables::row(&DeletePolicyMembers::expected_revision, kExpectedRevisionId),
};

struct DeletePolicyRequest {
  PolicyResource resource;
  OptionalText expected_revision;
};

Result<DeletePolicyRequest> parse_delete_policy(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<DeletePolicyMembers>(body, kDeletePolicyMembers));
  DeletePolicyRequest request;
  TRY_ASSIGN(request.resource, parse_policy_resource(*members.arn));
  request.expected_revision = members.expected_revision;
  return request;
}

/// Empty when there never was a policy.
Result<std::string> execute_delete_policy(OperationContext& context, const DeletePolicyRequest& request) {
  TRY_ASSIGN(const auto table, require_policy_resource(context, request.resource));
  const auto policy = policy_of(table->definition, request.resource);
  TRY(check_expected_revision(policy, request.expected_revision, request.resource));
  if (!policy.document.empty()) TRY(change_policy(context, table->definition, request.resource, {}));
  return policy.revision_id;
}

void write_delete_policy(std::string& out, const std::string& revision_id) {
  json::ObjectWriter writer{out};
  if (!revision_id.empty()) writer.string("RevisionId", revision_id);
  writer.finish();
}

}  // namespace

extern const Operation kDeleteResourcePolicy{
    "DynamoDB_20120810.DeleteResourcePolicy",
    run_operation<parse_delete_policy, storage::Access::kWrite, execute_delete_policy, write_delete_policy>,
    kDeletePolicyMembers.members};

}  // namespace millrace::api
