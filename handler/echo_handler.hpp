// echoDynamoDBEvent: the function of the first example. Logs the event and returns it.
#pragma once

#include "handler/function.hpp"

namespace millrace::handler {

/// Writes the event to the request's log as one JSON line, `{"message":"echoDynamoDBEvent","requestId":…,"event":…}`,
/// and returns its text as it came. It looks at no record, so it is no typed handler (on_dynamodb_event()). Errors:
/// `Runtime.UnmarshalError` when the payload is no DynamoDB event.
HandlerResult<std::string> echo_dynamodb_event(const InvocationRequest& request);

/// The same as a Function.
Function echo_function();

}  // namespace millrace::handler
