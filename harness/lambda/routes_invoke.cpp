#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "harness/lambda/control/function_members.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "harness/lambda/routes.hpp"
#include "server/http/authentication.hpp"
#include "server/json/raw_document.hpp"
#include "server/json/tree.hpp"
#include "server/model/base64.hpp"
#include "server/rest/member_reading.hpp"
#include "server/rest/request_members.hpp"

namespace millrace::lambda {
namespace {

using http::PathParameters;
using http::Request;
using http::Response;

constexpr std::size_t kLargestPayload = 6291456;
constexpr std::size_t kLargestEventPayload = 1048576;
/// Looking through more takes longer than others may wait for, and keeping many of them more than the server has.
constexpr std::size_t kLongPayload = std::size_t{64} << 10U;
constexpr std::size_t kLargestClientContext = 3583;

enum class InvocationType : std::uint8_t { kRequestResponse, kEvent, kDryRun };

struct InvokeRequest {
  FunctionReference function;
  InvocationType type{InvocationType::kRequestResponse};
  bool wants_log{false};
  Invocation invocation;  ///< but for its payload
  std::string payload;
};

InvocationType to_type(std::string_view text) {
  if (text == "Event") return InvocationType::kEvent;
  return text == "DryRun" ? InvocationType::kDryRun : InvocationType::kRequestResponse;
}

/// The header's base64 JSON on one line: it becomes a header again.
Result<std::string> read_client_context(std::string_view text) {
  if (text.empty()) return std::string{};
  const auto bad = [](std::string_view why) {
    return ApiError{ErrorKind::kLambdaInvalidRequestContent, "Client context must be " + std::string{why}};
  };
  if (text.size() > kLargestClientContext) return bad("at most 3583 bytes of base64-encoded JSON");
  const auto decoded = model::decode_base64(text);
  if (decoded.has_error()) return bad("a valid Base64-encoded JSON object.");
  const auto context = json::parse_tree(*decoded);
  if (context.has_error() || !context->is_object()) return bad("a valid Base64-encoded JSON object.");
  return json::print_tree(*context);
}

/// Whether the payload is JSON of any kind. Leaves it as it is.
Result<void> check_payload(std::string_view payload) {
  if (json::is_json(payload)) return {};
  return ApiError{ErrorKind::kLambdaInvalidRequestContent,
                  "Could not parse request body into json: Could not parse payload into json: the payload is not "
                  "valid JSON"};
}

Result<InvokeRequest> parse_invoke(Request& request, const PathParameters& parameters,
                                   const FunctionRegistry& registry) {
  TRY_ASSIGN(const nlohmann::json members,
             rest::read_checked_parameters({.path = parameters, .query = request.query, .header = request.header},
                                           invoke_members()));
  InvokeRequest invoke;
  TRY_ASSIGN(invoke.function, FunctionResolver{http::caller_of(request, registry.services().options.worlds)}.resolve(
                                  *rest::read_text(members, "FunctionName"), rest::read_text(members, "Qualifier")));
  invoke.type = to_type(rest::read_text(members, "InvocationType").value_or(""));
  invoke.wants_log = rest::read_text(members, "LogType") == "Tail" && invoke.type == InvocationType::kRequestResponse;

  const LambdaServices& services = registry.services();
  FunctionReference version = invoke.function;
  if (version.qualifier.empty()) version.qualifier = kLatestVersion;  // which the error names
  TRY(registry.require(version));
  TRY(rest::check_emulated(members, invoke_members()));
  const std::size_t limit = invoke.type == InvocationType::kEvent ? kLargestEventPayload : kLargestPayload;
  if (request.body.size() > limit) {
    return ApiError{ErrorKind::kLambdaRequestTooLarge, "Request must be smaller than " + std::to_string(limit) +
                                                           " bytes for the InvokeFunction operation"};
  }
  TRY_ASSIGN(std::string client_context, read_client_context(rest::read_text(members, "ClientContext").value_or("")));
  // Only synchronous calls hand it on.
  if (invoke.type == InvocationType::kRequestResponse) invoke.invocation.client_context = std::move(client_context);
  invoke.payload = request.body.empty() ? std::string{"{}"} : std::move(request.body);
  invoke.invocation.request_id = base::make_uuid(services.random);
  invoke.invocation.function_arn = qualified_arn(invoke.function);
  invoke.invocation.trace_id = std::string{request.header("X-Amzn-Trace-Id")};
  return invoke;
}

/// Completes the invocation, if its payload is JSON.
boost::asio::awaitable<Result<void>> take_payload(InvokeRequest& request, const LambdaServices& services) {
  std::string& payload = request.payload;
  Result<void> checked;
  std::function<void()> check = [&] { checked = check_payload(payload); };
  if (payload.size() > kLongPayload) {
    auto checking = services.aside(std::move(check));
    co_await std::move(checking);
  } else {
    check();
  }
  payload.erase(0, payload.size() - json::without_byte_order_mark(payload).size());
  request.invocation.payload = std::make_shared<const std::string>(std::move(payload));
  co_return checked;
}

/// Runs the function; the caller goes on where it was, on its own executor.
boost::asio::awaitable<InvocationResult> run(std::shared_ptr<Invoker> invoker, Invocation invocation) {
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(InvocationResult)>(
      [](auto handler, std::shared_ptr<Invoker> with, Invocation what) {
        // std::function wants to copy what cannot be copied.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        with->invoke(std::move(what), [shared](InvocationResult result) {
          const auto executor = boost::asio::get_associated_executor(*shared);
          boost::asio::post(executor, [shared, result = std::move(result)]() mutable {
            auto resume = std::move(*shared);
            std::move(resume)(std::move(result));
          });
        });
      },
      boost::asio::use_awaitable, std::move(invoker), std::move(invocation));
}

