#include "harness/lambda/control/resource_tags.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/rest/member_reading.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::lambda {
namespace {

using rest::Member;
using rest::Place;
using enum rest::MemberType;
using enum rest::Presence;

constexpr std::size_t kMaxTagKey = 128;
constexpr std::size_t kMaxTagValue = 256;

constexpr std::string_view kTaggable =
    R"(arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+)"
    R"((:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-)"
    R"([0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+))";

/// The fields of an ARN of Lambda.
struct LambdaArn {
  std::string region;
  std::string account_id;
  std::string type;
  std::string name;
  std::string qualifier;
};
LambdaArn split(std::string_view arn) {
  std::vector<std::string> fields;
  for (std::size_t at = 0; at <= arn.size();) {
    const std::size_t end = std::min(arn.find(':', at), arn.size());
    fields.emplace_back(arn.substr(at, end - at));
    at = end + 1;
  }
  constexpr std::size_t kAllFields = 8;
  fields.resize(kAllFields);
  return {fields[3], fields[4], fields[5], fields[6], fields[7]};
}

/// Looser than AWS in the region: Millrace lets its user choose it.
bool is_taggable(std::string_view text) {
  if (rest::matches_pattern(text, kTaggable)) return true;
  if (!text.starts_with("arn:aws:lambda:")) return false;
  const LambdaArn arn = split(text);
  return !arn.name.empty() && (arn.type == "function" || arn.type == "event-source-mapping");
}

constexpr Member kResource{.name = "Resource",
                           .type = kString,
                           .presence = kRequired,
                           .place = Place::kPath,
                           .bounds = {1, 256},
                           .pattern = kTaggable,
                           .matches = is_taggable};
constexpr std::array kTag{kResource, Member{.name = "Tags", .type = kStringMap, .presence = kRequired}};
constexpr std::array kUntag{
    kResource,
    Member{.name = "TagKeys", .type = kStringList, .presence = kRequired, .place = Place::kQuery, .header = "tagKeys"}};
constexpr std::array kListTags{kResource};

Result<TaggedResource> resource_of(const std::string& text) {
  LambdaArn arn = split(text);
  if (arn.type == "function") {
    if (!arn.qualifier.empty()) {
      return rest::invalid_parameter_value(
          "Tags on function aliases and versions are not supported. Please specify a function ARN.");
    }
    return TaggedResource{FunctionName{std::move(arn.region), std::move(arn.account_id), std::move(arn.name), {}}};
  }
  if (arn.type == "event-source-mapping") {
    return TaggedResource{TaggedMapping{{std::move(arn.region), std::move(arn.account_id)}, std::move(arn.name), text}};
  }
  return rest::invalid_parameter_value("Millrace has no " + arn.type + " that could be tagged.");
}

}  // namespace

std::span<const Member> tag_resource_members() { return kTag; }
std::span<const Member> untag_resource_members() { return kUntag; }
std::span<const Member> list_tags_members() { return kListTags; }

Result<TagRequest> parse_tag_request(const rest::RequestParts& parts, std::span<const Member> table) {
  TRY_ASSIGN(const nlohmann::json members, rest::read_members(parts, table));
  TRY_ASSIGN(TaggedResource resource, resource_of(*rest::read_text(members, "Resource")));
  TagRequest request{.resource = std::move(resource)};
  request.tags = rest::read_text_map(members, "Tags");
  TRY(check_tags(request.tags));
  if (const auto* const keys = rest::find_member(members, "TagKeys")) keys->get_to(request.keys);
  return request;
}

Result<void> check_tags(const Tags& tags) {
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.size() > kMaxTagKey) {
      return rest::invalid_parameter_value("The tag key '" + key + "' must have 1 to 128 characters.");
    }
    if (key.starts_with("aws:")) {
      return rest::invalid_parameter_value("The tag key '" + key + "' is invalid: the prefix aws: is reserved.");
    }
    if (value.size() > kMaxTagValue) {
      return rest::invalid_parameter_value("The value of tag '" + key + "' must have at most 256 characters.");
    }
  }
  return {};
}

Result<void> add_tags(Tags& tags, const Tags& more) {
  Tags all = more;
  all.insert(tags.begin(), tags.end());
  if (all.size() > kMaxTags) return rest::invalid_parameter_value("Number of tags exceeds resource tag limit.");
  tags = std::move(all);
  return {};
}

void remove_tags(Tags& tags, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) tags.erase(key);
}

}  // namespace millrace::lambda
