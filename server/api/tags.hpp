// Tags of a resource: how they are read, and the rules that CreateTable checks before it makes anything.
#pragma once

#include <vector>

#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/json/object_reader.hpp"

namespace millrace::api {

struct TagInput {
  OptionalText key;
  OptionalText value;
};

/// The member `Tags`, empty when it is absent.
std::vector<TagInput> read_tags(json::ObjectReader& in);

/// At most 50, keys of 1 to 128 characters without the prefix `aws:` and each once, values of at most 256. Errors:
/// ValidationException, the first rule that is broken.
Result<void> check_tags(const std::vector<TagInput>& tags);

}  // namespace millrace::api
