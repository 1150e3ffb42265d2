// The Runtime API over real connections, with the runtime client of handler/ and with raw HTTP. Label wire.
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <set>

#include "handler/runtime.hpp"
#include "harness/lambda/lambda_fixture.hpp"
#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "harness/lambda/sandbox/child_process.hpp"

namespace millrace::lambda {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http_api = beast::http;

/// A port that was free a moment ago.
std::uint16_t free_port() {
  asio::io_context io;
  return asio::ip::tcp::acceptor{io, {asio::ip::address_v4::loopback(), 0}}.local_endpoint().port();
}

/// A connection that sends what it is told and reads one answer at a time.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) { socket_.connect({asio::ip::address_v4::loopback(), port}); }

  http_api::response<http_api::string_body> call(http_api::verb verb, const std::string& target, std::string body = {},
                                                 const std::map<std::string, std::string>& headers = {}) {
    send(verb, target, std::move(body), headers);
    return receive();
  }
  void send(http_api::verb verb, const std::string& target, std::string body = {},
            const std::map<std::string, std::string>& headers = {}) {
    http_api::request<http_api::string_body> request{verb, target, 11, std::move(body)};
    request.set(http_api::field::host, "localhost");
    for (const auto& [name, value] : headers) request.set(name, value);
    request.prepare_payload();
    http_api::write(socket_, request);
  }
  http_api::response<http_api::string_body> receive() {
    http_api::response<http_api::string_body> response;
    http_api::read(socket_, buffer_, response);
    return response;
  }
  void send_text(std::string_view text) { asio::write(socket_, asio::buffer(text)); }
  void close() { socket_.close(); }

 private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_{io_};
  beast::flat_buffer buffer_;
};

/// A runtime of handler/ on a thread, as a process somebody else has started.
class ExternalProcess {
 public:
  ExternalProcess(std::string endpoint, handler::Function function)
      : thread_{[endpoint = std::move(endpoint), function = std::move(function)] {
          handler::RuntimeOptions options;
          options.endpoint = endpoint;
          options.connect_patience = std::chrono::milliseconds{300};
          handler::Runtime{options}.run(function);
        }} {}
  ~ExternalProcess() { thread_.join(); }  // ends when the listener does, and patience with it

 private:
  std::thread thread_;
};

class RuntimeApiTest : public testing::Test {
 protected:
  RuntimeApiTest() {
    auto opened = world_.on_io([this] {
      return RuntimeApiListener::open(runtime_api_parts(world_.functions().services()), "127.0.0.1", 0,
                                      world_.functions().external_functions().directory());
    });
    listener_ = *std::move(opened);
  }
  ~RuntimeApiTest() override { close(); }
  /// The listener, with all its connections.
  void close() {
    world_.on_io([this] { listener_.reset(); });
  }
  void make(const std::string& name, int timeout_seconds = 10) {
    world_.make({.name = name, .code = {.kind = CodeKind::kExternal}, .timeout_seconds = timeout_seconds});
  }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(listener_->port()); }
  static std::string next(const std::string& prefix = "") { return prefix + "/2018-06-01/runtime/invocation/next"; }

  RealWorld world_;
  std::unique_ptr<RuntimeApiListener> listener_;
};

handler::Function answering(std::string text) {
  return [text = std::move(text)](const handler::InvocationRequest&) -> handler::HandlerResult<std::string> {
    return text;
  };
}

TEST_F(RuntimeApiTest, ServesExternalProcessesByName) {
  make("first");
  make("second");
  const ExternalProcess bare{address(), answering("1")};
  const ExternalProcess named{address() + "/second", answering("2")};
  EXPECT_EQ(world_.invoke("second").payload, "2");
  EXPECT_EQ(world_.invoke("first").payload, "1");
  close();
}

TEST_F(RuntimeApiTest, NothingWaitsForARuntimeWhenTheEndIsNear) {
  make("alone");
  auto before = world_.start("alone", "1");
  world_.on_io([this] { world_.functions().end_waiting(); });
  EXPECT_EQ(before.get().outcome, Outcome::kServiceError);
  EXPECT_EQ(world_.invoke("alone").outcome, Outcome::kServiceError);
}

