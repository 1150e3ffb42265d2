// How connections begin and end: limits, deadlines, peers that go away, shutdown in two stages.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "server/http/wire/wire_fixture.hpp"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;

class LifecycleTest : public WireTest {
 protected:
  LifecycleTest() {
    router_.add("GET", "/wait", [this](Request& request, PathParameters) -> boost::asio::awaitable<Response> {
      request.on_peer_closed([this] {
        ++peers_closed_;
        latch_.open();
      });
      co_await latch_.wait();
      co_return Response{.body = "at last", .headers = {}};
    });
    router_.add("GET", "/asks-late", [this](Request& request, PathParameters) -> boost::asio::awaitable<Response> {
      co_await latch_.wait();
      request.on_peer_closed([this] {
        ++peers_closed_;
        latch_.open();
      });
      co_await latch_.wait();
      co_return Response{.body = {}, .headers = {}};
    });
    router_.add("GET", "/stubborn", [this](Request&, PathParameters) -> boost::asio::awaitable<Response> {
      co_await latch_.wait();
      co_return Response{.body = "at last", .headers = {}};
    });
  }

  /// A client whose request to `path` is being handled.
  Client wait_at(std::string_view path) {
    Client client = connect();
    const int before = latch_.waiting();
    client.send("GET " + std::string{path} + " HTTP/1.1\r\n\r\n");
    run_until(engine_.io(), [&] { return latch_.waiting() > before; });
    return client;
  }

  void pass(Duration time) {
    time_.advance(time);
    settle(engine_.io());
  }

  Latch latch_{engine_.io()};
  int peers_closed_{0};
};

TEST_F(LifecycleTest, ListeningMayFail) {
  start();
  Server second{{.io = engine_.io(), .time = time_, .conversations = routed(router_, engine_)},
                {.port = server_->bound_port()}};
  EXPECT_EQ(second.listen(), boost::asio::error::address_in_use);
  Server nowhere{{.io = engine_.io(), .time = time_, .conversations = routed(router_, engine_)},
                 {.host = "not an address", .port = 0}};
  EXPECT_TRUE(nowhere.listen());
}

TEST_F(LifecycleTest, CountsItsConnections) {
  start();
  EXPECT_NE(server_->bound_port(), 0);
  Client first = connect();
  Client second = connect();
  settle(engine_.io());
  EXPECT_EQ(server_->connection_count(), 2U);
  first.close();
  settle(engine_.io());
  EXPECT_EQ(server_->connection_count(), 1U);
}

TEST_F(LifecycleTest, RefusesOneTooManyWhenNoneIsIdle) {
  start({.max_connections = 2});
  Client waiting = wait_at("/wait");
  Client sending = connect();
  sending.send("GET / HTTP/1.1\r\n");
  settle(engine_.io());
  Client third = connect();
  EXPECT_EQ(third.receive().result_int(), 503U);
  EXPECT_TRUE(third.is_closed_by_server());
  waiting.close();
  settle(engine_.io());
  EXPECT_EQ(connect().exchange("GET / HTTP/1.1\r\n\r\n").result_int(), 200U);
}

TEST_F(LifecycleTest, WhoHasBeenIdleForLongestMakesRoom) {
  start({.max_connections = 3});
  Client busy = wait_at("/wait");
  Client older = connect();
  older.exchange("GET / HTTP/1.1\r\n\r\n");
  pass(1s);
  Client newer = connect();
  newer.exchange("GET / HTTP/1.1\r\n\r\n");
  Client one_more = connect();
  EXPECT_EQ(one_more.exchange("GET / HTTP/1.1\r\n\r\n").result_int(), 200U);
  EXPECT_TRUE(older.is_closed_by_server());
  EXPECT_TRUE(newer.is_quiet());
  EXPECT_EQ(server_->connection_count(), 3U);
}

TEST_F(LifecycleTest, NoNumberOfIdleConnectionsShutsAnybodyOut) {
  start({.max_connections = 10});
  std::vector<Client> idle;
  for (int client = 0; client < 50; ++client) {
    idle.push_back(connect());
    settle(engine_.io());
    EXPECT_LE(server_->connection_count(), 10U);
  }
  EXPECT_EQ(connect().exchange("GET / HTTP/1.1\r\n\r\n").result_int(), 200U);
}

// --- The budget of bytes ---------------------------------------------------------------------------------------------

