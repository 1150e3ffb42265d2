// How connections of the Runtime API end: deadlines, limits, the budget of bytes. One thread, virtual time. Label wire.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/lambda/captured_log_fixture.hpp"
#include "harness/lambda/lambda_fixture.hpp"
#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "server/http/wire/wire_fixture.hpp"

namespace millrace::lambda {
namespace {

using namespace std::chrono_literals;
using http::Client;

class RuntimeApiLifecycle : public testing::Test {
 protected:
  ~RuntimeApiLifecycle() override {
    listener_.reset();
    http::settle(world_.io);
  }
  void start(RuntimeApiOptions options = {}) {
    world_.options.runtime_api = std::move(options);
    ASSERT_TRUE(world_.functions().put({.name = "f", .code = {.kind = CodeKind::kExternal}}).has_value());
    auto opened = RuntimeApiListener::open(runtime_api_parts(world_.functions().services()), "127.0.0.1", 0,
                                           world_.functions().external_functions().directory());
    listener_ = *std::move(opened);
    world_.io.restart();
  }
  Client connect() { return Client{world_.io, listener_->port()}; }
  void pass(Duration time) {
    world_.real_time.advance(time);
    http::settle(world_.io);
  }
  static std::string post(std::string_view path, std::size_t length) {
    return std::string{"POST /2018-06-01/runtime/"}.append(path).append(
               " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ") +
           std::to_string(length) + "\r\n\r\n";
  }
  void invoke() {
    world_.functions()
        .find(reference_to("f"))
        ->invoke(Invocation{.request_id = base::make_uuid(world_.random),
                            .function_arn = "arn",
                            .payload = std::make_shared<const std::string>("\"event\"")},
                 [](const InvocationResult&) {});
  }

  static constexpr std::string_view kNext =
      "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: localhost\r\n\r\n";

