// Tags of a resource: the rules that CreateTable checks before it makes anything.
#pragma once

#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/base/result.hpp"

namespace millrace::api {

/// At most 50, keys of 1 to 128 characters without the prefix `aws:` and each once, values of at most 256. Errors:
/// ValidationException, the first rule that is broken.
Result<void> check_tags(const std::vector<TagInput>& tags);

}  // namespace millrace::api
