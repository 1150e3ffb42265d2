// Conversations that remember: what they are told, and what the connection leaves to them.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "server/http/wire/wire_fixture.hpp"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;

/// What the conversations of a server have been told.
struct Told {
  int made{0};
  int lost{0};
  int ended{0};
  int peers_closed{0};
  std::string trailer;
  bool keep_alive{true};
  std::shared_ptr<const std::string> shared{std::make_shared<const std::string>("shared")};
};

class Counting final : public Conversation {
 public:
  Counting(Told& told, Latch& latch) : told_{told}, latch_{latch} { ++told_.made; }

  std::size_t begin(std::string_view, std::string_view path) override { return path == "/small" ? 10 : 10'000; }

  boost::asio::awaitable<std::optional<Response>> answer(Request& request) override {
    ++requests_;
    told_.keep_alive = request.keep_alive;
    told_.trailer = request.trailer("X-End");
    if (request.path == "/nothing") co_return std::nullopt;
    if (request.path == "/throw") throw std::logic_error{"as asked"};
    if (request.path == "/shared") co_return Response{.shared_body = told_.shared};
    if (request.path == "/busy") co_return Response{.body = "work", .peer_is_busy = true};
    if (request.path == "/wait") {
      request.on_peer_closed([this] {
        ++told_.peers_closed;
        latch_.open();
      });
      co_await latch_.wait();
    }
    co_return Response{.body = std::to_string(requests_)};
  }
  Response refuse(Refusal refusal, std::string_view reason) override {
    return {.status = static_cast<std::uint16_t>(590 + static_cast<int>(refusal)), .body = std::string{reason}};
  }
  void answer_lost() override { ++told_.lost; }
  void ended() override { ++told_.ended; }

 private:
  Told& told_;
  Latch& latch_;
  int requests_{0};
};

class ConversationTest : public WireTest {
 protected:
  void talk(ServerOptions options = {}) {
    options.port = 0;
    server_ = std::make_unique<Server>(
        ServerParts{.io = engine_.io(),
                    .time = time_,
                    .conversations = [this] { return std::make_shared<Counting>(told_, latch_); }},
        options);
    ASSERT_FALSE(server_->listen());
  }
  static std::string get(std::string_view path) {
    return "GET " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  static std::string post(std::string_view path, std::string_view rest) {
    return "POST " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\n" + std::string{rest};
  }
  void pass(Duration time) {
    time_.advance(time);
    settle(engine_.io());
  }
  /// A client whose request is being handled.
  Client wait_at(std::string_view path) {
    Client client = connect();
    client.send(get(path));
    run_until(engine_.io(), [&] { return latch_.waiting() > 0; });
    return client;
  }

  Told told_;
  Latch latch_{engine_.io()};
};

TEST_F(ConversationTest, OneForEachConnectionFromItsFirstRequestToItsEnd) {
  talk();
  Client first = connect();
  Client second = connect();
  settle(engine_.io());
  EXPECT_EQ(told_.made, 0);
  EXPECT_EQ(first.exchange(get("/")).body(), "1");
  EXPECT_EQ(first.exchange(get("/")).body(), "2");
  EXPECT_EQ(second.exchange(get("/")).body(), "1");
  EXPECT_EQ(told_.made, 2);
  EXPECT_EQ(told_.ended, 0);
  first.close();
  settle(engine_.io());
  EXPECT_EQ(told_.ended, 1);
  server_.reset();
  settle(engine_.io());
  EXPECT_EQ(told_.ended, 2);
  EXPECT_EQ(told_.lost, 0);
}

TEST_F(ConversationTest, AnswersCarryRequestIdsOnlyWhereThereIsASeed) {
  talk();
  Client client = connect();
  EXPECT_EQ(field(client.exchange(get("/")), "x-amzn-RequestId"), "");
  talk({.request_id_seed = 1});
  Client other = connect();
  EXPECT_NE(field(other.exchange(get("/")), "x-amzn-RequestId"), "");
}

TEST_F(ConversationTest, ABodyMayBeOfSomebodyElse) {
  talk();
  Client client = connect();
  EXPECT_EQ(client.exchange(get("/shared")).body(), "shared");
  settle(engine_.io());
  EXPECT_EQ(told_.shared.use_count(), 1) << "it is given back when it is written";
  told_.shared = std::make_shared<const std::string>(5'000'000, 'x');
  EXPECT_EQ(client.exchange(get("/shared")).body(), *told_.shared);
  EXPECT_EQ(client.exchange(get("/")).body(), "3");
}

TEST_F(ConversationTest, FieldsBehindAChunkedBodyAreFoundApart) {
  talk();
  Client client = connect();
  EXPECT_EQ(client
                .exchange(post("/",
                               "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                               "x-end: \xFF!\r\n\r\n"))
                .result_int(),
            200U);
  EXPECT_EQ(told_.trailer, "\xEF\xBF\xBD!");
  client.exchange("GET / HTTP/1.1\r\nHost: localhost\r\nX-End: not one\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(told_.trailer, "");
  EXPECT_FALSE(told_.keep_alive);
}

TEST_F(ConversationTest, NothingEndsTheConnectionWithoutAnAnswer) {
  talk();
  Client client = connect();
  client.send(get("/nothing"));
  EXPECT_TRUE(client.is_closed_by_server());
  EXPECT_EQ(told_.ended, 1);
}

TEST_F(ConversationTest, WordsTheRefusals) {
  talk();
  const struct {
    std::string request;
    Refusal refusal;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost: elsewhere\r\n\r\n", Refusal::kForeignPage},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", Refusal::kMalformed},
      {post("/", "Transfer-Encoding: gzip\r\n\r\n"), Refusal::kUnsupportedCoding},
      {post("/small", "Content-Length: 11\r\n\r\n"), Refusal::kTooLarge},
  };
  int ended = 0;
  for (const auto& [request, refusal] : cases) {
    Client client = connect();
    const Reply reply = client.exchange(request);
    EXPECT_EQ(reply.result_int(), 590U + static_cast<unsigned>(refusal)) << request;
    EXPECT_FALSE(reply.keep_alive());
    settle(engine_.io());
    EXPECT_EQ(told_.ended, ++ended) << "no more requests will come, whatever else does";
  }
  Client client = connect();
  EXPECT_EQ(client.exchange(get("/throw")).result_int(), 590U + static_cast<unsigned>(Refusal::kFailed));
  EXPECT_EQ(client.exchange(get("/")).body(), "2") << "a request that failed ends nothing";
}

TEST_F(ConversationTest, ABusyPeerIsNotIdle) {
  talk({.max_connections = 2, .idle_timeout = 60s});
  Client busy = connect();
  EXPECT_EQ(busy.exchange(get("/busy")).body(), "work");
  pass(24h);
  EXPECT_TRUE(busy.is_quiet());
  std::vector<Client> idle;
  for (int client = 0; client < 5; ++client) {
    idle.push_back(connect());
    pass(1s);
  }
  EXPECT_TRUE(idle.front().is_closed_by_server());
  EXPECT_TRUE(busy.is_quiet());
  EXPECT_EQ(busy.exchange(get("/")).body(), "2");
  pass(62s);
  EXPECT_TRUE(busy.is_closed_by_server()) << "with its next request it is like any other";
}

TEST_F(ConversationTest, IsToldThatAnAnswerDidNotArrive) {
  talk({.write_timeout = 10s});
  told_.shared = std::make_shared<const std::string>(50'000'000, 'x');
  Client slow = connect();
  slow.send(get("/shared"));
  settle(engine_.io());
  EXPECT_EQ(told_.lost, 0);
  pass(12s);
  EXPECT_EQ(told_.lost, 1);
  EXPECT_EQ(told_.ended, 1);
}

TEST_F(ConversationTest, NothingIsSentToAWatchedPeerThatHasJustLeft) {
  talk();
  Client client = wait_at("/wait");
  latch_.open();
  client.close();  // before the handler goes on, and before the watch sees it
  settle(engine_.io());
  EXPECT_EQ(told_.lost, 1);
  EXPECT_EQ(told_.ended, 1);
}

TEST_F(ConversationTest, ARequestSentAheadIsNoDeparture) {
  talk();
  Client client = wait_at("/wait");
  client.send(get("/"));
  settle(engine_.io());
  EXPECT_EQ(told_.peers_closed, 0);
  latch_.open();
  EXPECT_EQ(client.receive().body(), "1");
  EXPECT_EQ(client.receive().body(), "2");
  EXPECT_EQ(told_.lost, 0);
}

TEST_F(ConversationTest, AServerThatStopsAcceptingServesWhoIsThere) {
  talk();
  Client client = connect();
  client.exchange(get("/"));
  server_->stop_accepting();
  EXPECT_THROW(connect(), boost::system::system_error);
  const Reply reply = client.exchange(get("/"));
  EXPECT_EQ(reply.body(), "2");
  EXPECT_TRUE(reply.keep_alive());
}

TEST_F(ConversationTest, WhoIsHeardOutAfterARefusalMakesRoom) {
  talk({.max_connections = 1});
  Client refused = connect();
  refused.exchange("GET / HTTP/1.1\r\nno colon\r\n\r\n");
  settle(engine_.io());
  EXPECT_EQ(server_->connection_count(), 1U);
  EXPECT_EQ(connect().exchange(get("/")).body(), "1");
}

}  // namespace
}  // namespace millrace::http
