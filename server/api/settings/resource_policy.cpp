#include "server/api/settings/resource_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "server/model/arn.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;

/// As texts call what the policy is of.
std::string named(const PolicyResource& resource) {
  if (resource.stream_label.empty()) return fmt::format("table {}", resource.table.name());
  return fmt::format("stream {} of table {}", resource.stream_label, resource.table.name());
}

std::string next_revision(std::string_view last, TimePoint now) {
  std::int64_t number = 0;
  std::from_chars(last.data(), last.data() + last.size(), number);
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  return std::to_string(std::max<std::int64_t>(number + 1, milliseconds));
}

}  // namespace

Result<PolicyResource> parse_policy_resource(std::string_view arn) {
  const std::string text{arn};
  if (!arn.starts_with("arn:")) return invalid_parameter_values("ARNs must start with 'arn:': " + text);
  PolicyResource resource{.arn = text, .table = model::TableReference{text}, .stream_label = {}};
  if (!resource.table.is_foreign_arn()) return resource;
  if (const auto stream = model::parse_stream_arn(arn)) {
    const model::Account owner{std::string{stream->region}, std::string{stream->account_id}};
    resource.table = model::TableReference{model::table_arn(owner, stream->table_name)};
    resource.stream_label = stream->label;
    return resource;
  }
  if (arn.find(":table/") != std::string_view::npos && arn.find("/index/") != std::string_view::npos) {
    return invalid_parameter_values(
        "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " + text);
  }
  return invalid_parameter_values("Provided Arn is not a DynamoDB resource arn: " + text);
}

Result<catalog::TablePointer> require_policy_resource(const OperationContext& context, const PolicyResource& resource) {
  if (!resource.table.may_be_of(context.caller)) {
    const auto owner = resource.table.whereabouts(context.caller.account);
    if (owner.region != context.caller.account.region) {
      return invalid_parameter_values("Invalid resource Arn: " + resource.arn);
    }
    return base::validation_error("This action is only supported by accounts that match the resource owner’s account.");
  }
  auto table = context.tables().find(resource.table.name());
  if (!table) return base::table_not_found(resource.table.name());
  if (resource.stream_label.empty()) return table;
  const auto stream_arn = model::stream_arn(table->definition.arn, resource.stream_label);
  if (context.services.streams.find(stream_arn) != nullptr) return table;
  return ApiError{ErrorKind::kResourceNotFound,
                  fmt::format("Requested resource not found: Stream: {} not found for Table: {}", resource.stream_label,
                              resource.table.name())};
}

model::ResourcePolicy policy_of(const model::TableDefinition& table, const PolicyResource& resource) {
  const auto found = table.settings.policies.find(resource.stream_label);
  return found == table.settings.policies.end() ? model::ResourcePolicy{} : found->second;
}

Result<std::string> change_policy(OperationContext& context, const model::TableDefinition& table,
                                  const PolicyResource& resource, std::string document) {
  auto definition = table;
  auto& policies = definition.settings.policies;
  const auto& streams = context.services.streams;
  std::erase_if(policies, [&](const auto& entry) {
    return !entry.first.empty() && streams.find(model::stream_arn(table.arn, entry.first)) == nullptr;
  });
  auto& policy = policies[resource.stream_label];
  policy.document = std::move(document);
  policy.revision_id = next_revision(policy.revision_id, context.services.clock.now());
  std::string revision_id = policy.revision_id;
  TRY(context.services.tables.put(std::move(definition)));
  return revision_id;
}

void set_first_policy(model::TableDefinition& table, std::string document) {
  table.settings.policies[""] = {std::move(document), next_revision({}, table.created)};
}

Result<void> check_expected_revision(const model::ResourcePolicy& policy, OptionalText expected,
                                     const PolicyResource& resource) {
  if (!expected) return {};
  const bool exists = !policy.document.empty();
  if (*expected == "NO_POLICY") {
    if (!exists) return {};
    return policy_not_found(
        fmt::format("Requested policy update expecting none to be present for {}, but a policy exists with revision id "
                    "{}.",
                    named(resource), policy.revision_id));
  }
  if (!exists) {
    return policy_not_found(
        fmt::format("Requested update for policy with revision id {}, but {} has no associated "
                    "policy.",
                    *expected, named(resource)));
  }
  if (policy.revision_id == *expected) return {};
  return policy_not_found(fmt::format(
      "Requested update for policy with revision id {}, but the policy associated to target {} has revision "
      "id {}.",
      *expected, named(resource), policy.revision_id));
}

ApiError policy_not_found(std::string_view detail) {
  return {ErrorKind::kPolicyNotFound,
          std::string{"Resource-based policy not found for the provided ResourceArn: "}.append(detail)};
}

}  // namespace millrace::api