TEST_F(LifecycleTest, HalfSentBodiesHoldNoMoreThanTheBudget) {
  const auto budget = std::make_shared<ByteBudget>(1'000'000);
  start({.budget = budget});
  const std::string half = "POST / HTTP/1.1\r\nContent-Length: 16000000\r\n\r\n" + std::string(300'000, 'x');
  std::vector<Client> clients;
  for (int client = 0; client < 20; ++client) {
    clients.push_back(connect());
    clients.back().send(half);
    settle(engine_.io());
    EXPECT_LE(budget->held(), 1'000'000U);
  }
  const Reply refused = clients.front().receive();
  EXPECT_EQ(refused.result_int(), 503U);
  EXPECT_EQ(refused[boost::beast::http::field::connection], "close");
  EXPECT_TRUE(clients.back().is_quiet()) << "who sends goes on";
  EXPECT_EQ(connect().exchange(dynamo_request("Test.Echo", "{}")).result_int(), 200U) << "others notice nothing";
}

TEST_F(LifecycleTest, SlowReadersHoldNoMoreThanTheBudget) {
  const auto budget = std::make_shared<ByteBudget>(40'000'000);
  start({.budget = budget});
  std::vector<Client> clients;
  for (int client = 0; client < 6; ++client) {
    clients.push_back(connect());
    clients.back().send(dynamo_request("Test.Large", R"({"size":16000000})"));
    settle(engine_.io());
    EXPECT_LE(budget->held(), 40'000'000U);
  }
  EXPECT_EQ(server_->connection_count(), 2U);
  EXPECT_EQ(clients.back().receive().body().size(), 16'000'011U) << "who reads gets it all";
  settle(engine_.io());
  EXPECT_LE(budget->held(), 16'100'000U);
}

TEST_F(LifecycleTest, NothingIsHeldWhenAllIsDone) {
  const auto budget = std::make_shared<ByteBudget>();
  start({.budget = budget});
  Client client = connect();
  const std::string request = dynamo_request("Test.Echo", R"({"a":")" + std::string(200'000, 'x') + R"("})");
  client.send(request.substr(0, 100'000));
  settle(engine_.io());
  EXPECT_GT(budget->held(), 90'000U);
  EXPECT_LT(budget->held(), 400'000U);
  EXPECT_EQ(client.exchange(request.substr(100'000)).result_int(), 200U);
  EXPECT_EQ(budget->held(), 0U);
  client.send(request.substr(0, 100'000));
  settle(engine_.io());
  client.close();
  settle(engine_.io());
  EXPECT_EQ(budget->held(), 0U);
}

// --- Deadlines -------------------------------------------------------------------------------------------------------

TEST_F(LifecycleTest, AnIdleServerSchedulesNothing) {
  start();
  EXPECT_FALSE(time_.run_next());
  Client client = connect();
  settle(engine_.io());
  client.close();
  settle(engine_.io());
  pass(1s);
  EXPECT_FALSE(time_.run_next());
}

TEST_F(LifecycleTest, IdleConnectionsEnd) {
  start({.idle_timeout = 60s});
  Client client = connect();
  settle(engine_.io());
  pass(59s);
  EXPECT_TRUE(client.is_quiet());
  client.exchange("GET / HTTP/1.1\r\n\r\n");
  pass(59s);
  EXPECT_TRUE(client.is_quiet());
  pass(3s);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(LifecycleTest, AHeaderHasOneDeadlineAsAWhole) {
  start({.read_timeout = 10s});
  Client client = connect();
  client.send("GET / HTTP/1.1\r\n");
  for (int second = 0; second < 9; ++second) {
    pass(1s);
    client.send("X: y\r\n");
    EXPECT_TRUE(client.is_quiet());
  }
  pass(3s);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(LifecycleTest, ABodyMayTakeItsTimeAsLongAsItMoves) {
  start({.read_timeout = 10s});
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n");
  settle(engine_.io());
  for (int piece = 0; piece < 5; ++piece) {
    pass(9s);
    client.send("x");
    EXPECT_TRUE(client.is_quiet());
  }
  pass(12s);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(LifecycleTest, APeerThatDoesNotReadIsCutOff) {
  start({.write_timeout = 10s});
  Client client = connect();
  client.send(dynamo_request("Test.Large", R"({"size":16000000})"));
  settle(engine_.io());
  EXPECT_EQ(server_->connection_count(), 1U);
  pass(12s);
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(LifecycleTest, ARefusedPeerIsNotWaitedForForEver) {
  start();
  Client client = connect();
  EXPECT_EQ(client.exchange("nonsense\r\n\r\n").result_int(), 400U);
  settle(engine_.io());
  EXPECT_EQ(server_->connection_count(), 1U);
  pass(7s);
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(LifecycleTest, AHandlerMayWaitWithoutLimit) {
  start({.idle_timeout = 1s, .read_timeout = 1s, .write_timeout = 1s});
  Client client = wait_at("/wait");
  pass(1h);
  EXPECT_TRUE(client.is_quiet());
  latch_.open();
  EXPECT_EQ(client.receive().body(), "at last");
  EXPECT_EQ(peers_closed_, 0);
  EXPECT_EQ(client.exchange("GET / HTTP/1.1\r\n\r\n").result_int(), 200U) << "the connection goes on";
}

// --- The peer goes away ----------------------------------------------------------------------------------------------

TEST_F(LifecycleTest, AHandlerLearnsThatItsPeerIsGone) {
  start();
  Client client = wait_at("/wait");
  client.close();
  run_until(engine_.io(), [&] { return server_->connection_count() == 0; });
  EXPECT_EQ(peers_closed_, 1);
  EXPECT_EQ(latch_.waiting(), 0);
}

TEST_F(LifecycleTest, AWatchedPeerMaySendItsNextRequest) {
  start();
  Client client = wait_at("/wait");
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.is_quiet());
  latch_.open();
  EXPECT_EQ(client.receive().body(), "at last");
  EXPECT_EQ(client.receive().result_int(), 200U);
  EXPECT_EQ(peers_closed_, 0);
}

// --- Shutdown --------------------------------------------------------------------------------------------------------

TEST_F(LifecycleTest, WithoutConnectionsShutdownIsDoneAtOnce) {
  start();
  bool drained = false;
  server_->shutdown(10s, [&] { drained = true; });
  settle(engine_.io());
  EXPECT_TRUE(drained);
  EXPECT_THROW(connect(), boost::system::system_error);
}

TEST_F(LifecycleTest, ShutdownClosesIdleConnectionsAndAnswersTheOthers) {
  start();
  Client idle = connect();
  Client used = connect();
  used.exchange("GET / HTTP/1.1\r\n\r\n");
  Client waiting = wait_at("/stubborn");
  Client sending = connect();
  sending.send("GET / HTTP/1.1\r\n");
  settle(engine_.io());

  int drained = 0;
  server_->shutdown(10s, [&] { ++drained; });
  EXPECT_TRUE(idle.is_closed_by_server());
  EXPECT_TRUE(used.is_closed_by_server());
  EXPECT_TRUE(waiting.is_quiet());
  EXPECT_EQ(drained, 0);

  const Reply sent = sending.exchange("\r\n");
  EXPECT_EQ(sent.result_int(), 200U);
  EXPECT_EQ(sent[boost::beast::http::field::connection], "close");
  latch_.open();
  const Reply waited = waiting.receive();
  EXPECT_EQ(waited.body(), "at last");
  EXPECT_EQ(waited[boost::beast::http::field::connection], "close");
  EXPECT_TRUE(waiting.is_closed_by_server());
  settle(engine_.io());
  EXPECT_EQ(drained, 1);
  pass(20s);
  EXPECT_EQ(drained, 1);
}

TEST_F(LifecycleTest, AfterTheGraceTheRestIsCutOff) {
  start();
  Client listening = wait_at("/wait");
  Client half_sent = connect();
  half_sent.send("GET / HTTP/1.1\r\n");
  bool drained = false;
  server_->shutdown(10s, [&] { drained = true; });
  settle(engine_.io());
  pass(9s);
  EXPECT_TRUE(listening.is_quiet());
  EXPECT_FALSE(drained);
  pass(2s);
  EXPECT_TRUE(drained);
  EXPECT_EQ(peers_closed_, 1);
  EXPECT_TRUE(listening.is_closed_by_server());
  EXPECT_TRUE(half_sent.is_closed_by_server());
}

TEST_F(LifecycleTest, AHandlerThatDoesNotListenDoesNotHoldShutdownUp) {
  start();
  Client client = wait_at("/stubborn");
  bool drained = false;
  server_->shutdown(10s, [&] { drained = true; });
  settle(engine_.io());
  pass(11s);
  EXPECT_TRUE(drained);
  EXPECT_TRUE(client.is_closed_by_server());
  latch_.open();
  settle(engine_.io());
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(LifecycleTest, AHandlerThatAsksAfterTheCutIsToldAsWell) {
  start();
  Client client = wait_at("/asks-late");
  bool drained = false;
  server_->shutdown(0s, [&] { drained = true; });
  settle(engine_.io());
  pass(1s);
  ASSERT_TRUE(drained);
  latch_.open();
  settle(engine_.io());
  EXPECT_EQ(peers_closed_, 1);
  EXPECT_EQ(latch_.waiting(), 0);
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(LifecycleTest, AServerMayGoWhileItsConnectionsAreBusy) {
  start();
  Client client = wait_at("/wait");
  server_.reset();
  EXPECT_TRUE(client.is_closed_by_server());
  EXPECT_EQ(peers_closed_, 1);
}

}  // namespace
}  // namespace millrace::http
