#include "harness/lambda/runtime_api/runtime_api_connection.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/http/span_body.hpp>
#include <utility>

#include "harness/lambda/runtime_api/runtime_api_call.hpp"
#include "server/http/utf8.hpp"
#include "server/model/base64.hpp"

namespace millrace::lambda {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

/// The command line tool opens a connection per call, whatever its headers promise. Bootstraps written in shell use it.
bool is_one_shot_client(std::string_view user_agent) {
  return user_agent.starts_with("curl/") || user_agent.starts_with("Wget/");
}

/// Of what a peer sent, for a log or an answer: as UTF-8, and not all of it.
std::string quotable(std::string_view text) {
  constexpr std::size_t kLongestQuote = 256;
  std::string quoted;
  millrace::http::append_as_utf8(quoted, text.substr(0, kLongestQuote));
  if (text.size() > kLongestQuote) quoted.append("...");
  return quoted;
}

constexpr std::string_view kArticle = "an ";

std::string described(std::string_view function_name) {
  if (function_name.empty()) return "an external function";
  return "an external function called '" + quotable(function_name) + "'";
}

}  // namespace

RuntimeApiConnection::RuntimeApiConnection(asio::ip::tcp::socket socket, std::shared_ptr<RuntimeApiShared> shared)
    : socket_{std::move(socket)},
      shared_{std::move(shared)},
      directory_{shared_->directory},
      alarm_{socket_.get_executor()} {
  alarm_.expires_at(asio::steady_timer::time_point::max());
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
}

void RuntimeApiConnection::start() {
  // The budget may call while this connection ends on another thread.
  share_.emplace(shared_->parts.options.budget, [weak = weak_from_this(), executor = socket_.get_executor()] {
    asio::post(executor, [weak] {
      const auto self = weak.lock();
      if (!self || !self->reads_body_) return;
      self->revoked_ = true;
      error_code ignored;
      self->socket_.cancel(ignored);
    });
  });
  asio::co_spawn(
      socket_.get_executor(), [self = shared_from_this()] { return self->serve(); },
      [](const std::exception_ptr& problem) {
        try {
          if (problem) std::rethrow_exception(problem);
        } catch (const std::exception& exception) {
          spdlog::error("a Runtime API connection failed: {}", exception.what());
        }
      });
}

void RuntimeApiConnection::close() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->close_now(); });
}

void RuntimeApiConnection::close_now() {
  error_code ignored;
  socket_.close(ignored);
  alarm_.cancel();
}

void RuntimeApiConnection::end_idle() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    // Cancelled, not closed: a request that has just arrived is still answered.
    error_code ignored;
    if (self->awaits_request_) self->socket_.cancel(ignored);
  });
}

void RuntimeApiConnection::end_overdue() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->is_overdue(self->shared_->parts.time.now())) self->close_now();
  });
}

void RuntimeApiConnection::set_timeout(Duration timeout) { set_deadline(shared_->parts.time.now() + timeout); }

asio::awaitable<void> RuntimeApiConnection::serve() {
  while (true) {
    auto request = co_await read_request();
    if (!request || !co_await answer(*std::move(request))) break;
  }
  if (endpoint_) endpoint_->detach(runtime_, lasting_);
  clear_deadline();
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  if (refused_) co_await linger();
  shared_->pool->remove(*this);
}

bool RuntimeApiConnection::attach(std::string_view function_name) {
  auto endpoint = directory_->find_endpoint(function_name);
  if (!endpoint) return false;
  if (endpoint != endpoint_) {
    if (endpoint_) endpoint_->detach(runtime_, true);
    endpoint_ = std::move(endpoint);
    runtime_ = endpoint_->attach();
  }
  return true;
}

void RuntimeApiConnection::wake() {
  woken_ = true;
  alarm_.cancel();
}

RuntimeApiConnection::Peer RuntimeApiConnection::look_at_peer() {
  if (!socket_.is_open()) return Peer::kGone;
  char byte = 0;
  const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return Peer::kHasSentMore;
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? Peer::kQuiet : Peer::kGone;
}

