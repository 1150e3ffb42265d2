#include "server/http_client/connection.hpp"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace millrace::http_client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using boost::system::result;
using Parser = beast::http::response_parser<beast::http::string_body>;

std::string head_of(const Request& request, const ConnectionOptions& options) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + options.host + ":" + options.port;
  for (const auto& [name, value] : request.fields) head.append("\r\n").append(name).append(": ").append(value);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head.append("\r\nContent-Length: ").append(std::to_string(request.body.size()));
  }
  return head.append("\r\n\r\n");
}

Answer answer_of(Parser& parser) {
  auto& message = parser.get();
  Answer answer{.status = message.result_int(), .fields = {}, .body = std::move(message.body())};
  for (const auto& field : message) answer.fields.emplace_back(field.name_string(), field.value());
  return answer;
}

}  // namespace

std::string_view Answer::field(std::string_view name) const {
  for (const auto& [field_name, value] : fields) {
    if (beast::iequals({field_name.data(), field_name.size()}, {name.data(), name.size()})) return value;
  }
  return {};
}

struct Connection::Impl {
  Impl(asio::io_context& io, ConnectionOptions with) : options{std::move(with)}, resolver{io}, stream{io} {}

  void start_patience() {
    if (options.patience) {
      stream.expires_after(*options.patience);
    } else {
      stream.expires_never();
    }
  }

  ConnectionOptions options;
  tcp::resolver resolver;
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  bool is_open{false};
  bool stopped{false};
};

Connection::Connection(asio::io_context& io, ConnectionOptions options)
    : impl_{std::make_unique<Impl>(io, std::move(options))} {}
Connection::~Connection() = default;

bool Connection::is_open() const { return impl_->is_open; }

asio::awaitable<result<void>> Connection::open() {
  error_code error;
  const auto addresses = co_await impl_->resolver.async_resolve(impl_->options.host, impl_->options.port,
                                                                asio::redirect_error(asio::use_awaitable, error));
  // Whoever stops when nothing is left to cancel must not leave anybody waiting.
  if (impl_->stopped) error = asio::error::operation_aborted;
  if (error) co_return error;
  impl_->start_patience();
  co_await impl_->stream.async_connect(addresses, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return error;
  impl_->stream.socket().set_option(tcp::no_delay{true}, error);
  impl_->is_open = true;
  co_return result<void>{};
}

asio::awaitable<result<Answer>> Connection::exchange(const Request& request) {
  const std::string head = head_of(request, impl_->options);
  const std::array<asio::const_buffer, 2> text{asio::buffer(head), asio::buffer(request.body)};
  Parser parser;
  parser.body_limit(impl_->options.most_bytes ? boost::optional<std::uint64_t>{*impl_->options.most_bytes}
                                              : boost::none);
  impl_->start_patience();
  error_code error;
  if (impl_->stopped) error = asio::error::operation_aborted;
  if (!error) co_await asio::async_write(impl_->stream, text, asio::redirect_error(asio::use_awaitable, error));
  if (impl_->stopped) error = asio::error::operation_aborted;
  if (!error) {
    co_await beast::http::async_read(impl_->stream, impl_->buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
  }
  if (error || !parser.keep_alive()) close();
  if (error) co_return error;
  co_return answer_of(parser);
}

void Connection::close() {
  error_code ignored;
  impl_->stream.socket().close(ignored);
  impl_->buffer.clear();
  impl_->is_open = false;
}

void Connection::stop() {
  impl_->stopped = true;
  impl_->resolver.cancel();
  impl_->stream.cancel();
}

}  // namespace millrace::http_client
