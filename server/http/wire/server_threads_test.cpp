// A server and its threads, with clients on others: built to be run under ThreadSanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <thread>
#include <vector>

#include "server/http/routing/routed_conversation.hpp"
#include "server/http/server.hpp"
#include "server/http/wire/service_fixture.hpp"

namespace millrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kClients = 4;
constexpr int kRequests = 100;

/// Every other one is so long that it is answered beside the I/O thread.
std::string request_number(int number) {
  const std::string body = "{" + std::string(number % 2 == 0 ? 0 : 100'000, ' ') + "}";
  return "POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nX-Amz-Target: " + (number % 4 < 2 ? "Test.Write" : "Test.Echo") + "\r\n\r\n" + body;
}

TEST(ServerThreads, ServesClientsOnManyThreadsAndEnds) {
  ScriptedStorage storage;
  engine::Engine engine{storage};
  ServiceFixture services{storage, engine.gate()};
  const DynamoDispatcher dispatcher{
      services.services(), {.authorization = Authorization::kOptional}, &find_test_operation};
  Router router;
  Server server{{.io = engine.io(),
                 .time = engine.real_time(),
                 .conversations = routed(router, engine),
                 .dynamo = DynamoService{dispatcher, engine}},
                {.port = 0}};
  ASSERT_FALSE(server.listen());
  std::thread engine_thread{[&] { engine.run(); }};

  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&] {
      asio::io_context io;
      tcp::socket socket{io};
      socket.connect({asio::ip::address_v4::loopback(), server.bound_port()});
      boost::beast::flat_buffer buffer;
      for (int round = 0; round < kRequests; ++round) {
        asio::write(socket, asio::buffer(request_number(round)));
        boost::beast::http::response<boost::beast::http::string_body> reply;
        boost::beast::http::read(socket, buffer, reply);
        if (reply.result_int() == 200 && reply.body() == "{}") ++answered;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, kClients * kRequests);

  std::atomic<bool> drained{false};
  server.shutdown(std::chrono::seconds{10}, [&] {
    drained = true;
    engine.stop();
  });
  engine_thread.join();
  EXPECT_TRUE(drained);
}

}  // namespace
}  // namespace millrace::http
