// What web pages may do, on real sockets: CORS, foreign origins, names bound anew.
#include <gmock/gmock.h>

#include "server/http/wire/wire_fixture.hpp"

namespace millrace::http {
namespace {

using ::testing::HasSubstr;

class WebPageTest : public WireTest {};

constexpr std::string_view kFromA = "Origin: http://a\r\nSec-Fetch-Site: cross-site\r\n";

TEST_F(WebPageTest, CorsFieldsGoToPagesThatAreLetIn) {
  start({.guard = WebGuard{{}, CorsOrigins::any()}});
  Client client = connect();
  const Reply reply = client.exchange(dynamo_request("Test.Echo", "{}", kFromA));
  EXPECT_EQ(field(reply, "Access-Control-Allow-Origin"), "*");
  EXPECT_THAT(field(reply, "Access-Control-Expose-Headers"), HasSubstr("x-amzn-requestid"));
  const Reply preflight = client.exchange(
      "OPTIONS / HTTP/1.1\r\nOrigin: http://a\r\nAccess-Control-Request-Headers: x-amz-target,content-type\r\n"
      "Access-Control-Request-Method: POST\r\n\r\n");
  EXPECT_EQ(preflight.result_int(), 200U);
  EXPECT_EQ(preflight.body(), "");
  EXPECT_EQ(field(preflight, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(field(preflight, "Access-Control-Allow-Headers"), "x-amz-target,content-type");
  EXPECT_EQ(field(preflight, "Access-Control-Allow-Methods"), "POST");
  EXPECT_EQ(field(preflight, "Access-Control-Max-Age"), "172800");
  EXPECT_EQ(client.exchange("OPTIONS / HTTP/1.1\r\n\r\n").result_int(), 404U);
}

TEST_F(WebPageTest, AListOfOriginsIsForThoseOnly) {
  start({.guard = WebGuard{{}, CorsOrigins::parse("http://a,http://b")}});
  const Reply listed = connect().exchange(dynamo_request("Test.Echo", "{}", kFromA));
  EXPECT_EQ(listed.result_int(), 200U);
  EXPECT_EQ(field(listed, "Access-Control-Allow-Origin"), "http://a");
  EXPECT_EQ(field(listed, "Vary"), "Origin");
  const Reply other = connect().exchange("OPTIONS / HTTP/1.1\r\nOrigin: http://c\r\n\r\n");
  EXPECT_EQ(other.result_int(), 403U);
  EXPECT_EQ(field(other, "Access-Control-Allow-Origin"), "");
}

// --- Web pages and hosts that were not let in ------------------------------------------------------------------------

TEST_F(WebPageTest, APageIsRefusedAtEveryPathBeforeItsBody) {
  int calls = 0;
  serve("POST", "/2015-03-31/functions", [&](Request&, PathParameters) {
    ++calls;
    return Response{.body = {}, .headers = {}};
  });
  start();
  for (const std::string_view path : {"/", "/2015-03-31/functions", "/_millrace/drain", "/health", "/nowhere"}) {
    for (const std::string_view method : {"GET", "POST", "OPTIONS", "DELETE"}) {
      Client client = connect();
      // The body never comes: the refusal does not wait for it.
      const Reply reply = client.exchange(std::string{method}.append(" ").append(path).append(
          " HTTP/1.1\r\nHost: localhost:8000\r\nOrigin: http://a\r\nContent-Type: text/plain\r\n"
          "Content-Length: 10\r\n\r\n"));
      EXPECT_EQ(reply.result_int(), 403U) << method << path;
      EXPECT_THAT(reply.body(), HasSubstr("'http://a'"));
      EXPECT_EQ(field(reply, "x-amzn-ErrorType"), "AccessDeniedException");
      EXPECT_EQ(field(reply, "Access-Control-Allow-Origin"), "");
    }
  }
  EXPECT_EQ(calls, 0);
}

TEST_F(WebPageTest, CorsOpensNothingButDynamoDb) {
  int calls = 0;
  serve("POST", "/2015-03-31/functions", [&](Request&, PathParameters) {
    ++calls;
    return Response{.body = {}, .headers = {}};
  });
  start({.guard = WebGuard{{}, CorsOrigins::any()}});
  for (const std::string_view method : {"POST", "OPTIONS"}) {
    const Reply reply = connect().exchange(
        std::string{method} + " /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\n" + std::string{kFromA} + "\r\n");
    EXPECT_EQ(reply.result_int(), 403U);
    EXPECT_EQ(field(reply, "Access-Control-Allow-Origin"), "");
  }
  EXPECT_EQ(calls, 0);
}

TEST_F(WebPageTest, AHostBoundAnewIsRefusedWithTheNameOfTheFlag) {
  start({.guard = WebGuard{{"millrace"}, CorsOrigins::any()}});
  for (const std::string_view path : {"/", "/health"}) {
    const auto get = [&](std::string_view host) {
      return connect().exchange(
          std::string{"GET "}.append(path).append(" HTTP/1.1\r\nHost: ").append(host).append(":8000\r\n\r\n"));
    };
    const Reply refused = get("evil.example");
    EXPECT_EQ(refused.result_int(), 403U);
    EXPECT_THAT(refused.body(), HasSubstr("--allowed-host evil.example"));
    EXPECT_NE(get("millrace").result_int(), 403U);
    EXPECT_NE(get("127.0.0.1").result_int(), 403U);
  }
}

TEST_F(WebPageTest, ARequestIsNotJudgedByTheOneBeforeIt) {
  start();
  const auto get = [](std::string_view fields) {
    return std::string{"GET / HTTP/1.1\r\n"}.append(fields).append("\r\n");
  };
  for (const std::string_view refused : {"Host: evil.example\r\n", "Host: localhost\r\nOrigin: http://a\r\n",
                                         "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"}) {
    Client client = connect();
    for (int time = 0; time < 2; ++time) EXPECT_EQ(client.exchange(get("Host: localhost\r\n")).result_int(), 200U);
    EXPECT_EQ(client.exchange(get("Host: 127.0.0.1:8000\r\n")).result_int(), 200U);
    EXPECT_EQ(client.exchange(get(refused)).result_int(), 403U) << refused;
  }
}

TEST_F(WebPageTest, PagesOfThisServerAreItsOwn) {
  start();
  const Reply reply = connect().exchange(
      dynamo_request("Test.Echo", "{}", "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n"));
  EXPECT_EQ(reply.result_int(), 200U);
}

}  // namespace
}  // namespace millrace::http
