// TagResource (API reference, 3.16). A tag whose key is there takes its place.
#include <optional>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/tags.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {
namespace {

struct TagResourceMembers {
  OptionalText arn;
  std::optional<std::vector<TagInput>> tags;
};
constexpr of_tables::MemberTable kTagResourceMembers{
    "TagResourceInput",
    of_tables::row(&TagResourceMembers::arn, kResourceArn),
    of_tables::rows_of<of_tables::kTag>(&TagResourceMembers::tags,
                                        {.name = "Tags", .presence = members::Presence::kRequired}),
};

struct TagResourceRequest {
  model::TableReference table;
  std::vector<TagInput> tags;
};

Result<TagResourceRequest> parse_tag_resource(const json::Object& body) {
  TRY_ASSIGN(auto members, members::read_checked<TagResourceMembers>(body, kTagResourceMembers));
  TagResourceRequest request;
  TRY_ASSIGN(request.table, parse_resource_arn(members.arn));
  request.tags = *std::move(members.tags);
  if (request.tags.empty()) return base::validation_error("Atleast one Tag needs to be provided as Input.");
  TRY(check_tags(request.tags));
  return request;
}

Result<NoAnswer> execute_tag_resource(OperationContext& context, const TagResourceRequest& request) {
  TRY_ASSIGN(const auto table, require_resource(context, request.table));
  auto definition = table->definition;
  add_tags(definition.tags, request.tags);
  TRY(check_tag_count(definition.tags.size()));
  TRY(context.services.tables.put(std::move(definition)));
  return NoAnswer{};
}

}  // namespace

extern const Operation kTagResource{
    "DynamoDB_20120810.TagResource",
    run_operation<parse_tag_resource, storage::Access::kWrite, execute_tag_resource, write_no_answer>,
    kTagResourceMembers.members};

}  // namespace millrace::api
