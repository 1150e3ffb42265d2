// From the text of an event to its members. Internal to handler; what is read how is said in dynamodb_event.hpp.
#pragma once

#include "handler/dynamodb_event.hpp"
#include "server/json/raw_document.hpp"

namespace millrace::handler {

ApiError not_an_object();
/// The list of records. Errors: those of parse_dynamodb_event().
Result<json::RawValue> find_records(json::RawValue root);

/// As parse_dynamodb_event(), without the text.
Result<DynamoDBEvent> read_event(json::RawValue root);

}  // namespace millrace::handler