asio::awaitable<bool> RuntimeApiConnection::wait_for_wake() {
  using namespace asio::experimental::awaitable_operators;  // NOLINT: for ||
  bool peer_may_leave = true;
  while (!woken_) {
    error_code alarm_ec;
    error_code socket_ec;
    if (!peer_may_leave) {
      co_await alarm_.async_wait(asio::redirect_error(asio::use_awaitable, alarm_ec));
      if (!socket_.is_open()) co_return false;
      continue;
    }
    co_await (
        alarm_.async_wait(asio::redirect_error(asio::use_awaitable, alarm_ec)) ||
        socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, socket_ec)));
    if (woken_) break;
    if (!socket_.is_open()) co_return false;
    const Peer peer = look_at_peer();
    if (peer == Peer::kGone) co_return false;
    peer_may_leave = peer == Peer::kQuiet;  // a request sent ahead hides the end behind it
  }
  woken_ = false;
  co_return true;
}

asio::awaitable<RuntimeApiConnection::Found> RuntimeApiConnection::find_function(std::string function_name) {
  if (attach(function_name)) co_return Found::kFunction;
  // A name that is wrong stays wrong. A function that this runtime has served may be on its way to being made again,
  // and who names none waits for the first.
  if (!function_name.empty() && !endpoint_) co_return Found::kNone;
  spdlog::warn("a runtime waits for {} to be made", described(function_name));
  const auto wake_soon = [weak = weak_from_this(), executor = socket_.get_executor()] {
    asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->wake();
    });
  };
  const auto changed = std::make_shared<std::function<void()>>(wake_soon);
  directory_->notify_on_change(changed);
  const RuntimeApiParts& parts = shared_->parts;
  const RealTime::TimePoint deadline = parts.time.now() + parts.options.function_patience;
  const auto timer = parts.time.schedule(deadline, wake_soon);
  Found found = Found::kFunction;
  while (!attach(function_name)) {
    if (parts.time.now() >= deadline) found = Found::kNone;
    if (found != Found::kNone && !co_await wait_for_wake()) found = Found::kPeerGone;
    if (found != Found::kFunction) break;
  }
  parts.time.cancel(timer);
  co_return found;
}

asio::awaitable<bool> RuntimeApiConnection::answer_without_function(std::string_view function_name, bool keep_alive) {
  const std::string message = "there is no " + described(function_name).substr(kArticle.size());
  spdlog::warn(
      "a runtime asks for work, but {}: create it (S3Bucket \"external\"), or mend AWS_LAMBDA_RUNTIME_API of the "
      "runtime",
      message);
  co_return co_await write(api_error(404, "NotFound", message), keep_alive);
}

asio::awaitable<bool> RuntimeApiConnection::answer_next(std::string_view function_name, bool keep_alive) {
  const std::string name{function_name};
  const std::weak_ptr<RuntimeApiConnection> weak = weak_from_this();
  const auto executor = socket_.get_executor();
  delivery_.reset();
  while (!delivery_) {
    // A runtime may come before its function, and it may see it go and come again.
    const Found found = co_await find_function(name);
    if (found == Found::kPeerGone) co_return false;
    if (found == Found::kNone) co_return co_await answer_without_function(name, keep_alive);
    woken_ = false;
    dismissed_ = false;
    const auto refused = endpoint_->next(runtime_, this, [weak, executor](std::optional<Delivery> delivery) {
      asio::post(executor, [weak, delivery = std::move(delivery)]() mutable {
        const auto self = weak.lock();
        if (!self) return;
        self->dismissed_ = !delivery;
        self->delivery_ = std::move(delivery);
        self->wake();
      });
    });
    if (refused) co_return co_await write(*refused, keep_alive);
    while (!delivery_ && !dismissed_) {
      if (co_await wait_for_wake()) continue;
      endpoint_->undelivered(runtime_, this);
      co_return false;
    }
  }
  const Delivery delivery = *std::exchange(delivery_, std::nullopt);
  // It may have left at the very moment when there was work for it.
  if (look_at_peer() != Peer::kGone && co_await write(delivery, keep_alive)) co_return keep_alive;
  endpoint_->undelivered(runtime_, this);
  co_return false;
}

