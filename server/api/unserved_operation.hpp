// What is said about operations that are not served: an SDK shows the text of an error and nothing else of it, so the
// text names the operation and tells what to do.
#pragma once

#include <span>
#include <string_view>

#include "server/base/api_error.hpp"

namespace millrace::api {

/// UnknownOperationException for an `X-Amz-Target` that the registry does not have. As AWS, it has no text when there
/// is no target; with one the text says whether AWS has the operation and Millrace has not, whether no such operation
/// exists, or which other service was meant.
ApiError unserved_operation(std::string_view target);

/// The operations of DynamoDB (2012-08-10) and DynamoDB Streams that AWS has and Millrace has not, sorted.
std::span<const std::string_view> unserved_operation_names();

}  // namespace millrace::api
