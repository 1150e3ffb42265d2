// Tags of functions and of event source mappings: TagResource, UntagResource and ListTags name either by its ARN. The
// requests and their checks; who has the resources is asked elsewhere.
// https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/lambda/control/function_reference.hpp"
#include "server/base/result.hpp"
#include "server/rest/request_members.hpp"

namespace millrace::lambda {

using Tags = std::map<std::string, std::string>;

inline constexpr std::size_t kMaxTags = 50;

std::span<const rest::Member> tag_resource_members();
std::span<const rest::Member> untag_resource_members();
std::span<const rest::Member> list_tags_members();

/// An event source mapping, by its ARN as the request has it.
struct TaggedMapping {
  model::Account account;
  std::string uuid;
  std::string arn;
};
using TaggedResource = std::variant<FunctionName, TaggedMapping>;

struct TagRequest {
  TaggedResource resource;
  Tags tags{};                      ///< of TagResource
  std::vector<std::string> keys{};  ///< of UntagResource
};
/// For any of the three, by its table. Errors: ValidationException; InvalidParameterValueException for a version or an
/// alias of a function, and for tags that AWS does not take.
Result<TagRequest> parse_tag_request(const rest::RequestParts& parts, std::span<const rest::Member> table);

/// What a resource is to have from the beginning. Errors: InvalidParameterValueException for a key or value that AWS
/// does not take; how many there may be is said by the member's row.
Result<void> check_tags(const Tags& tags);

/// Adds `more` to the tags of a resource. Errors: InvalidParameterValueException when that makes too many; `tags` are
/// then as they were.
Result<void> add_tags(Tags& tags, const Tags& more);
void remove_tags(Tags& tags, const std::vector<std::string>& keys);

}  // namespace millrace::lambda