TEST_F(RuntimeApiTest, ARuntimeMayComeBeforeTheFirstFunction) {
  RawClient early{listener_->port()};
  EXPECT_EQ(early.call(http_api::verb::get, next("/later")).result_int(), 404U);
  RawClient bare{listener_->port()};
  bare.send(http_api::verb::get, next());
  make("later");
  early.send(http_api::verb::get, next("/later"));
  auto first = world_.start("later", "1");
  auto second = world_.start("later", "2");
  std::set<std::string> events;
  for (RawClient* client : {&early, &bare}) {
    const auto event = client->receive();
    events.insert(event.body());
    const std::string id{event["lambda-runtime-aws-request-id"]};
    const auto reply =
        client->call(http_api::verb::post, "/2018-06-01/runtime/invocation/" + id + "/response", "\"done\"");
    EXPECT_EQ(reply.result_int(), 202U);
    EXPECT_EQ(reply.body(), R"({"status":"OK"})");
  }
  EXPECT_EQ(events, (std::set<std::string>{"1", "2"}));
  EXPECT_EQ(first.get().payload, "\"done\"");
  EXPECT_EQ(second.get().payload, "\"done\"");
}

TEST_F(RuntimeApiTest, SendsTheHeadersOfAnInvocation) {
  make("f", 60);
  RawClient client{listener_->port()};
  auto result = world_.start("f");
  const auto event = client.call(http_api::verb::get, next());
  EXPECT_EQ(event["Lambda-Runtime-Aws-Request-Id"], world_.last_request_id);
  EXPECT_EQ(event["Lambda-Runtime-Invoked-Function-Arn"], "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(event["Content-Type"], "application/json");
  EXPECT_EQ(event.count("Lambda-Runtime-Client-Context"), 0U);
  const auto deadline = std::stoll(std::string{event["Lambda-Runtime-Deadline-Ms"]});
  const auto now = time::to_epoch_milliseconds(world_.real_time.now());
  EXPECT_GT(deadline, now + 50'000);
  EXPECT_LE(deadline, now + 60'000);
  client.close();
}

TEST_F(RuntimeApiTest, AProcessThatGoesAwayFailsItsInvocationOnly) {
  make("f");
  RawClient client{listener_->port()};
  client.send(http_api::verb::get, next());
  auto lost = world_.start("f");
  client.receive();
  client.close();
  EXPECT_EQ(lost.get().payload, R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: )" +
                                    world_.last_request_id + R"( Error: Runtime exited without providing a reason"})");
  const ExternalProcess again{address(), answering("2")};
  EXPECT_EQ(world_.invoke("f").payload, "2");
  close();
}

TEST_F(RuntimeApiTest, AClientThatStopsWaitingGetsNothing) {
  make("f");
  {
    RawClient gone{listener_->port()};
    gone.send(http_api::verb::get, next());
    gone.close();
  }
  const ExternalProcess process{address(), answering("1")};
  for (int round = 0; round < 5; ++round) EXPECT_EQ(world_.invoke("f").payload, "1");
  close();
}

TEST_F(RuntimeApiTest, OneShotClientsAreNotMissed) {
  make("f");
  auto result = world_.start("f");
  std::string id;
  {
    RawClient client{listener_->port()};
    id = client.call(http_api::verb::get, next(), {}, {{"User-Agent", "curl/8.0"}})["Lambda-Runtime-Aws-Request-Id"];
  }
  RawClient other{listener_->port()};
  EXPECT_EQ(other.call(http_api::verb::post, "/2018-06-01/runtime/invocation/" + id + "/response", "7").result_int(),
            202U);
  EXPECT_EQ(result.get().payload, "7");
}

// A client that takes host and port of AWS_LAMBDA_RUNTIME_API apart loses the path on the connections it makes itself.
TEST_F(RuntimeApiTest, AnAnswerWithoutTheNameFindsTheFunctionThatRunsIt) {
  make("first");
  make("second");
  auto result = world_.start("second");
  RawClient client{listener_->port()};
  const std::string id{client.call(http_api::verb::get, next("/second"))["Lambda-Runtime-Aws-Request-Id"]};
  RawClient other{listener_->port()};
  EXPECT_EQ(other.call(http_api::verb::post, "/2018-06-01/runtime/invocation/" + id + "/response", "7").result_int(),
            202U);
  EXPECT_EQ(result.get().payload, "7");
}

TEST_F(RuntimeApiTest, RefusesCallsOutOfOrder) {
  make("f");
  RawClient client{listener_->port()};
  auto result = world_.start("f");
  const std::string id{client.call(http_api::verb::get, next())["Lambda-Runtime-Aws-Request-Id"]};
  EXPECT_EQ(client.call(http_api::verb::get, next()).result_int(), 403U);
  EXPECT_EQ(client.call(http_api::verb::post, "/2018-06-01/runtime/init/error", "{}").result_int(), 403U);
  EXPECT_EQ(client.call(http_api::verb::post, "/2018-06-01/runtime/invocation/x/response", "{}").result_int(), 400U);
  const std::string response = "/2018-06-01/runtime/invocation/" + id + "/response";
  EXPECT_EQ(client.call(http_api::verb::post, response, "{}", {{"Lambda-Runtime-Function-Response-Mode", "fast"}})
                .result_int(),
            400U);
  EXPECT_EQ(client.call(http_api::verb::post, response, "{}").result_int(), 202U);
  EXPECT_EQ(client.call(http_api::verb::post, response, "{}").result_int(), 403U);
  EXPECT_EQ(client.call(http_api::verb::get, "/anything").result_int(), 404U);
}

TEST_F(RuntimeApiTest, TakesErrorsFromTrailers) {
  make("f");
  RawClient client{listener_->port()};
  auto result = world_.start("f");
  const std::string id{client.call(http_api::verb::get, next())["Lambda-Runtime-Aws-Request-Id"]};
  client.send_text("POST /2018-06-01/runtime/invocation/" + id +
                   "/response HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                   "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                   "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
                   "3\r\nabc\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Broken\r\n"
                   "Lambda-Runtime-Function-Error-Body: eyJlIjoxfQ==\r\n\r\n");
  EXPECT_EQ(client.receive().result_int(), 202U);
  const InvocationResult answer = result.get();
  EXPECT_EQ(answer.outcome, Outcome::kFunctionError);
  EXPECT_EQ(answer.payload, R"({"e":1})");
}

TEST_F(RuntimeApiTest, TheEchoProgramLeavesWhenItIsAsked) {
  make("f");
  std::promise<void> ended;
  auto program = world_.on_io([&] {
    return ChildProcess::start(
        world_.io, {MILLRACE_ECHO_BOOTSTRAP, world_.scratch.path(), {"AWS_LAMBDA_RUNTIME_API=" + address() + "/f"}},
        [&](ChildProcess::Notice notice) {
          if (notice == ChildProcess::Notice::kExit) ended.set_value();
        });
  });
  ASSERT_TRUE(program.has_value());
  EXPECT_EQ(world_.invoke("f", R"({"Records":[]})").payload, R"({"Records":[]})");
  ::kill((*program)->id(), SIGTERM);
  ended.get_future().wait();
  const ProcessExit exit = world_.on_io([&] { return std::exchange(*program, nullptr)->reap().value(); });
  EXPECT_FALSE(exit.by_signal);
  EXPECT_EQ(exit.value, 0);
}

TEST_F(RuntimeApiTest, SeveralProcessesShareAFunction) {
  make("f");
  RawClient first{listener_->port()};
  RawClient second{listener_->port()};
  auto one = world_.start("f", "1");
  auto two = world_.start("f", "2");
  const auto event_one = first.call(http_api::verb::get, next());
  const auto event_two = second.call(http_api::verb::get, next());
  EXPECT_NE(event_one.body(), event_two.body());
  second.call(http_api::verb::post,
              "/2018-06-01/runtime/invocation/" + std::string{event_two["Lambda-Runtime-Aws-Request-Id"]} + "/response",
              event_two.body());
  first.call(http_api::verb::post,
             "/2018-06-01/runtime/invocation/" + std::string{event_one["Lambda-Runtime-Aws-Request-Id"]} + "/response",
             event_one.body());
  EXPECT_EQ(one.get().payload, "1");
  EXPECT_EQ(two.get().payload, "2");
}

TEST_F(RuntimeApiTest, AFunctionMayHaveAPortOfItsOwn) {
  const std::uint16_t port = free_port();
  const FunctionDefinition definition{
      .name = "own", .code = {.kind = CodeKind::kExternal, .location = {}, .port = port}, .timeout_seconds = 10};
  world_.make(definition);
  {
    const ExternalProcess process{"127.0.0.1:" + std::to_string(port), answering("1")};
    EXPECT_EQ(world_.invoke("own").payload, "1");
    const auto taken = world_.on_io([&] { return world_.functions().put({.name = "other", .code = definition.code}); });
    ASSERT_TRUE(taken.has_error());
    EXPECT_NE(taken.error().message.find("Address already in use"), std::string::npos);
    // The process stays, and serves the function that comes after.
    world_.remove("own");
    make("own");
    EXPECT_EQ(world_.invoke("own").payload, "1");
    world_.remove("own");
    world_.on_io([this] { world_.functions().external_functions().close(); });
  }
}

TEST_F(RuntimeApiTest, AnAttachedRuntimeServesTheFunctionThatIsMadeAgain) {
  for (const std::string path : {"/f", ""}) {
    make("f");
    RawClient client{listener_->port()};
    client.send(http_api::verb::get, next(path));
    for (int round = 0; round < 2; ++round) {
      auto running = world_.start("f", "1");
      const auto event = client.receive();
      EXPECT_EQ(event.body(), "1");
      world_.remove("f");
      // What runs may still be answered, and ends with its answer.
      const std::string id{event["lambda-runtime-aws-request-id"]};
      EXPECT_EQ(client.call(http_api::verb::post, path + "/2018-06-01/runtime/invocation/" + id + "/response", "\"a\"")
                    .result_int(),
                202U);
      EXPECT_EQ(running.get().payload, "\"a\"");
      // It asks while there is no such function, or while there is one that goes.
      if (round == 0) client.send(http_api::verb::get, next(path));
      make("f");
      if (round == 1) client.send(http_api::verb::get, next(path));
      world_.remove("f");
      make("f");
    }
    auto last = world_.start("f", "2");
    EXPECT_EQ(client.receive().body(), "2");
    world_.remove("f");
  }
}

TEST_F(RuntimeApiTest, WhatIsNoCallOfTheApiIsRefusedAtOnce) {
  RawClient client{listener_->port()};
  EXPECT_EQ(client.call(http_api::verb::get, "/f/2018-06-01/runtime/invocation/nxt").result_int(), 404U);
  EXPECT_EQ(client.call(http_api::verb::post, "/f/2018-06-01/runtime/init/error", "{}").result_int(), 404U);
}

TEST_F(RuntimeApiTest, RemovingABusyInProcessFunctionWaitsForNobody) {
  std::promise<void> begun;
  std::promise<void> release;
  const std::shared_future<void> released{release.get_future()};
  world_.handlers.add("busy", [&, released](const handler::InvocationRequest&) -> handler::HandlerResult<std::string> {
    begun.set_value();
    released.wait();
    return std::string{"1"};
  });
  world_.make({.name = "f", .code = {.kind = CodeKind::kInProcess, .location = "busy"}, .timeout_seconds = 10});
  auto running = world_.start("f");
  begun.get_future().wait();
  auto waiting = world_.start("f");
  world_.remove("f");  // the handler is not released before
  EXPECT_EQ(waiting.get().outcome, Outcome::kServiceError);
  release.set_value();
  EXPECT_EQ(running.get().payload, "1");
}

TEST_F(RuntimeApiTest, InProcessHandlersRunOnTheirOwnThread) {
  world_.handlers.add("where", [](const handler::InvocationRequest& request) -> handler::HandlerResult<std::string> {
    if (request.payload == "\"throw\"") throw std::runtime_error{"thrown"};
    request.logger->info("here");
    return std::string{request.payload};
  });
  world_.make({.name = "f", .code = {.kind = CodeKind::kInProcess, .location = "where"}});
  const InvocationResult result = world_.invoke("f", "1");
  EXPECT_EQ(result.payload, "1");
  EXPECT_NE(result.log_tail.find(R"("message":"here")"), std::string::npos) << result.log_tail;
  const InvocationResult failed = world_.invoke("f", "\"throw\"");
  EXPECT_EQ(failed.function_error, "Unhandled");
  EXPECT_EQ(failed.payload, R"({"errorMessage":"thrown","errorType":"std::runtime_error"})");
}

TEST_F(RuntimeApiTest, InProcessHandlersThatHangAreLeftBehind) {
  std::promise<void> release;
  const std::shared_future<void> released{release.get_future()};
  world_.handlers.add("hang",
                      [released](const handler::InvocationRequest& request) -> handler::HandlerResult<std::string> {
                        if (request.payload == "\"hang\"") released.wait();
                        return std::string{request.payload};
                      });
  world_.make({.name = "f", .code = {.kind = CodeKind::kInProcess, .location = "hang"}, .timeout_seconds = 1});
  auto hanging = world_.start("f", "\"hang\"");
  const std::string id = world_.last_request_id;
  auto behind = world_.start("f", "2");
  EXPECT_EQ(hanging.get().payload, R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: )" + id +
                                       R"( Error: Task timed out after 1.00 seconds"})");
  EXPECT_EQ(behind.get().payload, "2");
  release.set_value();
}

}  // namespace
}  // namespace millrace::lambda
