// The text of a resource policy: whether it is one, and the form in which AWS keeps and shows it (measured in October
// 2026). Who it names, and which actions and resources, is not looked at: nothing is refused for a policy here.
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace millrace::api {

/// `document` without blanks, its members in a fixed order, lists of one as their element, accounts as their root's
/// ARN. Documents that mean the same have the same form. Errors: ValidationException, the first rule that is broken.
Result<std::string> canonical_policy(std::string_view document);

/// What GetResourcePolicy shows of a canonical form: one without a Version has the oldest.
std::string shown_policy(const std::string& canonical);

}  // namespace millrace::api
