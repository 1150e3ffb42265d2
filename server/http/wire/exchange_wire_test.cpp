// Requests and answers on real sockets: the envelope, keep-alive, compression, routes.
#include <gmock/gmock.h>

#include <set>

#include "server/http/message/content_coding.hpp"
#include "server/http/routing/health.hpp"
#include "server/http/wire/wire_fixture.hpp"

namespace millrace::http {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class ExchangeTest : public WireTest {};

TEST_F(ExchangeTest, AnAnswerCarriesTheHeadersOfAws) {
  start();
  const Reply reply = connect().exchange(dynamo_request("Test.Echo", R"({"a":1})"));
  EXPECT_EQ(reply.result_int(), 200U);
  EXPECT_EQ(reply.body(), R"({"a":1})");
  EXPECT_EQ(field(reply, "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(field(reply, "Content-Length"), "7");
  EXPECT_EQ(field(reply, "Connection"), "keep-alive");
  EXPECT_EQ(field(reply, "Server"), "Server");
  EXPECT_EQ(field(reply, "Date"), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(field(reply, "x-amz-crc32"), std::to_string(crc32_of(R"({"a":1})")));
  EXPECT_THAT(field(reply, "x-amzn-RequestId"), MatchesRegex("[A-Z0-9]{52}"));
  EXPECT_EQ(field(reply, "Access-Control-Allow-Origin"), "");
}

TEST_F(ExchangeTest, ErrorsCarryThemToo) {
  start();
  const Reply reply = connect().exchange(dynamo_request("Test.Unknown", "{}"));
  EXPECT_EQ(reply.result_int(), 400U);
  EXPECT_EQ(field(reply, "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(field(reply, "x-amz-crc32"), std::to_string(crc32_of(reply.body())));
  EXPECT_THAT(field(reply, "x-amzn-RequestId"), MatchesRegex("[A-Z0-9]{52}"));
}

TEST_F(ExchangeTest, WhatIsNotAPostIsUnknownOrHealth) {
  start();
  Client client = connect();
  const Reply unknown = client.exchange("PUT / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(unknown.result_int(), 404U);
  EXPECT_EQ(unknown.body(), "<UnknownOperationException/>\n");
  EXPECT_EQ(field(unknown, "x-amz-crc32"), "3552371480");
  const Reply health = client.exchange("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(health.body(), "healthy: dynamodb.us-east-1.amazonaws.com ");
  EXPECT_EQ(field(health, "x-amz-crc32"), "3128867991");
}

TEST_F(ExchangeTest, RequestIdsAreUniqueOverAllConnections) {
  start();
  std::set<std::string> ids;
  for (int connection = 0; connection < 3; ++connection) {
    Client client = connect();
    for (int request = 0; request < 5; ++request) {
      ids.insert(field(client.exchange(dynamo_request("Test.Echo", "{}")), "x-amzn-RequestId"));
    }
  }
  EXPECT_EQ(ids.size(), 15U);
}

TEST_F(ExchangeTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  Client client = connect();
  client.send(dynamo_request("Test.Write", "{}") + dynamo_request("Test.Echo", R"({"second":2})") +
              dynamo_request("Test.Unknown", "{}") + dynamo_request("Test.Echo", R"({"fourth":4})"));
  EXPECT_EQ(client.receive().body(), "{}");
  EXPECT_EQ(client.receive().body(), R"({"second":2})");
  EXPECT_EQ(client.receive().result_int(), 400U);
  EXPECT_EQ(client.receive().body(), R"({"fourth":4})");
}

TEST_F(ExchangeTest, ARequestMayBeSplitAnywhere) {
  start();
  Client client = connect();
  const std::string plain = dynamo_request("Test.Echo", R"({"text":"hello"})");
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n5\r\n\":12}\r\n0\r\n\r\n";
  serve("POST", "/echo", [](Request& request, const PathParameters&) {
    return Response{.body = std::move(request.body), .headers = {}};
  });
  for (const auto& [request, body] : {std::pair{plain, R"({"text":"hello"})"}, {chunked, R"({"a":12})"}}) {
    for (std::size_t at = 1; at < request.size(); ++at) {
      client.send(request.substr(0, at));
      ASSERT_TRUE(client.is_quiet()) << at;
      ASSERT_EQ(client.exchange(request.substr(at)).body(), body) << at;
    }
  }
}

TEST_F(ExchangeTest, AnswersAfterTheCommitOrWithItsError) {
  storage_.fail_commit(1);
  start();
  Client client = connect();
  EXPECT_EQ(client.exchange(dynamo_request("Test.Write", "{}")).result_int(), 200U);
  EXPECT_EQ(storage_.commits(), 1);
  const Reply lost = client.exchange(dynamo_request("Test.Write", "{}"));
  EXPECT_EQ(lost.result_int(), 500U);
  EXPECT_THAT(lost.body(), HasSubstr("InternalServerError"));
  EXPECT_EQ(client.exchange(dynamo_request("Test.Fail", "{}")).result_int(), 400U);
  EXPECT_EQ(storage_.commits(), 3);
}

TEST_F(ExchangeTest, WritesThatArriveTogetherShareACommit) {
  start();
  std::vector<Client> clients;
  for (int client = 0; client < 8; ++client) clients.push_back(connect());
  settle(engine_.io());
  for (Client& client : clients) client.send_unseen(dynamo_request("Test.Write", "{}"));
  for (Client& client : clients) EXPECT_EQ(client.receive().result_int(), 200U);
  EXPECT_EQ(storage_.commits(), 1);
}

TEST_F(ExchangeTest, ConnectionsEndWhenTheClientWantsIt) {
  start();
  Client closing = connect();
  EXPECT_EQ(field(closing.exchange(dynamo_request("Test.Echo", "{}", "Connection: close\r\n")), "Connection"), "close");
  EXPECT_TRUE(closing.is_closed_by_server());
  Client old = connect();
  EXPECT_EQ(field(old.exchange("GET / HTTP/1.0\r\n\r\n"), "Connection"), "close");
  EXPECT_TRUE(old.is_closed_by_server());
  Client kept = connect();
  EXPECT_EQ(field(kept.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "Connection"), "keep-alive");
  EXPECT_EQ(kept.exchange("GET / HTTP/1.0\r\n\r\n").result_int(), 200U);
}

TEST_F(ExchangeTest, LargeAnswersWaitForSlowReaders) {
  start();
  Client client = connect();
  client.send(dynamo_request("Test.Large", R"({"size":16000000})"));
  settle(engine_.io());
  const Reply reply = client.receive();
  EXPECT_EQ(reply.body().size(), 16000000U + 11);
  EXPECT_EQ(field(reply, "x-amz-crc32"), std::to_string(crc32_of(reply.body())));
  EXPECT_EQ(client.exchange(dynamo_request("Test.Echo", "{}")).body(), "{}");
}

TEST_F(ExchangeTest, LargeRequestsArriveWhole) {
  start();
  const std::string body = "{\"text\":\"" + std::string(5'000'000, 'x') + "\"}";
  EXPECT_EQ(connect().exchange(dynamo_request("Test.Echo", body)).body(), body);
}

// --- Compression -----------------------------------------------------------------------------------------------------

TEST_F(ExchangeTest, LargeAnswersAreCompressedWhenAskedFor) {
  start();
  Client client = connect();
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate}) {
    const std::string accept = "Accept-Encoding: " + std::string{name_of(coding)} + "\r\n";
    const Reply reply = client.exchange(dynamo_request("Test.Large", R"({"size":5000})", accept));
    EXPECT_EQ(field(reply, "Content-Encoding"), name_of(coding));
    EXPECT_EQ(field(reply, "x-amz-crc32"), std::to_string(crc32_of(reply.body()))) << "of the bytes as sent";
    std::string body = reply.body();
    EXPECT_EQ(decode_body(name_of(coding), body, 1 << 20), Decoded::kDone);
    EXPECT_EQ(body.size(), 5011U);
    EXPECT_EQ(field(client.exchange(dynamo_request("Test.Large", R"({"size":4085})", accept)), "Content-Encoding"), "");
  }
}

TEST_F(ExchangeTest, CompressedRequestsAreUnderstood) {
  serve("POST", "/echo", [](Request& request, const PathParameters&) {
    return Response{.body = std::move(request.body), .headers = {}};
  });
  start();
  std::string body = R"({"a":1})";
  encode_body(Coding::kGzip, body);
  Client client = connect();
  EXPECT_EQ(client.exchange(dynamo_request("Test.Echo", body, "Content-Encoding: gzip\r\n")).body(), R"({"a":1})");
  const std::string head = "POST /echo HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  EXPECT_EQ(client.exchange(head + "Content-Encoding: gzip\r\n\r\n" + body).body(), R"({"a":1})");
  EXPECT_EQ(client.exchange(head + "Content-Encoding: deflate\r\n\r\n" + body).result_int(), 400U);
  EXPECT_EQ(client.exchange(head + "Content-Encoding: br\r\n\r\n" + body).result_int(), 415U);
}

// --- Routes ----------------------------------------------------------------------------------------------------------

TEST_F(ExchangeTest, RoutesSeeTheWholeRequest) {
  serve("POST", "/functions/{name}/invocations", [](Request& request, const PathParameters& parameters) {
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/functions/a%2Fb/invocations/");
    EXPECT_EQ(query_parameter(request.query, "Qualifier"), "1");
    EXPECT_EQ(request.header("x-amz-invocation-type"), "Event");
    EXPECT_EQ(request.body, "payload");
    return Response{.status = 202, .body = parameters.at(0), .headers = {{"X-Amz-Executed-Version", "1\r\n2"}}};
  });
  start();
  const Reply reply = connect().exchange(
      "POST /functions/a%2Fb/invocations/?Qualifier=1 HTTP/1.1\r\nX-Amz-Invocation-Type: Event\r\n"
      "Content-Length: 7\r\n\r\npayload");
  EXPECT_EQ(reply.result_int(), 202U);
  EXPECT_EQ(reply.body(), "a/b");
  EXPECT_EQ(field(reply, "Content-Type"), "application/json");
  EXPECT_EQ(field(reply, "X-Amz-Executed-Version"), "1  2");
  EXPECT_THAT(field(reply, "x-amzn-RequestId"), MatchesRegex("[0-9a-f-]{36}"));
  EXPECT_EQ(field(reply, "x-amz-crc32"), "");
}

TEST_F(ExchangeTest, ARouteMayNameItsOwnRequestIdAndCloseTheConnection) {
  serve("GET", "/own", [](Request&, const PathParameters&) {
    return Response{.body = {}, .headers = {{"x-amzn-RequestId", "mine"}}, .close = true};
  });
  start();
  Client client = connect();
  const Reply reply = client.exchange("GET /own HTTP/1.1\r\n\r\n");
  EXPECT_EQ(field(reply, "x-amzn-RequestId"), "mine");
  EXPECT_EQ(reply.count("x-amzn-RequestId"), 1U);
  EXPECT_EQ(field(reply, "Connection"), "close");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ExchangeTest, UnknownPathsAndMethodsAreRefusedInJson) {
  add_health_routes(
      router_, [] { return false; }, [] { return std::string{}; });
  start();
  Client client = connect();
  const Reply unknown = client.exchange("GET /nowhere HTTP/1.1\r\n\r\n");
  EXPECT_EQ(unknown.result_int(), 404U);
  EXPECT_EQ(unknown.body(), R"({"message":"nothing is served at /nowhere"})");
  const Reply wrong_method = client.exchange("DELETE /health HTTP/1.1\r\n\r\n");
  EXPECT_EQ(wrong_method.result_int(), 405U);
  EXPECT_EQ(field(wrong_method, "Allow"), "GET");
  EXPECT_EQ(client.exchange("GET /health HTTP/1.1\r\n\r\n").body(), R"({"status":"healthy"})");
  EXPECT_EQ(client.exchange("GET /ready HTTP/1.1\r\n\r\n").result_int(), 503U);
}

TEST_F(ExchangeTest, HealthSaysWhyNothingCanBeWritten) {
  std::string trouble = R"(the file "x" is gone)";
  add_health_routes(
      router_, [] { return true; }, [&trouble] { return trouble; });
  start();
  Client client = connect();
  const Reply sick = client.exchange("GET /health HTTP/1.1\r\n\r\n");
  EXPECT_EQ(sick.result_int(), 503U);
  EXPECT_EQ(sick.body(), R"({"status":"unhealthy","reason":"the file \"x\" is gone"})");
}

TEST_F(ExchangeTest, AnswersWithoutContentHaveNoLength) {
  serve("DELETE", "/thing",
        [](Request&, const PathParameters&) { return Response{.status = 204, .body = {}, .headers = {}}; });
  start();
  Client client = connect();
  const Reply reply = client.exchange("DELETE /thing HTTP/1.1\r\n\r\n");
  EXPECT_EQ(reply.result_int(), 204U);
  EXPECT_EQ(field(reply, "Content-Length"), "");
  EXPECT_TRUE(client.is_quiet());
}

TEST_F(ExchangeTest, ABugInARouteIsAServiceException) {
  serve("GET", "/bug", [](Request&, const PathParameters&) -> Response { throw std::logic_error{"a bug"}; });
  start();
  Client client = connect();
  const Reply reply = client.exchange("GET /bug HTTP/1.1\r\n\r\n");
  EXPECT_EQ(reply.result_int(), 500U);
  EXPECT_EQ(field(reply, "x-amzn-ErrorType"), "ServiceException");
  EXPECT_EQ(client.exchange("GET / HTTP/1.1\r\n\r\n").result_int(), 200U);
}

TEST_F(ExchangeTest, WithoutADispatcherEveryPathIsARoute) {
  serve("GET", "/", [](Request&, const PathParameters&) { return Response{.body = "mine", .headers = {}}; });
  Server server{{.io = engine_.io(), .time = time_, .conversations = routed(router_, engine_)}, {.port = 0}};
  ASSERT_FALSE(server.listen());
  EXPECT_EQ(Client(engine_.io(), server.bound_port()).exchange("GET / HTTP/1.1\r\n\r\n").body(), "mine");
}

}  // namespace
}  // namespace millrace::http
