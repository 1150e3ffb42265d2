// Tags of a table (API reference, 3.16): their rules, and whose they are.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {

/// At most 50, keys of 1 to 128 characters without the prefix `aws:` and each once, values of at most 256. Errors:
/// ValidationException, the first rule that is broken.
Result<void> check_tags(const std::vector<TagInput>& tags);
/// The same of what a table would have altogether.
Result<void> check_tag_count(std::size_t count);

/// Adds checked tags; one whose key is there takes its place.
void add_tags(std::map<std::string, std::string>& to, const std::vector<TagInput>& tags);

/// `ResourceArn` of the operations on tags: required, and worded by themselves.
inline constexpr members::Member kResourceArn{
    .name = "ResourceArn", .presence = members::Presence::kRequiredApart, .bounds = {1, 1283}, .check = check_apart};
/// Whether it is the ARN of a table. Errors: ValidationException.
Result<model::TableReference> parse_resource_arn(OptionalText arn);
/// The table. Errors: ResourceNotFoundException.
Result<catalog::TablePointer> require_resource(const OperationContext& context, const model::TableReference& table);

}  // namespace millrace::api
