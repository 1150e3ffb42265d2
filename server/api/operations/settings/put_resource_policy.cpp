// PutResourcePolicy (API reference, 3.20). A document that means what the present one means changes nothing.
#include <optional>
#include <string>
#include <utility>

#include "server/api/operation.hpp"
#include "server/api/settings/policy_document.hpp"
#include "server/api/settings/resource_policy.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

struct PutPolicyMembers {
  OptionalText arn;
  OptionalText policy;
  OptionalText expected_revision;
  /// There is nothing to confirm: no policy shuts anybody out here.
  std::optional<bool> confirm_removal;
};
constexpr of_tables::MemberTable kPutPolicyMembers{
    "PutResourcePolicyInput",
    of_tables::row(&PutPolicyMembers::arn, kPolicyResourceArn),
    of_tables::row(&PutPolicyMembers::policy, {.name = "Policy", .presence = members::Presence::kRequired}),
    of_tables::row(&PutPolicyMembers::expected_revision, kExpectedRevisionId),
    of_tables::row(&PutPolicyMembers::confirm_removal, {.name = "ConfirmRemoveSelfResourceAccess"}),
};

struct PutPolicyRequest {
  PolicyResource resource;
  std::string document;  ///< in canonical form
  OptionalText expected_revision;
};

Result<PutPolicyRequest> parse_put_policy(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<PutPolicyMembers>(body, kPutPolicyMembers));
  PutPolicyRequest request;
  TRY_ASSIGN(request.resource, parse_policy_resource(*members.arn));
  TRY_ASSIGN(request.document, canonical_policy(*members.policy));
  request.expected_revision = members.expected_revision;
  return request;
}

/// The id of the revision that holds now.
Result<std::string> execute_put_policy(OperationContext& context, const PutPolicyRequest& request) {
  TRY_ASSIGN(const auto table, require_policy_resource(context, request.resource));
  const auto policy = policy_of(table->definition, request.resource);
  TRY(check_expected_revision(policy, request.expected_revision, request.resource));
  if (policy.document == request.document) return policy.revision_id;
  return change_policy(context, table->definition, request.resource, request.document);
}

void write_put_policy(std::string& out, const std::string& revision_id) {
  json::ObjectWriter writer{out};
  writer.string("RevisionId", revision_id);
  writer.finish();
}

}  // namespace

extern const Operation kPutResourcePolicy{
    "DynamoDB_20120810.PutResourcePolicy",
    run_operation<parse_put_policy, storage::Access::kWrite, execute_put_policy, write_put_policy>,
    kPutPolicyMembers.members};

}  // namespace millrace::api
