// The client against a peer that says what a test tells it, on a thread of its own.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>
#include <vector>

#include "server/http_client/blocking_client.hpp"

namespace millrace::http_client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Per connection the answers it gives, one for each request head; then it closes.
class ScriptedPeer {
 public:
  explicit ScriptedPeer(std::vector<std::vector<std::string>> script)
      : thread_{[this, script = std::move(script)] { play(script); }} {}
  ~ScriptedPeer() { join(); }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  [[nodiscard]] ConnectionOptions options() const {
    return {.host = "127.0.0.1", .port = std::to_string(port_), .most_bytes = 1'000'000};
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// What it was sent, once it has played everything.
  const std::vector<std::string>& requests() {
    join();
    return requests_;
  }

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void play(const std::vector<std::vector<std::string>>& script) {
    for (const auto& answers : script) {
      tcp::socket socket = acceptor_.accept();
      std::string text;
      for (const std::string& answer : answers) {
        boost::system::error_code error;
        const std::size_t size = asio::read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n", error);
        if (error) break;
        requests_.push_back(text.substr(0, size));
        text.erase(0, size);
        asio::write(socket, asio::buffer(answer), error);
      }
    }
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  const std::uint16_t port_{acceptor_.local_endpoint().port()};
  std::vector<std::string> requests_;
  std::thread thread_;
};

std::string answer(std::string_view body, std::string_view fields = "") {
  return "HTTP/1.1 200 OK\r\n" + std::string{fields} + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string{body};
}

TEST(BlockingClientTest, KeepsItsConnectionAndFindsFields) {
  ScriptedPeer peer{{{answer("one", "X-Id: 7\r\n"), answer("two")}}};
  BlockingClient client{peer.options()};
  const Answer first = client.exchange({.method = "GET", .target = "/a?b", .fields = {{"X-My", "1"}}});
  EXPECT_EQ(first.status, 200U);
  EXPECT_EQ(first.body, "one");
  EXPECT_EQ(first.field("x-id"), "7");
  EXPECT_EQ(first.field("x-other"), "");
  EXPECT_EQ(client.exchange({}).body, "two");
  const std::string host = "Host: 127.0.0.1:" + std::to_string(peer.port()) + "\r\n";
  EXPECT_EQ(peer.requests(), (std::vector<std::string>{"GET /a?b HTTP/1.1\r\n" + host + "X-My: 1\r\n\r\n",
                                                       "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n"}));
}

TEST(BlockingClientTest, OpensAnewWhatThePeerHasClosed) {
  ScriptedPeer peer{{{answer("one")}, {answer("two", "Connection: close\r\n")}, {answer("three")}}};
  BlockingClient client{peer.options()};
  for (const char* const body : {"one", "two", "three"}) EXPECT_EQ(client.exchange({}).body, body);
}

TEST(BlockingClientTest, AFreshConnectionThatFailsIsAnError) {
  ScriptedPeer peer{{{"nonsense\r\n\r\n"}}};
  BlockingClient client{peer.options()};
  EXPECT_THROW(client.exchange({}), boost::system::system_error);
}

TEST(BlockingClientTest, TakesNoMoreThanItSays) {
  ScriptedPeer peer{{{answer(std::string(1'000'001, 'x'))}}};
  BlockingClient client{peer.options()};
  EXPECT_THROW(client.exchange({}), boost::system::system_error);
}

TEST(BlockingClientTest, NobodyListens) {
  std::string port;
  {
    asio::io_context io;
    port = std::to_string(tcp::acceptor{io, {asio::ip::address_v4::loopback(), 0}}.local_endpoint().port());
  }
  BlockingClient client{{.host = "127.0.0.1", .port = port}};
  try {
    client.exchange({});
    FAIL();
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::connection_refused);
  }
}

TEST(BlockingClientTest, PatienceEnds) {
  asio::io_context io;
  const tcp::acceptor silent{io, {asio::ip::address_v4::loopback(), 0}};  // the kernel takes the connection
  BlockingClient client{{.host = "127.0.0.1",
                         .port = std::to_string(silent.local_endpoint().port()),
                         .patience = std::chrono::milliseconds{1}}};
  EXPECT_THROW(client.exchange({}), boost::system::system_error);
}

TEST(ConnectionTest, StopEndsAWaitAndAllThatWouldFollow) {
  asio::io_context io;
  const tcp::acceptor silent{io, {asio::ip::address_v4::loopback(), 0}};
  Connection connection{io, {.host = "127.0.0.1", .port = std::to_string(silent.local_endpoint().port())}};
  std::vector<boost::system::error_code> errors;
  const auto ask = [&]() -> asio::awaitable<void> {
    const Request request;
    for (int round = 0; round < 2; ++round) {
      if (!connection.is_open()) {
        const auto opened = co_await connection.open();
        if (round == 0) asio::post(io, [&] { connection.stop(); });
        if (opened.has_error()) errors.push_back(opened.error());
      }
      if (!connection.is_open()) continue;
      const auto answer = co_await connection.exchange(request);
      if (answer.has_error()) errors.push_back(answer.error());
    }
  };
  asio::co_spawn(io, ask, [](const std::exception_ptr& problem) { EXPECT_FALSE(problem); });
  io.run();
  const boost::system::error_code aborted = asio::error::operation_aborted;
  EXPECT_EQ(errors, (std::vector{aborted, aborted}));
}

}  // namespace
}  // namespace millrace::http_client
