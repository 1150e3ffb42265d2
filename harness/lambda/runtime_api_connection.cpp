#include "harness/lambda/runtime_api_connection.hpp"

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

#include "server/model/base64.hpp"

namespace millrace::lambda {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

// More than the API allows, so that an oversize answer is read and refused instead of breaking the connection.
constexpr std::uint64_t kLargestRequest = 64U << 20U;
constexpr std::size_t kPiece = std::size_t{16} << 10U;
// As in server/http: one is a slip, many are nonsense.
constexpr int kMostEmptyLines = 8;
constexpr std::string_view kVersion = "/2018-06-01/";

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

/// The command line tool opens a connection per call, whatever its headers promise. Bootstraps written in shell use it.
bool is_one_shot_client(std::string_view user_agent) {
  return user_agent.starts_with("curl/") || user_agent.starts_with("Wget/");
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

RuntimeApiCall parse_runtime_api_call(std::string_view method, std::string_view target) {
  RuntimeApiCall call;
  target = target.substr(0, target.find('?'));
  const auto version = target.find(kVersion);
  if (version == std::string_view::npos) return call;
  if (version > 0) {
    call.function_name = target.substr(1, version - 1);
    if (call.function_name.empty() || call.function_name.find('/') != std::string_view::npos) return {};
  }
  const std::string_view path = target.substr(version + kVersion.size());
  if (method == "GET" && path == "runtime/invocation/next") {
    call.kind = RuntimeApiCall::Kind::kNext;
    return call;
  }
  if (method != "POST") return call;
  if (path == "runtime/init/error") {
    call.kind = RuntimeApiCall::Kind::kInitError;
    return call;
  }
  constexpr std::string_view kInvocation = "runtime/invocation/";
  if (!path.starts_with(kInvocation)) return call;
  const std::string_view rest = path.substr(kInvocation.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return call;
  call.request_id = rest.substr(0, slash);
  const std::string_view verb = rest.substr(slash + 1);
  if (verb == "response") call.kind = RuntimeApiCall::Kind::kResponse;
  if (verb == "error") call.kind = RuntimeApiCall::Kind::kError;
  return call;
}

std::string checked_error_type(std::string_view header) {
  const auto dot = header.find('.');
  const std::string_view category = header.substr(0, dot);
  const std::string_view reason = dot == std::string_view::npos ? std::string_view{} : header.substr(dot + 1);
  const bool known = category == "Runtime" || category == "Function";
  if (known && reason.size() > 1 && reason[0] >= 'A' && reason[0] <= 'Z' &&
      std::all_of(reason.begin(), reason.end(), is_letter)) {
    return std::string{header};
  }
  return category == "Runtime" ? "Runtime.Unknown" : "Function.Unknown";
}

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
    if (self->is_overdue(self->shared_->parts.clock.now())) self->close_now();
  });
}

void RuntimeApiConnection::set_timeout(Duration timeout) { set_deadline(shared_->parts.clock.now() + timeout); }

asio::awaitable<void> RuntimeApiConnection::serve() {
  while (true) {
    auto request = co_await read_request();
    if (!request || !co_await answer(*std::move(request))) break;
  }
  if (endpoint_) endpoint_->detach(runtime_, lasting_);
  clear_deadline();
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  shared_->pool->remove(*this);
}

asio::awaitable<bool> RuntimeApiConnection::await_request() {
  // A function may work as long as it likes, and its developer may look at it in a debugger even longer.
  if (!has_invocation_) set_timeout(shared_->parts.options.idle_timeout);
  for (int empty_lines = 0; empty_lines < kMostEmptyLines;) {
    if (buffer_.size() > 0) {
      const auto* const text = static_cast<const char*>(buffer_.data().data());
      const std::size_t line_end = text[0] == '\r' ? 1 : 0;
      if (buffer_.size() > line_end) {
        if (text[line_end] != '\n') break;
        buffer_.consume(line_end + 1);
        ++empty_lines;
        continue;
      }
    }
    error_code ec;
    awaits_request_ = true;
    set_idle(!has_invocation_);
    const std::size_t received =
        co_await socket_.async_read_some(buffer_.prepare(kPiece), asio::redirect_error(asio::use_awaitable, ec));
    awaits_request_ = false;
    set_idle(false);
    if (ec) co_return false;
    buffer_.commit(received);
  }
  co_return true;
}

asio::awaitable<std::optional<RuntimeApiConnection::Request>> RuntimeApiConnection::read_request() {
  if (!co_await await_request()) co_return std::nullopt;
  set_timeout(shared_->parts.options.read_timeout);
  error_code ec;
  Parser parser;
  parser.body_limit(kLargestRequest);
  co_await http::async_read_header(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, ec));
  if (ec || co_await refuse_page(parser.get())) co_return std::nullopt;
  if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    const http::response<http::empty_body> go_on{http::status::continue_, 11};
    co_await http::async_write(socket_, go_on, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return std::nullopt;
  }
  std::string body;
  if (!co_await read_body(parser, body)) co_return std::nullopt;
  clear_deadline();
  has_invocation_ = false;
  co_return Request{std::move(parser.get().base()), std::move(body)};
}

