// What Lambda's API makes of failures that are nobody's fault but ours.
#pragma once

#include <string_view>

#include "server/base/api_error.hpp"

namespace millrace::lambda {

/// ServiceException: `what`, a sentence without its full stop, and whatever cure `failure`, an InternalServerError of
/// base::to_api_error(), names behind its own beginning.
ApiError to_service_error(std::string_view what, const ApiError& failure);

}  // namespace millrace::lambda
