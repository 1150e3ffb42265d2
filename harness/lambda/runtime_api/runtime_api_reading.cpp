// Of runtime_api_connection.hpp: requests as they come in, and what is refused before anybody looks at the call.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>
#include <iterator>
#include <utility>

#include "harness/lambda/runtime_api/runtime_api_connection.hpp"

namespace millrace::lambda {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

// More than the API allows, so that an oversize answer is read and refused instead of breaking the connection.
constexpr std::uint64_t kLargestRequest = 64U << 20U;
constexpr std::size_t kPiece = std::size_t{16} << 10U;
// From here on room is taken once for all that may come, as in server/http/request_parser.cpp: a text that grows by
// doubling is copied each time, and everybody waits meanwhile.
constexpr std::size_t kTrustedLength = std::size_t{256} << 10U;
// As in server/http: one is a slip, many are nonsense.
constexpr int kMostEmptyLines = 8;

constexpr std::string_view kTooLarge = "Exceeded maximum allowed payload size (6291556 bytes).";

}  // namespace

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
  co_await beast::http::async_read_header(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, ec));
  if (ec) co_await refuse_malformed(ec);
  if (ec || co_await refuse_page(parser.get()) || co_await refuse_coding(parser)) co_return std::nullopt;
  if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
    const beast::http::response<beast::http::empty_body> go_on{beast::http::status::continue_, 11};
    co_await beast::http::async_write(socket_, go_on, asio::redirect_error(asio::use_awaitable, ec));
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
  const auto most = static_cast<std::size_t>(parser.content_length().value_or(kLargestRequest));
  while (!parser.is_done()) {
    const std::size_t size = body.size();
    if (size > kTrustedLength && most > body.capacity()) body.reserve(most);
    const auto piece = static_cast<std::size_t>(
        std::clamp<std::uint64_t>(parser.content_length_remaining().value_or(kPiece), 1, kPiece));
    body.resize(size + piece);
    parser.get().body().data = body.data() + size;
    parser.get().body().size = piece;
    share_->hold(body.size());
    set_timeout(shared_->parts.options.read_timeout);
    error_code ec;
    reads_body_ = true;
    co_await beast::http::async_read_some(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, ec));
    reads_body_ = false;
    body.resize(size + piece - parser.get().body().size);
    if (revoked_) {
      std::string{}.swap(body);
      refused_ = true;
      spdlog::warn(
          "the Runtime API refused an answer while it was sent: bodies and answers on their way take more than {} "
          "bytes",
          shared_->parts.options.budget->most_bytes());
      co_await write(api_error(503, "ServiceUnavailable", "Too many bodies are on their way: try again later"),
                     /*keep_alive=*/false);
      co_return false;
    }
    if (ec && ec != beast::http::error::need_buffer) {
      co_await refuse_malformed(ec);
      co_return false;
    }
  }
  share_->hold(0);
  co_return true;
}

asio::awaitable<bool> RuntimeApiConnection::refuse_page(const beast::http::fields& head) {
  const millrace::http::RequestSource source{.host = view(head[beast::http::field::host]),
                                             .origin = view(head[beast::http::field::origin]),
                                             .fetch_site = view(head[beast::http::field::sec_fetch_site])};
  const auto verdict = shared_->parts.options.guard.verdict(source, millrace::http::Surface::kControl);
  if (verdict == millrace::http::Verdict::kAllowed) co_return false;
  const std::string reason = millrace::http::WebGuard::explain(verdict, source, millrace::http::Surface::kControl);
  spdlog::warn("the Runtime API refused a request: {}", reason);
  refused_ = true;
  co_await write(api_error(403, "AccessDenied", reason), /*keep_alive=*/false);
  co_return true;
}

asio::awaitable<bool> RuntimeApiConnection::refuse_coding(const Parser& parser) {
  // Beast takes a message with an unknown coding for one without a body, and the body for the next request.
  const auto codings = parser.get().equal_range(beast::http::field::transfer_encoding);
  if (codings.first == codings.second) co_return false;
  const bool is_1_0 = parser.get().version() == 10;
  const bool is_one = std::next(codings.first) == codings.second;
  if (!is_1_0 && is_one && beast::iequals(codings.first->value(), "chunked")) co_return false;
  refused_ = true;
  constexpr std::string_view kReason = "of the transfer codings only chunked is supported";
  spdlog::warn("the Runtime API refused a request: {}", kReason);
  const bool is_malformed = is_1_0 || !is_one;
  const ApiReply reply = api_error(is_malformed ? 400 : 501, is_malformed ? "BadRequest" : "NotImplemented", kReason);
  co_await write(reply, /*keep_alive=*/false);
  co_return true;
}

asio::awaitable<void> RuntimeApiConnection::refuse_malformed(error_code problem) {
  const bool is_http = problem.category() == make_error_code(beast::http::error::bad_method).category();
  if (!is_http || problem == beast::http::error::end_of_stream || problem == beast::http::error::partial_message)
    co_return;
  refused_ = true;
  const bool too_large = problem == beast::http::error::body_limit;
  ApiReply reply = api_error(400, "BadRequest", "this is not HTTP/1.1: " + problem.message());
  if (too_large) reply = api_error(413, "RequestEntityTooLarge", kTooLarge);
  co_await write(reply, /*keep_alive=*/false);
}

asio::awaitable<void> RuntimeApiConnection::linger() {
  set_timeout(shared_->parts.options.write_timeout);
  buffer_.clear();
  error_code ec;
  while (!ec) {
    awaits_request_ = true;
    set_idle(true);
    co_await socket_.async_read_some(buffer_.prepare(kPiece), asio::redirect_error(asio::use_awaitable, ec));
  }
  set_idle(false);
  awaits_request_ = false;
}

}  // namespace millrace::lambda
