// One connection of the Runtime API: HTTP in, calls of a RuntimeEndpoint out.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "harness/lambda/runtime_api/runtime_endpoint.hpp"
#include "server/http/connection_pool.hpp"

namespace millrace::lambda {

/// What the connections of one listener share.
struct RuntimeApiShared {
  RuntimeApiShared(RuntimeApiParts with, std::shared_ptr<RuntimeDirectory> functions)
      : parts{std::move(with)},
        directory{std::move(functions)},
        pool{std::make_shared<http::ConnectionPool>(parts.time, parts.options.max_connections)} {}

  const RuntimeApiParts parts;
  const std::shared_ptr<RuntimeDirectory> directory;
  const std::shared_ptr<http::ConnectionPool> pool;
};

/// Lives as long as its coroutine runs. The executor of `socket` is a strand.
class RuntimeApiConnection final : public http::PooledConnection,
                                   public std::enable_shared_from_this<RuntimeApiConnection> {
 public:
  RuntimeApiConnection(boost::asio::ip::tcp::socket socket, std::shared_ptr<RuntimeApiShared> shared);

  void start();
  void end_idle() override;
  void end_overdue() override;
  /// Ends the connection soon. Any thread.
  void close();

 private:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  /// Beast's text as the standard's.
  static std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

  boost::asio::awaitable<void> serve();
  /// Empty when the connection is to end: it is broken, or the request was refused.
  boost::asio::awaitable<std::optional<Request>> read_request();
  /// Waits for the first byte of a request, over empty lines before it; false when the connection is to end.
  boost::asio::awaitable<bool> await_request();
  /// Reads what is left of a request, and takes memory for it as it comes.
  boost::asio::awaitable<bool> read_body(Parser& parser, std::string& body);
  void set_timeout(Duration timeout);
  void close_now();
  /// False when the connection is to end.
  boost::asio::awaitable<bool> answer(Request request);
  boost::asio::awaitable<bool> answer_next(std::string_view function_name, bool keep_alive);
  /// Answers a request that comes from a web page, or whose body has a coding nobody reads; false when it does not.
  boost::asio::awaitable<bool> refuse_page(const boost::beast::http::fields& head);
  boost::asio::awaitable<bool> refuse_coding(const Parser& parser);
  boost::asio::awaitable<void> refuse_malformed(boost::system::error_code problem);
  /// Takes what a refused peer is still sending, so that the end of the connection does not overtake the answer.
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<bool> write(const ApiReply& reply, bool keep_alive);
  boost::asio::awaitable<bool> write(const Delivery& delivery, bool keep_alive);
  /// Waits until wake() was called or the peer is gone; false for the latter.
  boost::asio::awaitable<bool> wait_for_wake();
  enum class Peer : std::uint8_t { kQuiet, kGone, kHasSentMore };
  [[nodiscard]] Peer look_at_peer();
  enum class Found : std::uint8_t { kFunction, kNone, kPeerGone };
  /// Makes this connection one of the function at `function_name`. A name that this connection has not served before is
  /// there or not; for another the function may come (again) within RuntimeApiOptions::function_patience.
  boost::asio::awaitable<Found> find_function(std::string function_name);
  boost::asio::awaitable<bool> answer_without_function(std::string_view function_name, bool keep_alive);
  /// Makes this connection one of the function at `function_name`; false when there is no such function yet.
  bool attach(std::string_view function_name);
  void wake();

  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  const std::shared_ptr<RuntimeApiShared> shared_;
  const std::shared_ptr<RuntimeDirectory> directory_;
  std::optional<http::ByteBudget::Share> share_;  ///< of the body that is being read
  bool awaits_request_{false};
  bool reads_body_{false};
  bool revoked_{false};         ///< the body that is being read has lost its share
  bool refused_{false};         ///< the peer may still be sending what nobody reads
  bool has_invocation_{false};  ///< one was delivered here, and nothing has come since
  std::shared_ptr<RuntimeEndpoint> endpoint_;
  RuntimeId runtime_{0};
  bool lasting_{true};  ///< the peer means to send its next call over this connection
  bool woken_{false};
  bool dismissed_{false};  ///< the function was removed while this connection waited for work of it
  std::optional<Delivery> delivery_;
  boost::asio::steady_timer alarm_;  ///< never expires: cancelling it wakes who waits
};

}  // namespace millrace::lambda
