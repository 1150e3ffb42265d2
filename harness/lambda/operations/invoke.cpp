// Invoke (API reference of Lambda, and 5.2 of the reference of streams).
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "harness/lambda/operations/named_function.hpp"
#include "server/json/raw_document.hpp"
#include "server/json/tree.hpp"
#include "server/model/base64.hpp"
#include "server/rest/awaiting.hpp"

namespace millrace::lambda {
namespace {

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

Result<InvokeRequest> parse_invoke(const rest::Call& call, const LiveFunctions& functions) {
  http::Request& request = call.request;
  TRY_ASSIGN(const nlohmann::json members, rest::read_members(call.parts(), invoke_members()));
  InvokeRequest invoke;
  TRY_ASSIGN(invoke.function, FunctionResolver{call.caller}.resolve(*rest::read_text(members, "FunctionName"),
                                                                    rest::read_text(members, "Qualifier")));
  invoke.type = to_type(rest::read_text(members, "InvocationType").value_or(""));
  invoke.wants_log = rest::read_text(members, "LogType") == "Tail" && invoke.type == InvocationType::kRequestResponse;

  const LambdaServices& services = functions.services();
  FunctionReference version = invoke.function;
  if (version.qualifier.empty()) version.qualifier = kLatestVersion;  // which the error names
  TRY(functions.require(version));
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

rest::Answer call_function(LiveFunctions& functions, const Request& request, InvokeRequest parsed) {
  auto invoker = functions.find(parsed.function);
  if (!invoker) {
    co_return ApiError{ErrorKind::kLambdaResourceConflict,
                       "The operation cannot be performed at this time. The function is currently in the following "
                       "state: Pending"};
  }
  const auto given_up = hold_payload(request, invoker, parsed.invocation);
  auto start = [&invoker, &parsed](auto done) { invoker->invoke(std::move(parsed.invocation), std::move(done)); };
  auto running = rest::answered<InvocationResult>(std::move(start));
  InvocationResult result = co_await std::move(running);
  if (result.outcome == Outcome::kServiceError && *given_up) co_return throttled();
  if (result.outcome == Outcome::kServiceError && !functions.definition(parsed.function)) {
    // It was removed while the invocation waited: for good, so not an error that SDKs repeat.
    co_return function_not_found(parsed.function);
  }
  co_return to_response(std::move(result), parsed.wants_log);
}

rest::Answer answer(const FunctionServices& services, const Request& request, InvokeRequest parsed) {
  switch (parsed.type) {
    case InvocationType::kDryRun: co_return rest::json_response(204, {});
    case InvocationType::kEvent:
      if (!services.events->submit(parsed.function, std::move(parsed.invocation))) co_return throttled();
      co_return rest::json_response(202, {});
    case InvocationType::kRequestResponse: break;
  }
  auto calling = call_function(services.functions, request, std::move(parsed));
  co_return co_await std::move(calling);
}

rest::Answer invoke(const FunctionServices& services, rest::Call& call) {
  auto parsed = parse_invoke(call, services.functions);
  if (parsed.has_error()) co_return parsed.error();
  auto taking = take_payload(*parsed, services.functions.services());
  const Result<void> taken = co_await std::move(taking);
  if (taken.has_error()) co_return taken.error();
  // One id from the answer to the function's log: people find the log of a call by it.
  std::string request_id = parsed->invocation.request_id;
  auto answering = answer(services, call.request, *std::move(parsed));
  Result<Response> answered = co_await std::move(answering);
  Response response = answered.has_error() ? rest::to_response(answered.error()) : *std::move(answered);
  response.headers.emplace_back("x-amzn-RequestId", std::move(request_id));
  co_return response;
}

}  // namespace

extern const FunctionOperation kInvoke{.name = "Invoke",
                                       .method = "POST",
                                       .path = "/2015-03-31/functions/{FunctionName}/invocations",
                                       .members = invoke_members,
                                       .run = invoke,
                                       .body_limit = {.bytes = kLargestPayload, .operation = "InvokeFunction"}};

}  // namespace millrace::lambda
