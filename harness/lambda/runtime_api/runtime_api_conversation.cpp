#include "harness/lambda/runtime_api/runtime_api_conversation.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/lambda/runtime_api/runtime_api_call.hpp"
#include "server/http/message/utf8.hpp"
#include "server/model/base64.hpp"

namespace millrace::lambda {
namespace {

namespace asio = boost::asio;
using http::Refusal;
using http::Request;
using http::Response;

// More than the API allows, so that an oversize answer is read and refused instead of breaking the connection.
constexpr std::size_t kLargestRequest = std::size_t{64} << 20U;
constexpr std::string_view kTooLarge = "Exceeded maximum allowed payload size (6291556 bytes).";

constexpr std::string_view kErrorType = "Lambda-Runtime-Function-Error-Type";

/// The command line tool opens a connection per call, whatever its headers promise. Bootstraps written in shell use it.
bool is_one_shot_client(std::string_view user_agent) {
  return user_agent.starts_with("curl/") || user_agent.starts_with("Wget/");
}

/// Of what a peer sent, for a log or an answer: as UTF-8, and not all of it.
std::string quotable(std::string_view text) {
  constexpr std::size_t kLongestQuote = 256;
  std::string quoted;
  http::append_as_utf8(quoted, text.substr(0, kLongestQuote));
  if (text.size() > kLongestQuote) quoted.append("...");
  return quoted;
}

/// A runtime may find out in mid-stream that it fails, and says so behind what it has sent.
std::string_view field_or_trailer(const Request& request, std::string_view name) {
  const std::string_view value = request.header(name);
  return value.empty() ? request.trailer(name) : value;
}

std::string error_type_of(const Request& request) { return checked_error_type(field_or_trailer(request, kErrorType)); }

constexpr std::string_view kArticle = "an ";

std::string described(std::string_view function_name) {
  if (function_name.empty()) return "an external function";
  return "an external function called '" + quotable(function_name) + "'";
}

Response to_response(ApiReply reply) { return {.status = reply.status, .body = std::move(reply.body), .headers = {}}; }

Response to_response(const Delivery& delivery) {
  Response response{.shared_body = delivery.payload, .headers = {}, .peer_is_busy = true};
  auto& headers = response.headers;
  headers.reserve(5);
  headers.emplace_back("Lambda-Runtime-Aws-Request-Id", delivery.request_id);
  headers.emplace_back("Lambda-Runtime-Deadline-Ms", std::to_string(time::to_epoch_milliseconds(delivery.deadline)));
  headers.emplace_back("Lambda-Runtime-Invoked-Function-Arn", delivery.function_arn);
  headers.emplace_back("Lambda-Runtime-Trace-Id", delivery.trace_id);
  if (!delivery.client_context.empty()) headers.emplace_back("Lambda-Runtime-Client-Context", delivery.client_context);
  return response;
}

class RuntimeApiConversation final : public http::Conversation,
                                     public std::enable_shared_from_this<RuntimeApiConversation> {
 public:
  RuntimeApiConversation(std::shared_ptr<const RuntimeApiParts> parts, std::shared_ptr<RuntimeDirectory> directory)
      : parts_{std::move(parts)}, directory_{std::move(directory)}, alarm_{parts_->io} {
    alarm_.expires_at(asio::steady_timer::time_point::max());
  }

  std::size_t begin(std::string_view, std::string_view) override { return kLargestRequest; }
  asio::awaitable<std::optional<Response>> answer(Request& request) override;
  Response refuse(Refusal refusal, std::string_view reason) override;
  void answer_lost() override {
    if (delivering_) endpoint_->undelivered(runtime_, this);
  }
  void ended() override {
    if (endpoint_) endpoint_->detach(runtime_, lasting_);
  }

 private:
  asio::awaitable<std::optional<Response>> answer_next(Request& request, std::string function_name);
  Response answer_invocation(Request& request, const RuntimeApiCall& call);
  Response answer_init_error(Request& request, const RuntimeApiCall& call);
  enum class Found : std::uint8_t { kFunction, kNone, kPeerGone };
  /// Makes this connection one of the function at `function_name`. A name that this connection has not served before is
  /// there or not; for another the function may come (again) within RuntimeApiOptions::function_patience.
  asio::awaitable<Found> find_function(const std::string& function_name);
  /// Makes this connection one of the function at `function_name`; false when there is no such function yet.
  bool attach(std::string_view function_name);
  /// Waits until wake() was called or the peer is gone; false for the latter.
  asio::awaitable<bool> wait_for_wake();
  void wake() {
    woken_ = true;
    alarm_.cancel();
  }

  const std::shared_ptr<const RuntimeApiParts> parts_;
  const std::shared_ptr<RuntimeDirectory> directory_;
  std::shared_ptr<RuntimeEndpoint> endpoint_;
  RuntimeId runtime_{0};
  bool lasting_{true};  ///< the peer means to send its next call over this connection
  bool woken_{false};
  bool peer_gone_{false};
  bool dismissed_{false};   ///< the function was removed while this connection waited for work of it
  bool delivering_{false};  ///< the last answer was an invocation
  std::optional<Delivery> delivery_;
  asio::steady_timer alarm_;  ///< never expires: cancelling it wakes who waits
};

bool RuntimeApiConversation::attach(std::string_view function_name) {
  auto endpoint = directory_->find_endpoint(function_name);
  if (!endpoint) return false;
  if (endpoint != endpoint_) {
    if (endpoint_) endpoint_->detach(runtime_, true);
    endpoint_ = std::move(endpoint);
    runtime_ = endpoint_->attach();
  }
  return true;
}

asio::awaitable<bool> RuntimeApiConversation::wait_for_wake() {
  while (!woken_ && !peer_gone_) {
    boost::system::error_code cancelled;
    co_await alarm_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  woken_ = false;
  co_return !peer_gone_;
}

asio::awaitable<RuntimeApiConversation::Found> RuntimeApiConversation::find_function(const std::string& function_name) {
  if (attach(function_name)) co_return Found::kFunction;
  // A name that is wrong stays wrong. A function that this runtime has served may be on its way to being made again,
  // and who names none waits for the first.
  if (!function_name.empty() && !endpoint_) co_return Found::kNone;
  spdlog::warn("a runtime waits for {} to be made", described(function_name));
  const auto wake_if_there = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake();
  };
  const auto changed = std::make_shared<std::function<void()>>(wake_if_there);
  directory_->notify_on_change(changed);
  const RealTime::TimePoint deadline = parts_->time.now() + parts_->options.function_patience;
  const auto timer = parts_->time.schedule(deadline, wake_if_there);
  Found found = Found::kFunction;
  while (!attach(function_name)) {
    if (parts_->time.now() >= deadline) found = Found::kNone;
    if (found != Found::kNone && !co_await wait_for_wake()) found = Found::kPeerGone;
    if (found != Found::kFunction) break;
  }
  parts_->time.cancel(timer);
  co_return found;
}

asio::awaitable<std::optional<Response>> RuntimeApiConversation::answer_next(Request& request,
                                                                             std::string function_name) {
  peer_gone_ = false;
  request.on_peer_closed([this] {
    peer_gone_ = true;
    wake();
  });
  delivery_.reset();
  while (!delivery_) {
    // A runtime may come before its function, and it may see it go and come again.
    const Found found = co_await find_function(function_name);
    if (found == Found::kPeerGone) co_return std::nullopt;
    if (found == Found::kNone) {
      const std::string message = "there is no " + described(function_name).substr(kArticle.size());
      spdlog::warn(
          "a runtime asks for work, but {}: create it (S3Bucket \"external\"), or mend AWS_LAMBDA_RUNTIME_API of the "
          "runtime",
          message);
      co_return to_response(api_error(404, "NotFound", message));
    }
    woken_ = false;
    dismissed_ = false;
    auto refused = endpoint_->next(runtime_, this, [weak = weak_from_this()](std::optional<Delivery> delivery) {
      const auto self = weak.lock();
      if (!self) return;
      self->dismissed_ = !delivery;
      self->delivery_ = std::move(delivery);
      self->wake();
    });
    if (refused) co_return to_response(*std::move(refused));
    while (!delivery_ && !dismissed_) {
      if (co_await wait_for_wake()) continue;
      endpoint_->undelivered(runtime_, this);
      co_return std::nullopt;
    }
  }
  delivering_ = true;
  const Delivery delivery = *std::exchange(delivery_, std::nullopt);
  co_return to_response(delivery);
}

asio::awaitable<std::optional<Response>> RuntimeApiConversation::answer(Request& request) {
  lasting_ = request.keep_alive && !is_one_shot_client(request.header("User-Agent"));
  delivering_ = false;
  const RuntimeApiCall call = parse_runtime_api_call(request.method, request.path);
  switch (call.kind) {
    case RuntimeApiCall::Kind::kNext: co_return co_await answer_next(request, std::string{call.function_name});
    case RuntimeApiCall::Kind::kInitError: co_return answer_init_error(request, call);
    case RuntimeApiCall::Kind::kResponse:
    case RuntimeApiCall::Kind::kError: break;
    case RuntimeApiCall::Kind::kUnknown:
      spdlog::warn("the Runtime API has no such call: {} {}", quotable(request.method), quotable(request.path));
      co_return to_response(api_error(404, "NotFound", "404 page not found"));
  }
  if (parts_->faults.fires(FaultPoint::kLambdaRuntimeAnswerLost)) co_return std::nullopt;
  co_return answer_invocation(request, call);
}

Response RuntimeApiConversation::answer_invocation(Request& request, const RuntimeApiCall& call) {
  // Shell clients answer over a connection of its own, which has not asked for work.
  auto endpoint = endpoint_ ? endpoint_ : directory_->find_running(call.request_id);
  if (!endpoint) endpoint = directory_->find_endpoint(call.function_name);
  if (!endpoint) return to_response(api_error(400, "InvalidRequestID", "Invalid request ID"));

  if (call.kind == RuntimeApiCall::Kind::kError) {
    RuntimeAnswer error{std::move(request.body), true, error_type_of(request)};
    return to_response(endpoint->respond(runtime_, call.request_id, std::move(error)));
  }
  const std::string_view mode = request.header("Lambda-Runtime-Function-Response-Mode");
  if (!mode.empty() && mode != "streaming") {
    return to_response(api_error(400, "InvalidFunctionResponseMode", "Invalid function response mode"));
  }
  RuntimeAnswer runtime_answer;
  if (mode == "streaming" && !field_or_trailer(request, kErrorType).empty()) {
    auto body = model::decode_base64(field_or_trailer(request, "Lambda-Runtime-Function-Error-Body"));
    runtime_answer = {body.has_error() ? std::string{} : *std::move(body), true, error_type_of(request)};
  } else {
    runtime_answer.body = std::move(request.body);
  }
  return to_response(endpoint->respond(runtime_, call.request_id, std::move(runtime_answer)));
}

Response RuntimeApiConversation::answer_init_error(Request& request, const RuntimeApiCall& call) {
  if (!attach(call.function_name)) {
    const std::string message = "there is no " + described(call.function_name).substr(kArticle.size());
    spdlog::warn("a runtime that cannot start says so, but {}", message);
    return to_response(api_error(404, "NotFound", message));
  }
  return to_response(endpoint_->init_error(runtime_, {std::move(request.body), true, error_type_of(request)}));
}

Response RuntimeApiConversation::refuse(Refusal refusal, std::string_view reason) {
  switch (refusal) {
    case Refusal::kForeignPage: return to_response(api_error(403, "AccessDenied", reason));
    case Refusal::kMalformed: break;
    case Refusal::kUnsupportedCoding: return to_response(api_error(501, "NotImplemented", reason));
    case Refusal::kTooLarge: return to_response(api_error(413, "RequestEntityTooLarge", kTooLarge));
    case Refusal::kNoRoom: return to_response(api_error(503, "ServiceUnavailable", reason));
    case Refusal::kFailed: return to_response(api_error(500, "InternalServerError", reason));
  }
  return to_response(api_error(400, "BadRequest", "this is not HTTP/1.1: " + std::string{reason}));
}

}  // namespace

http::ConversationMaker runtime_api_conversations(RuntimeApiParts parts, std::shared_ptr<RuntimeDirectory> directory) {
  const auto shared = std::make_shared<const RuntimeApiParts>(std::move(parts));
  return [shared, directory = std::move(directory)] {
    return std::make_shared<RuntimeApiConversation>(shared, directory);
  };
}

}  // namespace millrace::lambda
