// What a function is: from request to response, and nothing else. The same function runs behind the Runtime API
// (runtime.hpp), inside the emulator (in_process.hpp) and in a test that simply calls it.
#pragma once

#include <spdlog/logger.h>

#include <boost/system/result.hpp>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "handler/dynamodb_event.hpp"
#include "server/time/real_time.hpp"

namespace millrace::handler {

/// One invocation as the function sees it. Views are valid during the call.
struct InvocationRequest {
  std::string_view payload;  ///< the event's JSON
  std::string request_id{};
  std::string function_arn{};
  RealTime::TimePoint deadline{};  ///< when the platform gives up on this invocation
  std::string trace_id{};          ///< X-Ray header, empty for none
  std::string client_context{};    ///< JSON, empty for none
  /// Where to log: what goes here belongs to this invocation's log. Never null when a runtime calls the function.
  std::shared_ptr<spdlog::logger> logger{};
};

/// What a failed invocation tells its caller: `{"errorMessage":…,"errorType":…,"stackTrace":[…]}`.
struct [[nodiscard]] HandlerError {
  // No aggregate: one that could be made of a single string would leave a HandlerResult<std::string> undecided.
  HandlerError() = default;
  HandlerError(std::string type, std::string message, std::vector<std::string> stack = {})
      : error_type{std::move(type)}, error_message{std::move(message)}, stack_trace{std::move(stack)} {}

  std::string error_type;
  std::string error_message;
  std::vector<std::string> stack_trace;
  friend bool operator==(const HandlerError&, const HandlerError&) = default;
};
std::string to_json(const HandlerError& error);

/// value() on an error is a bug of the caller's: throws std::logic_error.
[[noreturn]] void throw_exception_from_error(const HandlerError& error, const boost::source_location& where);

template <class T>
using HandlerResult = boost::system::result<T, HandlerError>;

/// A function: the JSON it answers with (`null` for nothing), or its error. An exception that leaves it is reported
/// like an error, with the exception's type as errorType.
using Function = std::function<HandlerResult<std::string>(const InvocationRequest& request)>;

/// Calls `function` and turns an exception into the HandlerError that is reported for it.
HandlerResult<std::string> call(const Function& function, const InvocationRequest& request);

/// The JSON of what a typed handler returned.
inline std::string to_payload(std::string json) { return json; }
inline std::string to_payload(const DynamoDBEvent& event) { return to_json(event); }
inline std::string to_payload(const BatchResponse& response) { return to_json(response); }

/// Errors: `Runtime.UnmarshalError` when the payload is no DynamoDB event.
HandlerResult<DynamoDBEvent> event_of(const InvocationRequest& request);

/// Makes a Function of a typed handler, which takes the event, or the event and the request, and returns nothing, a
/// DynamoDBEvent, a BatchResponse, JSON text, or a HandlerResult of one of these.
///   const Function function = on_dynamodb_event([](const DynamoDBEvent& event) { … });
template <class Handler>
Function on_dynamodb_event(Handler handler) {
  return [handler = std::move(handler)](const InvocationRequest& request) -> HandlerResult<std::string> {
    auto event = event_of(request);
    if (event.has_error()) return std::move(event).error();
    const auto call_handler = [&]() -> decltype(auto) {
      if constexpr (std::invocable<const Handler&, DynamoDBEvent, const InvocationRequest&>) {
        return handler(*std::move(event), request);
      } else {
        return handler(*std::move(event));
      }
    };
    using Returned = decltype(call_handler());
    if constexpr (std::is_void_v<Returned>) {
      call_handler();
      return std::string{"null"};
    } else if constexpr (requires(Returned result) { result.has_error(); }) {
      auto result = call_handler();
      if (result.has_error()) return std::move(result).error();
      return to_payload(*std::move(result));
    } else {
      return to_payload(call_handler());
    }
  };
}

}  // namespace millrace::handler
