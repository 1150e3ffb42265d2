// Answers that come in pieces.
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/http/wire/wire_fixture.hpp"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;

class Pieces final : public BodyStream {
 public:
  explicit Pieces(boost::asio::io_context& io) : latch_{io} {}

  boost::asio::awaitable<std::optional<std::string>> next() override {
    ++asked;
    while (pieces.empty() && !over) co_await latch_.wait();
    if (pieces.empty()) co_return std::nullopt;
    std::string piece = std::move(pieces.front());
    pieces.pop_front();
    co_return piece;
  }
  void give_up() override {
    given_up = true;
    end();
  }

  void add(std::string piece) {
    pieces.push_back(std::move(piece));
    latch_.open();
  }
  void end() {
    over = true;
    latch_.open();
  }

  std::deque<std::string> pieces;
  int asked{0};
  bool over{false};
  bool given_up{false};

 private:
  Latch latch_;
};

class StreamTest : public WireTest {
 protected:
  StreamTest() {
    serve("GET", "/stream", [this](Request&, PathParameters) {
      return Response{.content_type = "text/event-stream", .stream = pieces_, .headers = {}};
    });
  }
  static std::string get(std::string_view version = "1.1") {
    return "GET /stream HTTP/" + std::string{version} + "\r\nHost: localhost\r\n\r\n";
  }
  Client listening() {
    Client client = connect();
    client.send(get());
    run_until(engine_.io(), [&] { return pieces_->asked > 0; });
    settle(engine_.io());
    return client;
  }
  void pass(Duration time) {
    time_.advance(time);
    settle(engine_.io());
  }

  std::shared_ptr<Pieces> pieces_{std::make_shared<Pieces>(engine_.io())};
};

TEST_F(StreamTest, IsSentInChunksAndEndsTheConnection) {
  start();
  pieces_->add("first ");
  pieces_->add("second");
  pieces_->end();
  Client client = connect();
  const Reply reply = client.exchange(get());
  EXPECT_EQ(field(reply, "Transfer-Encoding"), "chunked");
  EXPECT_EQ(field(reply, "Content-Type"), "text/event-stream");
  EXPECT_EQ(field(reply, "Content-Length"), "");
  EXPECT_EQ(field(reply, "Connection"), "close");
  EXPECT_EQ(reply.body(), "first second");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(StreamTest, APeerOfHttp10GetsItPlainUntilTheEnd) {
  start();
  pieces_->add("first ");
  pieces_->add("second");
  pieces_->end();
  Client client = connect();
  const Reply reply = client.exchange(get("1.0"));
  EXPECT_EQ(field(reply, "Transfer-Encoding"), "");
  EXPECT_EQ(reply.body(), "first second");
}

TEST_F(StreamTest, HeadGetsTheHeaderAlone) {
  start();
  Client client = connect();
  const Reply reply = client.exchange("HEAD /stream HTTP/1.1\r\nHost: localhost\r\n\r\n", "HEAD");
  EXPECT_EQ(field(reply, "Transfer-Encoding"), "chunked");
  EXPECT_EQ(pieces_->asked, 0);
}

TEST_F(StreamTest, MayTakeAnyTimeBetweenTwoPieces) {
  start();
  Client client = listening();
  pass(1h);
  pieces_->add("late");
  pieces_->end();
  EXPECT_EQ(client.receive().body(), "late");
  EXPECT_FALSE(pieces_->given_up);
}

TEST_F(StreamTest, IsGivenUpWhenThePeerGoes) {
  start();
  Client client = listening();
  client.close();
  settle(engine_.io());
  EXPECT_TRUE(pieces_->given_up);
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(StreamTest, IsGivenUpWhenTheServerEnds) {
  start();
  Client client = listening();
  bool drained = false;
  server_->shutdown(10s, [&] { drained = true; });
  settle(engine_.io());
  EXPECT_TRUE(pieces_->given_up);
  EXPECT_TRUE(drained) << "not only after the grace";
  EXPECT_EQ(client.receive().body(), "") << "an end, not a broken connection";
}

TEST_F(StreamTest, AsksForNoMoreThanThePeerReads) {
  ServerOptions options;
  options.write_timeout = 10s;
  start(options);
  for (int number = 0; number < 100; ++number) pieces_->add(std::string(std::size_t{1} << 20U, 'x'));
  Client client = listening();
  EXPECT_LT(pieces_->asked, 50) << "the peer reads nothing";
  pass(12s);
  EXPECT_EQ(server_->connection_count(), 0U) << "nor in the time that it has";
  EXPECT_TRUE(pieces_->given_up);
}

}  // namespace
}  // namespace millrace::http
