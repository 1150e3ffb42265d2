#include "handler/echo_handler.hpp"

#include "server/json/object_writer.hpp"
#include "server/json/raw_document.hpp"

namespace millrace::handler {

std::string echo_dynamodb_event(const DynamoDBEvent& event, const InvocationRequest& request) {
  std::string line;
  json::ObjectWriter writer{line};
  writer.string("message", "echoDynamoDBEvent");
  writer.string("requestId", request.request_id);
  writer.raw("event", json::without_blanks(event.received_json));
  writer.finish();
  if (request.logger) request.logger->info(line);
  return event.received_json;
}

Function echo_function() { return on_dynamodb_event(echo_dynamodb_event); }

}  // namespace millrace::handler
