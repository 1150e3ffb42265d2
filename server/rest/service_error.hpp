// Errors that many of Lambda's operations answer with.
#pragma once

#include <string>
#include <string_view>

#include "server/base/api_error.hpp"

namespace millrace::rest {

/// InvalidParameterValueException.
ApiError invalid_parameter_value(std::string message);

/// Of a failure that is nobody's fault but ours. ServiceException: `what`, a sentence without its full stop, and
/// whatever cure `failure`, an InternalServerError of base::to_api_error(), names behind its own beginning.
ApiError to_service_error(std::string_view what, const ApiError& failure);

}  // namespace millrace::rest
