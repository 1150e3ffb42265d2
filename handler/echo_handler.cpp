#include "handler/echo_handler.hpp"

#include "server/json/object_writer.hpp"
#include "server/json/raw_document.hpp"

namespace millrace::handler {

HandlerResult<std::string> echo_dynamodb_event(const InvocationRequest& request) {
  if (const auto checked = check_dynamodb_event(request.payload); checked.has_error()) {
    return HandlerError{"Runtime.UnmarshalError", checked.error().message};
  }
  const std::string_view event = json::without_byte_order_mark(request.payload);
  if (request.logger) {
    std::string line;
    line.reserve(event.size() + 128);
    json::ObjectWriter writer{line};
    writer.string("message", "echoDynamoDBEvent");
    writer.string("requestId", request.request_id);
    json::append_without_blanks(writer.key("event"), event);
    writer.finish();
    request.logger->info(line);
  }
  return std::string{event};
}

Function echo_function() { return echo_dynamodb_event; }

}  // namespace millrace::handler
