// Where a request begins and ends on the wire, and what is refused for its framing.
#include <gmock/gmock.h>

#include "server/http/message/content_coding.hpp"
#include "server/http/routing/health.hpp"
#include "server/http/wire/wire_fixture.hpp"

namespace millrace::http {
namespace {

using ::testing::HasSubstr;

class FramingTest : public WireTest {};

TEST_F(FramingTest, AClientThatExpectsItIsToldToContinue) {
  start();
  Client client = connect();
  const std::string request = dynamo_request("Test.Echo", "{}", "Expect: 100-continue\r\n");
  EXPECT_EQ(client.exchange(request.substr(0, request.size() - 2)).result_int(), 100U);
  EXPECT_TRUE(client.is_quiet());
  EXPECT_EQ(client.exchange("{}").body(), "{}");
  EXPECT_EQ(client.exchange(request).result_int(), 200U) << "nobody waits who has sent everything";
}

TEST_F(FramingTest, OversizeBodiesAreRefusedBeforeTheyAreSent) {
  router_.add("POST", "/large",
              [](Request&, PathParameters) -> boost::asio::awaitable<Response> { co_return Response{}; },
              {.bytes = 5'000'000, .operation = "MakeLarge"});
  serve("POST", "/small", [](Request&, PathParameters) { return Response{}; });
  start({.body_limit = 1000});
  const struct {
    std::string head;
    std::string_view body;
  } cases[] = {
      {"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n",
       R"({"__type":"com.amazon.coral.service#RequestEntityTooLargeException"})"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n",
       R"({"__type":"com.amazon.coral.service#RequestEntityTooLargeException"})"},
      {"POST /large HTTP/1.1\r\nContent-Length: 5000001\r\n\r\n",
       R"({"Type":"User","message":"Request must be smaller than 5000000 bytes for the MakeLarge operation"})"},
      {"POST /small HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n",
       R"({"Type":"User","message":"Request must be smaller than 1048576 bytes"})"},
      {"POST /nowhere HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n",
       R"({"Type":"User","message":"Request must be smaller than 1048576 bytes"})"},
  };
  for (const auto& [head, body] : cases) {
    Client client = connect();
    const Reply reply = client.exchange(head);
    EXPECT_EQ(reply.result_int(), 413U);
    EXPECT_EQ(reply.body(), body);
    EXPECT_EQ(field(reply, "Connection"), "close");
    client.send(std::string(500, 'x'));  // it may still have been on its way
    EXPECT_TRUE(client.is_closed_by_server());
  }
}

TEST_F(FramingTest, WhatIsNotHttpIsABadRequest) {
  start();
  const std::string cases[] = {
      "hello\r\n\r\n",
      "GET / HTTP/3.0\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "GET / HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n",
      "GET /" + std::string(20000, 'x'),
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(20000, 'x'),
  };
  for (const std::string& text : cases) {
    Client client = connect();
    const Reply reply = client.exchange(text);
    EXPECT_EQ(reply.result_int(), 400U) << text.substr(0, 60);
    EXPECT_THAT(reply.body(), HasSubstr("\"message\""));
    EXPECT_EQ(field(reply, "Connection"), "close");
    client.end_sending();
    EXPECT_TRUE(client.is_closed_by_server());
  }
}

TEST_F(FramingTest, WhatADecodedBodyMayBeIsItsRoutesLimitToo) {
  serve("POST", "/small", [](Request&, PathParameters) { return Response{}; });
  start();
  std::string body(2'000'000, 'x');
  encode_body(Coding::kGzip, body);
  const Reply reply = connect().exchange("POST /small HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: " +
                                         std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(reply.result_int(), 413U);
}

TEST_F(FramingTest, TransferCodingsOtherThanChunkedAreNotImplemented) {
  start();
  for (const std::string_view coding : {"gzip", "gzip, chunked", "chunked, chunked", "identity"}) {
    Client client = connect();
    const Reply reply = client.exchange("POST / HTTP/1.1\r\nTransfer-Encoding: " + std::string{coding} +
                                        "\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(reply.result_int(), 501U) << coding;
    EXPECT_EQ(field(reply, "Connection"), "close");
    client.end_sending();
    EXPECT_TRUE(client.is_closed_by_server()) << "what looks like a second request is the body of the first";
  }
}

TEST_F(FramingTest, EmptyLinesBeforeARequestAreSkipped) {
  start();
  Client client = connect();
  client.send("\r\n" + dynamo_request("Test.Echo", "{}") + "\r\n" + dynamo_request("Test.Echo", R"({"a":1})") +
              "\n\r\n");
  EXPECT_EQ(client.receive().body(), "{}");
  EXPECT_EQ(client.receive().body(), R"({"a":1})");
  client.send("\r");
  client.send("\n");
  EXPECT_EQ(client.exchange(dynamo_request("Test.Echo", "{}")).result_int(), 200U);
  std::string many;
  for (int line = 0; line < 9; ++line) many.append("\r\n");
  EXPECT_EQ(client.exchange(many).result_int(), 400U);
}

TEST_F(FramingTest, HeadAnswersAsGetWithoutTheBody) {
  add_health_routes(
      router_, [] { return true; }, [] { return std::string{}; });
  start();
  for (const std::string_view path : {"/", "/health", "/ready", "/nowhere"}) {
    Client client = connect();
    const std::string rest = std::string{" "}.append(path).append(" HTTP/1.1\r\n\r\n");
    const Reply got = client.exchange("GET" + rest);
    const Reply head = client.exchange("HEAD" + rest, "HEAD");
    EXPECT_EQ(head.result_int(), got.result_int()) << path;
    for (const char* name : {"Content-Length", "Content-Type", "x-amz-crc32"}) {
      EXPECT_EQ(field(head, name), field(got, name)) << path;
    }
    EXPECT_EQ(head.body(), "");
    EXPECT_EQ(client.exchange("GET" + rest).result_int(), got.result_int()) << "the connection goes on";
  }
}

TEST_F(FramingTest, ATruncatedRequestIsABadRequest) {
  start();
  for (const std::string_view text : {"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n{}", "GET / HT"}) {
    Client client = connect();
    client.send(text);
    client.end_sending();
    EXPECT_EQ(client.receive().result_int(), 400U);
    EXPECT_TRUE(client.is_closed_by_server());
  }
}

}  // namespace
}  // namespace millrace::http
