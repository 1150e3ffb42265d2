// UntagResource (API reference, 3.16). A key that no tag has is no mistake.
#include <optional>
#include <string>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/tags.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {
namespace {

struct UntagResourceMembers {
  OptionalText arn;
  std::optional<std::vector<std::string>> keys;
};
constexpr of_tables::MemberTable kUntagResourceMembers{
    "UntagResourceInput",
    of_tables::row(&UntagResourceMembers::arn, kResourceArn),
    of_tables::row(&UntagResourceMembers::keys,
                   {.name = "TagKeys", .presence = members::Presence::kRequired, .elements = {1, 128}}),
};

struct UntagResourceRequest {
  model::TableReference table;
  std::vector<std::string> keys;
};

Result<UntagResourceRequest> parse_untag_resource(const json::Object& body) {
  TRY_ASSIGN(auto members, members::read_checked<UntagResourceMembers>(body, kUntagResourceMembers));
  UntagResourceRequest request;
  TRY_ASSIGN(request.table, parse_resource_arn(members.arn));
  request.keys = *std::move(members.keys);
  if (request.keys.empty()) return base::validation_error("Atleast one Tag Key needs to be provided as Input.");
  return request;
}

Result<NoAnswer> execute_untag_resource(OperationContext& context, const UntagResourceRequest& request) {
  TRY_ASSIGN(const auto table, require_resource(context, request.table));
  auto definition = table->definition;
  for (const auto& key : request.keys) definition.tags.erase(key);
  TRY(context.services.tables.put(std::move(definition)));
  return NoAnswer{};
}

}  // namespace

extern const Operation kUntagResource{
    "DynamoDB_20120810.UntagResource",
    run_operation<parse_untag_resource, storage::Access::kWrite, execute_untag_resource, write_no_answer>,
    kUntagResourceMembers.members};

}  // namespace millrace::api
