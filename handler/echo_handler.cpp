#include "handler/echo_handler.hpp"

#include "server/json/object_writer.hpp"

namespace millrace::handler {

DynamoDBEvent echo_dynamodb_event(DynamoDBEvent event, const InvocationRequest& request) {
  std::string line;
  json::ObjectWriter writer{line};
  writer.string("message", "echoDynamoDBEvent");
  writer.string("requestId", request.request_id);
  append_json(writer.key("event"), event);
  writer.finish();
  if (request.logger) request.logger->info(line);
  return event;
}

Function echo_function() { return on_dynamodb_event(echo_dynamodb_event); }

}  // namespace millrace::handler