  VirtualWorld world_;
  std::unique_ptr<RuntimeApiListener> listener_;
};

TEST_F(RuntimeApiLifecycle, AConnectionThatAsksForNothingEnds) {
  start({.idle_timeout = 60s});
  Client client = connect();
  http::settle(world_.io);
  pass(59s);
  EXPECT_TRUE(client.is_quiet());
  EXPECT_EQ(client.exchange("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n").result_int(), 404U);
  pass(59s);
  EXPECT_TRUE(client.is_quiet());
  client.send("\r\n");  // no request yet
  pass(3s);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(RuntimeApiLifecycle, ARuntimeMayWaitAndWorkForEver) {
  start();
  Client runtime = connect();
  runtime.send(kNext);
  http::settle(world_.io);
  pass(24h);
  EXPECT_TRUE(runtime.is_quiet());
  invoke();
  EXPECT_EQ(runtime.receive().body(), "\"event\"");
  // The function's own time-out ends the invocation, and not the connection.
  pass(24h);
  EXPECT_TRUE(runtime.is_quiet());
  EXPECT_EQ(listener_->connection_count(), 1U);
}

TEST_F(RuntimeApiLifecycle, ABodyMayTakeItsTimeAsLongAsItMoves) {
  start({.read_timeout = 10s});
  Client client = connect();
  client.send(post("init/error", 100));
  http::settle(world_.io);
  for (int piece = 0; piece < 5; ++piece) {
    pass(9s);
    client.send("x");
    EXPECT_TRUE(client.is_quiet());
  }
  pass(12s);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(RuntimeApiLifecycle, AHeaderHasOneDeadlineAsAWhole) {
  start({.read_timeout = 10s});
  Client client = connect();
  for (const char* piece : {"GET / HT", "TP/1.1\r\n", "X: y\r\n"}) {
    client.send(piece);
    EXPECT_TRUE(client.is_quiet());
    pass(4s);
  }
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(RuntimeApiLifecycle, NoNumberOfIdleConnectionsShutsARuntimeOut) {
  start({.max_connections = 10});
  Client waiting = connect();
  waiting.send(kNext);
  http::settle(world_.io);
  std::vector<Client> idle;
  for (int client = 0; client < 50; ++client) {
    idle.push_back(connect());
    pass(1s);
    EXPECT_LE(listener_->connection_count(), 10U);
  }
  EXPECT_TRUE(idle.front().is_closed_by_server());
  Client late = connect();
  late.send(kNext);
  http::settle(world_.io);
  invoke();
  invoke();
  EXPECT_EQ(waiting.receive().body(), "\"event\"") << "who waits for work is not idle";
  EXPECT_EQ(late.receive().body(), "\"event\"");
}

TEST_F(RuntimeApiLifecycle, HalfSentBodiesHoldNoMoreThanTheBudget) {
  const auto budget = std::make_shared<http::ByteBudget>(1'000'000);
  start({.budget = budget});
  std::vector<Client> clients;
  for (int client = 0; client < 20; ++client) {
    clients.push_back(connect());
    clients.back().send(post("init/error", 60'000'000) + std::string(300'000, 'x'));
    http::settle(world_.io);
    EXPECT_GE(budget->held(), 300'000U);
    EXPECT_LE(budget->held(), 1'000'000U) << "what arrived, not what was announced";
  }
  EXPECT_EQ(clients.front().receive().result_int(), 503U);
  EXPECT_TRUE(clients.back().is_quiet());
  for (Client& client : clients) client.close();
  http::settle(world_.io);
  EXPECT_EQ(budget->held(), 0U);
}

TEST_F(RuntimeApiLifecycle, EmptyLinesBeforeARequestAreSkipped) {
  start();
  Client client = connect();
  client.send("\r\n" + post("invocation/x/response", 2) + "{}\r\n" + post("invocation/x/response", 2) + "{}");
  EXPECT_EQ(client.receive().result_int(), 400U);
  EXPECT_EQ(client.receive().result_int(), 400U);
}

TEST_F(RuntimeApiLifecycle, TransferCodingsOtherThanChunkedAreRefused) {
  start();
  const struct {
    std::string_view fields;
    std::uint16_t status;
  } cases[] = {
      {"HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n", 501},
      {"HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n", 501},
      {"HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, chunked\r\n", 501},
      {"HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: identity\r\n", 501},
      {"HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400},
      {"HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n", 400},
      {"HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400},
  };
  for (const char* path : {"init/error", "invocation/1/error", "invocation/1/response"}) {
    for (const auto& [fields, status] : cases) {
      Client client = connect();
      // What looks like a second request is the body of the first.
      const http::Reply reply = client.exchange("POST /2018-06-01/runtime/" + std::string{path} + " " +
                                                std::string{fields} + "\r\n" + std::string{kNext});
      EXPECT_EQ(reply.result_int(), status) << fields;
      EXPECT_FALSE(reply.keep_alive());
      client.end_sending();
      EXPECT_TRUE(client.is_closed_by_server());
    }
  }
  http::settle(world_.io);
  EXPECT_EQ(listener_->connection_count(), 0U);
}

TEST_F(RuntimeApiLifecycle, WhatIsNotHttpIsABadRequest) {
  start();
  for (const std::string text : {"hello\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                                 "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: localhost\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    Client client = connect();
    EXPECT_EQ(client.exchange(text).result_int(), 400U) << text;
    client.end_sending();
    EXPECT_TRUE(client.is_closed_by_server());
  }
}

/// The answer to what is refused is not overtaken by the end of the connection, and who never stops sending is ended.
TEST_F(RuntimeApiLifecycle, ARefusedPeerIsHeardOutForAWhile) {
  start({.write_timeout = 10s});
  Client client = connect();
  client.send("POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n" +
              std::string(100'000, 'x'));
  EXPECT_EQ(client.receive().result_int(), 501U);
  EXPECT_EQ(listener_->connection_count(), 1U);
  pass(12s);
  EXPECT_EQ(listener_->connection_count(), 0U);
}

TEST_F(RuntimeApiLifecycle, WhatAPathSaysComesBackAsUtf8) {
  start();
  const CapturedLog log;
  Client client = connect();
  const http::Reply reply = client.exchange(
      "POST /nob\xFFody\"/2018-06-01/runtime/init/error HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(reply.result_int(), 404U);
  EXPECT_EQ(nlohmann::json::parse(reply.body()).at("errorMessage"),
            "there is no external function called 'nob\xEF\xBF\xBDody\"'");
  client.exchange("GET /\xFE/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (const std::string& line : log.lines()) EXPECT_NO_THROW(static_cast<void>(nlohmann::json(line).dump())) << line;
  EXPECT_EQ(log.lines_with("\xEF\xBF\xBD").size(), 2U);
}

/// A path of no function: told at once, with a line of the log that names the cure.
TEST_F(RuntimeApiLifecycle, AFunctionThatIsNotThereIsToldAtOnce) {
  start();
  const CapturedLog log;
  Client client = connect();
  const http::Reply reply =
      client.exchange("GET /orders/2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(reply.result_int(), 404U);
  EXPECT_EQ(reply.body(), R"({"errorMessage":"there is no external function called 'orders'","errorType":"NotFound"})");
  EXPECT_EQ(log.text(),
            "warning a runtime asks for work, but there is no external function called 'orders': create it (S3Bucket "
            "\"external\"), or mend AWS_LAMBDA_RUNTIME_API of the runtime\n");
  EXPECT_TRUE(client.is_quiet()) << "the runtime may ask again";
}

TEST_F(RuntimeApiLifecycle, ARuntimeWhoseFunctionHasGoneWaitsForTheNextWithinBounds) {
  start({.function_patience = 60s});
  for (const std::string_view path : {"/f", ""}) {
    ASSERT_TRUE(world_.functions().put({.name = "f", .code = {.kind = CodeKind::kExternal}}).has_value());
    Client runtime = connect();
    runtime.send("GET " + std::string{path} +
                 "/2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: localhost\r\n\r\n");
    http::settle(world_.io);
    const CapturedLog log;
    world_.remove("f");
    http::settle(world_.io);
    pass(59s);
    EXPECT_TRUE(runtime.is_quiet());
    EXPECT_EQ(log.lines_with("a runtime waits for an external function").size(), 1U);
    pass(2s);
    EXPECT_EQ(runtime.receive().result_int(), 404U);
    EXPECT_EQ(log.lines_with("a runtime asks for work, but there is no external function").size(), 1U);
    EXPECT_TRUE(runtime.is_quiet());
  }
}

/// Bodies are handed on as they are, however deep: nobody on the way takes them apart.
TEST_F(RuntimeApiLifecycle, DeepBodiesAreTakenOnEveryRoute) {
  start();
  const std::string deep(3'000'000, '[');
  const auto as_request = [&](std::string_view path) { return post(path, deep.size()) + deep; };
  std::optional<InvocationResult> result;
  for (const std::string_view call : {"response", "error"}) {
    result.reset();
    const std::string id = base::make_uuid(world_.random);
    world_.functions()
        .find(reference_to("f"))
        ->invoke(
            Invocation{.request_id = id, .function_arn = "arn", .payload = std::make_shared<const std::string>("1")},
            [&](InvocationResult given) { result = std::move(given); });
    Client runtime = connect();
    runtime.exchange(kNext);
    EXPECT_EQ(runtime.exchange(as_request("invocation/" + id + "/" + std::string{call})).result_int(), 202U);
    http::settle(world_.io);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->payload, deep);
    EXPECT_EQ(result->function_error, call == "error" ? "Unhandled" : "");
  }
  EXPECT_EQ(connect().exchange(as_request("init/error")).result_int(), 202U);
  EXPECT_EQ(connect().exchange(as_request("invocation/none/response")).result_int(), 400U);
}

}  // namespace
}  // namespace millrace::lambda