Response throttled() {
  Response response = http::to_rest_response({ErrorKind::kLambdaTooManyRequests, "Rate Exceeded.",
                                              R"("Reason":"ReservedFunctionConcurrentInvocationLimitExceeded")"});
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response to_response(InvocationResult result, bool wants_log) {
  switch (result.outcome) {
    case Outcome::kThrottled: return throttled();
    case Outcome::kServiceError:
      return http::to_rest_response(
          {ErrorKind::kLambdaService, result.reason.empty() ? "The function could not be run." : result.reason});
    // Lasts until somebody starts a process: not of a kind that SDKs repeat on their own.
    case Outcome::kNoRuntime:
      return http::to_rest_response(
          {ErrorKind::kLambdaResourceConflict, "The operation cannot be performed at this time: " + result.reason});
    case Outcome::kSuccess:
    case Outcome::kFunctionError: break;
  }
  Response response{.status = 200, .body = std::move(result.payload), .headers = {}};
  if (response.body.empty()) response.body = "null";
  response.headers.emplace_back("X-Amz-Executed-Version", result.executed_version);
  if (!result.function_error.empty()) response.headers.emplace_back("X-Amz-Function-Error", result.function_error);
  if (wants_log) response.headers.emplace_back("X-Amz-Log-Result", model::encode_base64(result.log_tail));
  return response;
}

/// Lets a large payload count as on its way while it waits for the function. True from when it had to be given up.
std::shared_ptr<bool> hold_payload(const Request& request, const std::shared_ptr<Invoker>& invoker,
                                   const Invocation& invocation) {
  auto given_up = std::make_shared<bool>(false);
  if (request.hold && invocation.payload->size() > kLongPayload) {
    request.hold(invocation.payload->size(), [given_up, invoker, id = invocation.request_id] {
      *given_up = true;
      invoker->withdraw(id);
    });
  }
  return given_up;
}

boost::asio::awaitable<Response> answer(FunctionRegistry& registry, EventInvocations& events, const Request& request,
                                        InvokeRequest parsed) {
  switch (parsed.type) {
    case InvocationType::kDryRun: co_return Response{.status = 204, .body = {}, .headers = {}};
    case InvocationType::kEvent:
      if (!events.submit(arn_of(parsed.function), std::move(parsed.invocation))) co_return throttled();
      co_return Response{.status = 202, .body = {}, .headers = {}};
    case InvocationType::kRequestResponse: break;
  }
  auto invoker = registry.find(arn_of(parsed.function));
  if (!invoker) {
    co_return http::to_rest_response({ErrorKind::kLambdaResourceConflict,
                                      "The operation cannot be performed at this time. The function is currently in "
                                      "the following state: Pending"});
  }
  const auto given_up = hold_payload(request, invoker, parsed.invocation);
  InvocationResult result = co_await run(std::move(invoker), std::move(parsed.invocation));
  if (result.outcome == Outcome::kServiceError && *given_up) co_return throttled();
  if (result.outcome == Outcome::kServiceError && !registry.definition(arn_of(parsed.function))) {
    // It was removed while the invocation waited: for good, so not an error that SDKs repeat.
    co_return http::to_rest_response(function_not_found(parsed.function));
  }
  co_return to_response(std::move(result), parsed.wants_log);
}

boost::asio::awaitable<Response> invoke(FunctionRegistry& registry, std::shared_ptr<EventInvocations> events,
                                        Request& request, PathParameters parameters) {
  auto parsed = parse_invoke(request, parameters, registry);
  if (parsed.has_error()) co_return http::to_rest_response(parsed.error());
  auto taken = co_await take_payload(*parsed, registry.services());
  if (taken.has_error()) co_return http::to_rest_response(taken.error());
  // One id from the answer to the function's log: people find the log of a call by it.
  std::string request_id = parsed->invocation.request_id;
  Response response = co_await answer(registry, *events, request, *std::move(parsed));
  response.headers.emplace_back("x-amzn-RequestId", std::move(request_id));
  co_return response;
}

}  // namespace

void add_invoke_routes(http::Router& router, FunctionRegistry& registry, std::shared_ptr<EventInvocations> events) {
  router.add("POST", "/2015-03-31/functions/{FunctionName}/invocations",
             [&registry, events = std::move(events)](Request& request, PathParameters parameters) {
               return invoke(registry, events, request, std::move(parameters));
             },
             {.bytes = kLargestPayload, .operation = "InvokeFunction"});
}

}  // namespace millrace::lambda