asio::awaitable<bool> RuntimeApiConnection::answer(Request request) {
  const bool keep_alive = request.keep_alive();
  lasting_ = keep_alive && !is_one_shot_client(view(request[beast::http::field::user_agent]));
  const RuntimeApiCall call = parse_runtime_api_call(view(request.method_string()), view(request.target()));
  if (call.kind == RuntimeApiCall::Kind::kNext) co_return co_await answer_next(call.function_name, keep_alive);
  if (call.kind == RuntimeApiCall::Kind::kUnknown) {
    spdlog::warn("the Runtime API has no such call: {} {}", quotable(view(request.method_string())),
                 quotable(view(request.target())));
    co_return co_await write(api_error(404, "NotFound", "404 page not found"), keep_alive);
  }
  if (call.kind != RuntimeApiCall::Kind::kInitError &&
      shared_->parts.faults.fires(FaultPoint::kLambdaRuntimeAnswerLost)) {
    co_return false;
  }
  // Shell clients answer over a connection of its own, which has not asked for work.
  auto endpoint = endpoint_ ? endpoint_ : directory_->find_running(call.request_id);
  if (!endpoint) endpoint = directory_->find_endpoint(call.function_name);
  if (!endpoint && call.kind != RuntimeApiCall::Kind::kInitError) {
    co_return co_await write(api_error(400, "InvalidRequestID", "Invalid request ID"), keep_alive);
  }

  const std::string_view error_type = view(request["Lambda-Runtime-Function-Error-Type"]);
  RuntimeAnswer runtime_answer;
  if (call.kind == RuntimeApiCall::Kind::kResponse) {
    const std::string_view mode = view(request["Lambda-Runtime-Function-Response-Mode"]);
    if (!mode.empty() && mode != "streaming") {
      co_return co_await write(api_error(400, "InvalidFunctionResponseMode", "Invalid function response mode"),
                               keep_alive);
    }
    // An error in mid-stream comes in trailers, which the parser puts among the headers.
    if (mode == "streaming" && !error_type.empty()) {
      auto body = model::decode_base64(view(request["Lambda-Runtime-Function-Error-Body"]));
      runtime_answer = {body.has_error() ? std::string{} : *std::move(body), true, checked_error_type(error_type)};
    } else {
      runtime_answer.body = std::move(request.body());
    }
    co_return co_await write(endpoint->respond(runtime_, call.request_id, std::move(runtime_answer)), keep_alive);
  }
  runtime_answer = {std::move(request.body()), true, checked_error_type(error_type)};
  if (call.kind == RuntimeApiCall::Kind::kError) {
    co_return co_await write(endpoint->respond(runtime_, call.request_id, std::move(runtime_answer)), keep_alive);
  }
  if (!attach(call.function_name)) {
    const std::string message = "there is no " + described(call.function_name).substr(kArticle.size());
    spdlog::warn("a runtime that cannot start says so, but {}", message);
    co_return co_await write(api_error(404, "NotFound", message), keep_alive);
  }
  co_return co_await write(endpoint_->init_error(runtime_, std::move(runtime_answer)), keep_alive);
}

asio::awaitable<bool> RuntimeApiConnection::write(const ApiReply& reply, bool keep_alive) {
  beast::http::response<beast::http::string_body> response{beast::http::int_to_status(reply.status), 11, reply.body};
  response.set(beast::http::field::content_type, "application/json");
  response.keep_alive(keep_alive);
  response.prepare_payload();
  set_timeout(shared_->parts.options.write_timeout);
  error_code ec;
  co_await beast::http::async_write(socket_, response, asio::redirect_error(asio::use_awaitable, ec));
  clear_deadline();
  co_return !ec && keep_alive;
}

asio::awaitable<bool> RuntimeApiConnection::write(const Delivery& delivery, bool keep_alive) {
  // The event is shared with whoever invoked: it is written from where it lies.
  using Body = beast::http::span_body<const char>;
  beast::http::response<Body> response{beast::http::status::ok, 11};
  response.body() = Body::value_type{delivery.payload->data(), delivery.payload->size()};
  response.set(beast::http::field::content_type, "application/json");
  response.set("Lambda-Runtime-Aws-Request-Id", delivery.request_id);
  response.set("Lambda-Runtime-Deadline-Ms", std::to_string(time::to_epoch_milliseconds(delivery.deadline)));
  response.set("Lambda-Runtime-Invoked-Function-Arn", delivery.function_arn);
  response.set("Lambda-Runtime-Trace-Id", delivery.trace_id);
  if (!delivery.client_context.empty()) response.set("Lambda-Runtime-Client-Context", delivery.client_context);
  response.keep_alive(keep_alive);
  response.prepare_payload();
  set_timeout(shared_->parts.options.write_timeout);
  error_code ec;
  co_await beast::http::async_write(socket_, response, asio::redirect_error(asio::use_awaitable, ec));
  clear_deadline();
  has_invocation_ = !ec;
  co_return !ec;
}

}  // namespace millrace::lambda
