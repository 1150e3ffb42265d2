// Requests that are long are answered beside the I/O thread: here the test's thread is the only one, so whoever kept it
// busy would keep everybody waiting.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "server/http/message/content_coding.hpp"
#include "server/http/wire/wire_fixture.hpp"

namespace millrace::http {
namespace {

class AsideTest : public WireTest {
 protected:
  static std::string long_body() { return R"({"text":")" + std::string(100'000, 'x') + "\"}"; }
  static std::string field(const Reply& reply, std::string_view name) { return std::string{reply[std::string{name}]}; }
};

TEST_F(AsideTest, ALongRequestKeepsNobodyWaiting) {
  start();
  Client client = connect();
  Client other = connect();
  client.send(dynamo_request("Test.Meet", long_body()));
  settle(engine_.io());  // the test's thread serves it before it serves the other
  EXPECT_EQ(other.exchange(dynamo_request("Test.Meet", "{}")).body(), R"({"met":true})");
  EXPECT_EQ(client.receive().body(), R"({"met":true})");
}

TEST_F(AsideTest, NeitherDoTwoOfThemEachOther) {
  start();
  Client client = connect();
  Client other = connect();
  client.send(dynamo_request("Test.Meet", long_body()));
  EXPECT_EQ(other.exchange(dynamo_request("Test.Meet", long_body())).body(), R"({"met":true})");
  EXPECT_EQ(client.receive().body(), R"({"met":true})");
}

TEST_F(AsideTest, TheSessionGoesOnBehindIt) {
  start();
  Client client = connect();
  client.send(dynamo_request("Test.Echo", long_body()) + dynamo_request("Test.Long", "{}") +
              dynamo_request("Test.Write", long_body()));
  EXPECT_EQ(client.receive().body(), long_body());
  EXPECT_EQ(client.receive().body(), R"({"lane":"aside"})");
  EXPECT_EQ(client.receive().body(), "{}");
  EXPECT_EQ(client.exchange(dynamo_request("Test.Echo", "{}")).body(), "{}");
}

TEST_F(AsideTest, ALongAnswerIsCompressedAside) {
  start();
  Client client = connect();
  const Reply plain = client.exchange(dynamo_request("Test.Large", R"({"size":200000})"));
  const Reply packed = client.exchange(dynamo_request("Test.Large", R"({"size":200000})", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(field(packed, "Content-Encoding"), "gzip");
  std::string body = packed.body();
  EXPECT_EQ(decode_body("gzip", body, 1'000'000), Decoded::kDone);
  EXPECT_EQ(body, plain.body());
}

TEST_F(AsideTest, AWriteThatIsHeldKeepsNobodyWaitingAndIsAnsweredAfterwards) {
  start();
  Client client = connect();
  Client other = connect();
  engine_.gate().hold_writes(true);
  client.send(dynamo_request("Test.HeldWrite", "{}"));
  EXPECT_EQ(other.exchange(dynamo_request("Test.Echo", "{}")).body(), "{}");
  EXPECT_EQ(other.exchange(dynamo_request("Test.Echo", "{}")).body(), "{}");
  EXPECT_EQ(storage_.commits(), 0);
  engine_.gate().hold_writes(false);
  EXPECT_EQ(client.receive().body(), "{}");
  EXPECT_EQ(storage_.commits(), 1);
}

TEST_F(AsideTest, APeerThatGoesAwayMeanwhileIsNoHarm) {
  start();
  {
    Client client = connect();
    client.send(dynamo_request("Test.Meet", long_body()));
    settle(engine_.io());
    client.close();
  }
  Client other = connect();
  EXPECT_EQ(other.exchange(dynamo_request("Test.Meet", "{}")).body(), R"({"met":true})");
}

TEST_F(AsideTest, WhatWaitsForItsTurnCountsAsOnItsWay) {
  ServerOptions options;
  options.budget = std::make_shared<ByteBudget>(450'000);
  start(options);
  barrier().open(false);
  std::vector<Client> clients;
  for (int client = 0; client < 8; ++client) {
    clients.push_back(connect());
    clients.back().send(dynamo_request("Test.Pass", long_body()));
    settle(engine_.io());
  }
  run_until(engine_.io(), [&] { return options.budget->held() <= 450'000; });
  settle(engine_.io());
  barrier().open(true);
  int refused = 0;
  for (Client& client : clients) {
    const Reply reply = client.receive();
    if (reply.result_int() == 503U) ++refused;
  }
  EXPECT_GE(refused, 2) << "four are too many, of which two may be at work";
  EXPECT_LE(refused, 4);
  EXPECT_EQ(options.budget->held(), 0U);
}

TEST_F(AsideTest, WhatAHandlerKeepsCountsUntilItReturns) {
  std::vector<boost::asio::steady_timer*> waiting;
  int given_up = 0;
  const auto wait = [&](Request& request, PathParameters) -> boost::asio::awaitable<Response> {
    boost::asio::steady_timer timer{engine_.io(), boost::asio::steady_timer::time_point::max()};
    waiting.push_back(&timer);
    bool refused = false;
    request.hold(request.body.size(), [&] {
      refused = true;
      ++given_up;
      timer.cancel();
    });
    boost::system::error_code error;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    Response response;
    response.status = refused ? 429 : 200;
    co_return response;
  };
  router_.add("POST", "/wait", wait);
  ServerOptions options;
  options.budget = std::make_shared<ByteBudget>(250'000);
  start(options);
  const std::string request = "POST /wait HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x');
  std::vector<Client> clients;
  for (std::size_t client = 0; client < 3; ++client) {
    clients.push_back(connect());
    clients.back().send(request);
    run_until(engine_.io(), [&] { return waiting.size() > client; });
  }
  run_until(engine_.io(), [&] { return given_up > 0; });
  EXPECT_EQ(clients[0].receive().result_int(), 429U);
  EXPECT_EQ(options.budget->held(), 200'000U);
  waiting[1]->cancel();
  waiting[2]->cancel();
  EXPECT_EQ(clients[1].receive().result_int(), 200U);
  EXPECT_EQ(clients[2].receive().result_int(), 200U);
  EXPECT_EQ(options.budget->held(), 0U);
  EXPECT_EQ(given_up, 1);
}

TEST_F(AsideTest, RunningOutOfMemoryIsAnAnswer) {
  serve("GET", "/exhaust", [](Request&, PathParameters) -> Response { throw std::bad_alloc{}; });
  start();
  Client client = connect();
  const Reply dynamo = client.exchange(dynamo_request("Test.Exhaust", long_body()));
  EXPECT_EQ(dynamo.result_int(), 500U);
  EXPECT_NE(dynamo.body().find("InternalServerError"), std::string::npos);
  const Reply route = client.exchange("GET /exhaust HTTP/1.1\r\n\r\n");
  EXPECT_EQ(route.result_int(), 500U);
  EXPECT_EQ(field(route, "x-amzn-ErrorType"), "ServiceException");
  EXPECT_EQ(client.exchange(dynamo_request("Test.Echo", "{}")).result_int(), 200U);
}

}  // namespace
}  // namespace millrace::http