asio::awaitable<bool> RuntimeApiConnection::read_body(Parser& parser, std::string& body) {
  parser.eager(true);
  while (!parser.is_done()) {
    const std::size_t size = body.size();
    const auto piece = static_cast<std::size_t>(
        std::clamp<std::uint64_t>(parser.content_length_remaining().value_or(kPiece), 1, kPiece));
    body.resize(size + piece);
    parser.get().body().data = body.data() + size;
    parser.get().body().size = piece;
    share_->hold(body.capacity());
    set_timeout(shared_->parts.options.read_timeout);
    error_code ec;
    reads_body_ = true;
    co_await http::async_read_some(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, ec));
    reads_body_ = false;
    body.resize(size + piece - parser.get().body().size);
    if (revoked_) {
      std::string{}.swap(body);
      spdlog::warn(
          "the Runtime API refused an answer while it was sent: bodies and answers on their way take more than {} "
          "bytes",
          shared_->parts.options.budget->most_bytes());
      co_await write(api_error(503, "ServiceUnavailable", "Too many bodies are on their way: try again later"),
                     /*keep_alive=*/false);
      co_return false;
    }
    if (ec && ec != http::error::need_buffer) co_return false;
  }
  share_->hold(0);
  co_return true;
}

asio::awaitable<bool> RuntimeApiConnection::refuse_page(const http::fields& head) {
  const millrace::http::RequestSource source{.host = view(head[http::field::host]),
                                             .origin = view(head[http::field::origin]),
                                             .fetch_site = view(head[http::field::sec_fetch_site])};
  const auto verdict = shared_->parts.options.guard.verdict(source, millrace::http::Surface::kControl);
  if (verdict == millrace::http::Verdict::kAllowed) co_return false;
  const std::string reason = millrace::http::WebGuard::explain(verdict, source, millrace::http::Surface::kControl);
  spdlog::warn("the Runtime API refused a request: {}", reason);
  co_await write(api_error(403, "AccessDenied", reason), /*keep_alive=*/false);
  co_return true;
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

asio::awaitable<bool> RuntimeApiConnection::wait_for_function(std::string function_name) {
  if (attach(function_name)) co_return true;
  spdlog::warn("a runtime waits for an external function called '{}', which does not exist (yet)", function_name);
  const auto executor = socket_.get_executor();
  const auto changed =
      std::make_shared<std::function<void()>>([weak = std::weak_ptr<RuntimeApiConnection>{weak_from_this()}, executor] {
        asio::post(executor, [weak] {
          if (const auto self = weak.lock()) self->wake();
        });
      });
  directory_->notify_on_change(changed);
  while (!attach(function_name)) {
    if (!co_await wait_for_wake()) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> RuntimeApiConnection::answer_next(std::string_view function_name, bool keep_alive) {
  const std::string name{function_name};
  const std::weak_ptr<RuntimeApiConnection> weak = weak_from_this();
  const auto executor = socket_.get_executor();
  delivery_.reset();
  while (!delivery_) {
    // A runtime may come before its function, and it may see it go and come again.
    if (!co_await wait_for_function(name)) co_return false;
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
  lasting_ = keep_alive && !is_one_shot_client(view(request[http::field::user_agent]));
  const RuntimeApiCall call = parse_runtime_api_call(view(request.method_string()), view(request.target()));
  if (call.kind == RuntimeApiCall::Kind::kNext) co_return co_await answer_next(call.function_name, keep_alive);
  if (call.kind == RuntimeApiCall::Kind::kUnknown) {
    spdlog::warn("the Runtime API has no such call: {} {}", view(request.method_string()), view(request.target()));
    co_return co_await write(api_error(404, "NotFound", "404 page not found"), keep_alive);
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
    const std::string message = "there is no external function called '" + std::string{call.function_name} + "'";
    spdlog::warn("a runtime that cannot start says so, but {}", message);
    co_return co_await write(api_error(404, "NotFound", message), keep_alive);
  }
  co_return co_await write(endpoint_->init_error(runtime_, std::move(runtime_answer)), keep_alive);
}

asio::awaitable<bool> RuntimeApiConnection::write(const ApiReply& reply, bool keep_alive) {
  http::response<http::string_body> response{http::int_to_status(reply.status), 11, reply.body};
  response.set(http::field::content_type, "application/json");
  response.keep_alive(keep_alive);
  response.prepare_payload();
  set_timeout(shared_->parts.options.write_timeout);
  error_code ec;
  co_await http::async_write(socket_, response, asio::redirect_error(asio::use_awaitable, ec));
  clear_deadline();
  co_return !ec && keep_alive;
}

asio::awaitable<bool> RuntimeApiConnection::write(const Delivery& delivery, bool keep_alive) {
  // The event is shared with whoever invoked: it is written from where it lies.
  using Body = http::span_body<const char>;
  http::response<Body> response{http::status::ok, 11};
  response.body() = Body::value_type{delivery.payload->data(), delivery.payload->size()};
  response.set(http::field::content_type, "application/json");
  response.set("Lambda-Runtime-Aws-Request-Id", delivery.request_id);
  response.set("Lambda-Runtime-Deadline-Ms", std::to_string(base::to_epoch_milliseconds(delivery.deadline)));
  response.set("Lambda-Runtime-Invoked-Function-Arn", delivery.function_arn);
  response.set("Lambda-Runtime-Trace-Id", delivery.trace_id);
  if (!delivery.client_context.empty()) response.set("Lambda-Runtime-Client-Context", delivery.client_context);
  response.keep_alive(keep_alive);
  response.prepare_payload();
  set_timeout(shared_->parts.options.write_timeout);
  error_code ec;
  co_await http::async_write(socket_, response, asio::redirect_error(asio::use_awaitable, ec));
  clear_deadline();
  has_invocation_ = !ec;
  co_return !ec;
}

}  // namespace millrace::lambda
