// TagResource, UntagResource and ListTags (API reference of Lambda, 2017-03-31): of event source mappings, and of
// functions, which lie below this folder. A tag changes nothing that runs.
#include <functional>
#include <utility>

#include "harness/esm/operations/mapping_access.hpp"
#include "harness/lambda/control/resource_tags.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::esm {
namespace {

constexpr std::string_view kTags = "/2017-03-31/tags/{Resource}";

using lambda::Tags;
using Edit = std::function<Result<void>(Tags&)>;

ApiError mapping_not_found(const std::string& arn) {
  return {ErrorKind::kLambdaResourceNotFound, "Event source mapping not found: " + arn};
}

ApiError no_such_function(const lambda::FunctionReference& function) {
  return {ErrorKind::kLambdaResourceNotFound, "Function not found: " + lambda::arn_of(function)};
}

/// Another account's or region's is nobody's.
Result<const Mapping*> find_mapping(const MappingServices& services, const model::Caller& caller,
                                    const lambda::TaggedMapping& wanted) {
  if (wanted.account != caller.account && !caller.shares_all) return mapping_not_found(wanted.arn);
  const auto found = services.registry.require(caller, wanted.uuid);
  if (found.has_error() || (*found)->state == MappingState::kDeleting) return mapping_not_found(wanted.arn);
  return *found;
}

Result<Tags> find_tags(const MappingServices& services, const model::Caller& caller,
                       const lambda::TaggedResource& resource) {
  if (const auto* const wanted = std::get_if<lambda::TaggedMapping>(&resource)) {
    TRY_ASSIGN(const Mapping* const mapping, find_mapping(services, caller, *wanted));
    return mapping->definition.tags;
  }
  TRY_ASSIGN(const lambda::FunctionReference reference,
             lambda::FunctionResolver{caller}.resolve(std::get<lambda::FunctionName>(resource)));
  const auto function = services.functions.find(reference);
  if (!function) return no_such_function(reference);
  return function->tags;
}

Result<void> edit_tags(const MappingServices& services, const model::Caller& caller,
                       const lambda::TaggedResource& resource, const Edit& edit) {
  TRY_ASSIGN(Tags tags, find_tags(services, caller, resource));
  TRY(edit(tags));
  if (const auto* const wanted = std::get_if<lambda::TaggedMapping>(&resource)) {
    TRY(services.registry.set_tags(wanted->uuid, std::move(tags)));
    return {};
  }
  TRY_ASSIGN(const lambda::FunctionReference reference,
             lambda::FunctionResolver{caller}.resolve(std::get<lambda::FunctionName>(resource)));
  return services.functions.change(reference, [&](lambda::FunctionDefinition& function) { function.tags = tags; });
}

rest::Answer change_tags(const MappingServices& services, const model::Caller& caller,
                         const lambda::TaggedResource& resource, Edit edit) {
  storage::Ticket ticket = 0;
  Result<void> done;
  {
    const auto entry = services.engine.gate().enter(storage::Access::kWrite);
    ticket = entry.ticket();
    done = entry.status().has_error() ? Result<void>{base::to_api_error(entry.status().error())}
                                      : edit_tags(services, caller, resource, edit);
  }
  const auto committed = co_await services.engine.committed(ticket);
  if (committed.has_error()) co_return base::to_api_error(committed.error());
  if (done.has_error()) co_return done.error();
  co_return rest::json_response(204, {});
}

rest::Answer tag_resource(const MappingServices& services, rest::Call& call) {
  const auto request = lambda::parse_tag_request(call.parts(), lambda::tag_resource_members());
  if (request.has_error()) co_return request.error();
  Edit edit = [&](Tags& tags) { return lambda::add_tags(tags, request->tags); };
  auto changing = change_tags(services, call.caller, request->resource, std::move(edit));
  co_return co_await std::move(changing);
}

rest::Answer untag_resource(const MappingServices& services, rest::Call& call) {
  const auto request = lambda::parse_tag_request(call.parts(), lambda::untag_resource_members());
  if (request.has_error()) co_return request.error();
  Edit edit = [&](Tags& tags) {
    lambda::remove_tags(tags, request->keys);
    return Result<void>{};
  };
  auto changing = change_tags(services, call.caller, request->resource, std::move(edit));
  co_return co_await std::move(changing);
}

rest::Answer list_tags(const MappingServices& services, rest::Call& call) {
  const auto request = lambda::parse_tag_request(call.parts(), lambda::list_tags_members());
  if (request.has_error()) co_return request.error();
  auto look = [&](std::string& body) -> Result<void> {
    TRY_ASSIGN(const Tags tags, find_tags(services, call.caller, request->resource));
    json::ObjectWriter object{body};
    json::ObjectWriter listed{object.key("Tags")};
    for (const auto& [key, value] : tags) listed.string(key, value);
    listed.finish();
    object.finish();
    return {};
  };
  auto reading = read_mappings(services, std::move(look));
  co_return co_await std::move(reading);
}

}  // namespace

extern const MappingOperation kTagResource{.name = "TagResource",
                                           .method = "POST",
                                           .path = kTags,
                                           .members = lambda::tag_resource_members,
                                           .run = tag_resource};
extern const MappingOperation kUntagResource{.name = "UntagResource",
                                             .method = "DELETE",
                                             .path = kTags,
                                             .members = lambda::untag_resource_members,
                                             .run = untag_resource};
extern const MappingOperation kListTags{
    .name = "ListTags", .method = "GET", .path = kTags, .members = lambda::list_tags_members, .run = list_tags};

}  // namespace millrace::esm
