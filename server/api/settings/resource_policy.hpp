// Resource policies (API reference, 3.20): whose they are, and which revision a request expects. They are kept with
// the table, those of its streams too. AWS's pause of 15 seconds between two changes, and the seconds until a reader
// sees one, are not emulated.
#pragma once

#include <string>
#include <string_view>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/model/table_reference.hpp"

namespace millrace::api {

inline constexpr members::Member kPolicyResourceArn{
    .name = "ResourceArn", .presence = members::Presence::kRequired, .bounds = {1, 1283}};
inline constexpr members::Member kExpectedRevisionId{.name = "ExpectedRevisionId", .bounds = {1, 255}};

/// What a policy is of.
struct PolicyResource {
  std::string arn;  ///< as the request spells it
  model::TableReference table;
  std::string stream_label;  ///< empty: the table itself
};

/// Whether `arn` can have a policy. Errors: ValidationException.
Result<PolicyResource> parse_policy_resource(std::string_view arn);

/// The table, whose stream there is if one is meant. Errors: ValidationException when it is not the caller's,
/// ResourceNotFoundException.
Result<catalog::TablePointer> require_policy_resource(const OperationContext& context, const PolicyResource& resource);

/// The policy, with an empty document when there is none.
model::ResourcePolicy policy_of(const model::TableDefinition& table, const PolicyResource& resource);

/// Stores `document` (empty: a deletion) as the resource's policy, under a new revision id, which is returned: the
/// milliseconds of emulated time, as on AWS, and higher than the last. Forgets those of streams that are gone.
Result<std::string> change_policy(OperationContext& context, const model::TableDefinition& table,
                                  const PolicyResource& resource, std::string document);

/// Gives a table that is being made its policy.
void set_first_policy(model::TableDefinition& table, std::string document);

/// Whether the policy is what the request expects, be it `NO_POLICY`. Errors: PolicyNotFoundException.
Result<void> check_expected_revision(const model::ResourcePolicy& policy, OptionalText expected,
                                     const PolicyResource& resource);

/// PolicyNotFoundException: `Resource-based policy not found for the provided ResourceArn: ` and `detail`.
ApiError policy_not_found(std::string_view detail);

}  // namespace millrace::api
