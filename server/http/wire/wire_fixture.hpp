// For wire tests: a server and its clients on one thread, real loopback sockets, virtual time.
//
// The test's thread runs the io_context whenever it waits for something, so nothing here sleeps and every order of
// events is the test's own. The only real time is a watchdog that ends a test which waits for what does not come.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server/engine/engine.hpp"
#include "server/http/routing/routed_conversation.hpp"
#include "server/http/server.hpp"
#include "server/http/wire/service_fixture.hpp"

namespace millrace::http {

using Reply = boost::beast::http::response<boost::beast::http::string_body>;

/// The field's value; empty when there is none.
inline std::string field(const Reply& reply, std::string_view name) {
  return std::string{reply[boost::beast::string_view{name.data(), name.size()}]};
}

/// Runs the io_context until `done` holds.
inline void run_until(boost::asio::io_context& io, const std::function<bool()>& done) {
  while (!done()) {
    if (io.run_one_for(std::chrono::seconds{10}) == 0) throw std::runtime_error{"nothing more happens"};
  }
}

/// Runs everything that is ready now.
inline void settle(boost::asio::io_context& io) {
  while (io.poll() > 0) continue;
}

class Client {
 public:
  Client(boost::asio::io_context& io, std::uint16_t port) : io_{io}, socket_{io} {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    socket_.set_option(boost::asio::ip::tcp::no_delay{true});
  }

  /// Sends while the server runs; returns when the kernel has taken all of it.
  void send(std::string_view text) {
    bool sent = false;
    boost::asio::async_write(socket_, boost::asio::buffer(text), [&](const auto& error, std::size_t) {
      if (error) throw boost::system::system_error{error};
      sent = true;
    });
    run_until(io_, [&] { return sent; });
  }

  /// Sends without letting the server run.
  void send_unseen(std::string_view text) {
    socket_.non_blocking(false);
    boost::asio::write(socket_, boost::asio::buffer(text));
  }

  /// The next answer. `method` is that of the request: an answer to HEAD has no body.
  Reply receive(std::string_view method = "GET") {
    boost::beast::http::response_parser<boost::beast::http::string_body> parser;
    parser.body_limit(boost::none);
    if (method == "HEAD") parser.skip(true);
    bool received = false;
    boost::beast::http::async_read(socket_, buffer_, parser, [&](const auto& error, std::size_t) {
      failure_ = error;
      received = true;
    });
    run_until(io_, [&] { return received; });
    if (failure_) throw boost::system::system_error{failure_};
    return parser.release();
  }

  Reply exchange(std::string_view request, std::string_view method = "GET") {
    send(request);
    return receive(method);
  }

  /// Whether the server ends the connection, with nothing more to read.
  bool is_closed_by_server() {
    bool ended = false;
    char byte = 0;
    socket_.async_read_some(boost::asio::buffer(&byte, 1), [&](const auto& error, std::size_t) {
      failure_ = error;
      ended = true;
    });
    run_until(io_, [&] { return ended; });
    return failure_ == boost::asio::error::eof || failure_ == boost::asio::error::connection_reset;
  }

  /// Whether the connection is open and nothing has come, now that everything has settled.
  bool is_quiet() {
    settle(io_);
    char byte = 0;
    boost::system::error_code error;
    socket_.non_blocking(true);
    socket_.receive(boost::asio::buffer(&byte, 1), boost::asio::ip::tcp::socket::message_peek, error);
    return buffer_.size() == 0 && error == boost::asio::error::would_block;
  }

  void end_sending() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }
  void close() { socket_.close(); }

 private:
  boost::asio::io_context& io_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  boost::system::error_code failure_;
};

/// Something a handler waits for until the test says so.
class Latch {
 public:
  explicit Latch(boost::asio::io_context& io) : timer_{io} {
    timer_.expires_at(std::chrono::steady_clock::time_point::max());
  }

  boost::asio::awaitable<void> wait() {
    ++waiting_;
    boost::system::error_code opened;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, opened));
    --waiting_;
  }
  void open() { timer_.cancel(); }
  [[nodiscard]] int waiting() const { return waiting_; }

 private:
  boost::asio::steady_timer timer_;
  int waiting_{0};
};

class WireTest : public ::testing::Test {
 protected:
  static constexpr RealTime::TimePoint kStart{std::chrono::seconds{784111777}};

  ~WireTest() override {
    server_.reset();
    settle(engine_.io());
  }

  void start(ServerOptions options = {}) {
    options.port = 0;
    options.request_id_seed = 1;
    server_ = std::make_unique<Server>(ServerParts{.io = engine_.io(),
                                                   .time = time_,
                                                   .conversations = routed(router_, engine_),
                                                   .dynamo = DynamoService{dispatcher_, engine_}},
                                       options);
    const auto error = server_->listen();
    if (error) throw boost::system::system_error{error};
  }

  Client connect() { return Client{engine_.io(), server_->bound_port()}; }

  /// A route `method path` that answers what `answer` returns.
  void serve(std::string_view method, std::string_view path, std::function<Response(Request&, PathParameters)> answer) {
    router_.add(
        method, path,
        [answer = std::move(answer)](Request& request, PathParameters parameters) -> boost::asio::awaitable<Response> {
          co_return answer(request, std::move(parameters));
        });
  }

  static std::string dynamo_request(std::string_view target, std::string_view body, std::string_view more_fields = {}) {
    std::string text{
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Date: 20130609T100759Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=b\r\n"
        "X-Amz-Target: "};
    text.append(target).append("\r\n").append(more_fields);
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    return text;
  }

  time::VirtualRealTime time_{kStart};
  ScriptedStorage storage_;
  engine::Engine engine_{storage_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{engine_.io().get_executor()};
  ServiceFixture services_{storage_, engine_.gate()};
  DynamoDispatcher dispatcher_{services_.services(), {}, &find_test_operation};
  Router router_;
  std::unique_ptr<Server> server_;
};

}  // namespace millrace::http
