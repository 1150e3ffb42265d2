#include "handler/function.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <stdexcept>
#include <typeinfo>

#include "server/json/object_writer.hpp"

namespace millrace::handler {
namespace {

std::string readable_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name{abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                         &std::free};
  return status == 0 ? name.get() : type.name();
}

}  // namespace

std::string to_json(const HandlerError& error) {
  std::string text;
  json::ObjectWriter writer{text};
  writer.string("errorMessage", error.error_message);
  writer.string("errorType", error.error_type);
  if (!error.stack_trace.empty()) {
    json::append_list(writer.key("stackTrace"), error.stack_trace,
                      [&](const std::string& frame) { base::append_json_string(text, frame); });
  }
  writer.finish();
  return text;
}

void throw_exception_from_error(const HandlerError& error, const boost::source_location& where) {
  throw std::logic_error("value() of a failed HandlerResult (" + error.error_type + ": " + error.error_message +
                         ") at " + where.to_string());
}

HandlerResult<std::string> call(const Function& function, const InvocationRequest& request) {
  try {
    return function(request);
  } catch (const std::exception& exception) {
    return HandlerError{readable_name(typeid(exception)), exception.what()};
  } catch (...) {
    return HandlerError{"Runtime.Unknown", "the handler threw something that is no std::exception"};
  }
}

HandlerResult<DynamoDBEvent> event_of(const InvocationRequest& request) {
  auto event = parse_dynamodb_event(request.payload);
  if (event.has_error()) return HandlerError{"Runtime.UnmarshalError", std::move(event).error().message};
  return *std::move(event);
}

}  // namespace millrace::handler
