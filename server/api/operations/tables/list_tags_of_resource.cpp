// ListTagsOfResource (API reference, 3.16): pages of ten, in the order of the keys.
#include <map>
#include <string>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/tags.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr std::size_t kTagsOfPage = 10;

struct ListTagsMembers {
  OptionalText arn;
  OptionalText next_token;
};
constexpr of_tables::MemberTable kListTagsMembers{
    "ListTagsOfResourceInput",
    of_tables::row(&ListTagsMembers::arn, kResourceArn),
    of_tables::row(&ListTagsMembers::next_token, {.name = "NextToken"}),
};

struct ListTagsRequest {
  model::TableReference table;
  std::string after;  ///< a key, which need not be there any more; empty: from the first
};

struct ListTagsResponse {
  std::map<std::string, std::string> tags;
  bool more{false};  ///< tags follow the last
};

Result<ListTagsRequest> parse_list_tags(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<ListTagsMembers>(body, kListTagsMembers));
  ListTagsRequest request;
  TRY_ASSIGN(request.table, parse_resource_arn(members.arn));
  request.after = members.next_token.value_or("");
  return request;
}

Result<ListTagsResponse> execute_list_tags(OperationContext& context, const ListTagsRequest& request) {
  TRY_ASSIGN(const auto table, require_resource(context, request.table));
  ListTagsResponse response;
  const auto& tags = table->definition.tags;
  for (auto tag = tags.upper_bound(request.after); tag != tags.end(); ++tag) {
    response.more = response.tags.size() == kTagsOfPage;
    if (response.more) break;
    response.tags.insert(*tag);
  }
  return response;
}

void write_list_tags(std::string& out, const ListTagsResponse& response) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("Tags"), response.tags, [&out](const auto& tag) {
    json::ObjectWriter pair{out};
    pair.string("Key", tag.first);
    pair.string("Value", tag.second);
    pair.finish();
  });
  if (response.more) writer.string("NextToken", response.tags.rbegin()->first);
  writer.finish();
}

}  // namespace

extern const Operation kListTagsOfResource{
    "DynamoDB_20120810.ListTagsOfResource",
    run_operation<parse_list_tags, storage::Access::kRead, execute_list_tags, write_list_tags>,
    kListTagsMembers.members};

}  // namespace millrace::api
