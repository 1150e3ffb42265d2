#include "server/http/message/request_parser.hpp"

#include <gtest/gtest.h>

#include <boost/beast/http/error.hpp>
#include <boost/system/errc.hpp>

#include "server/http/message/parsed_request.hpp"
#include "server/json/document.hpp"

namespace millrace::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::string_view kPut =
    "POST /?a=1 HTTP/1.1\r\nHost: localhost\r\nx-amz-target: DynamoDB_20120810.PutItem\r\n"
    "Content-Type: application/x-amz-json-1.0\r\nAuthorization: first\r\nAuthorization: second\r\n"
    "Content-Length: 2\r\n\r\n{}";

TEST(RequestParser, KeepsRequestLineFieldsAndBody) {
  const ParsedRequest request{kPut};
  ASSERT_TRUE(request.is_complete());
  EXPECT_EQ(request.head.method(), "POST");
  EXPECT_EQ(request.head.path(), "/");
  EXPECT_EQ(request.head.query(), "a=1");
  EXPECT_EQ(request.head.known(KnownField::kAmzTarget), "DynamoDB_20120810.PutItem");
  EXPECT_EQ(request.head.known(KnownField::kContentType), "application/x-amz-json-1.0");
  EXPECT_EQ(request.head.known(KnownField::kAuthorization), "first");
  EXPECT_FALSE(request.head.has(KnownField::kOrigin));
  EXPECT_EQ(request.head.find("HOST"), "localhost");
  EXPECT_EQ(request.head.find("cookie"), "");
  EXPECT_EQ(request.body, "{}");
  EXPECT_GE(request.body.capacity(), request.body.size() + json::kPadding);
}

TEST(RequestParser, TakesTheSameRequestByteByByte) {
  ParsedRequest request{""};
  for (const char byte : kPut) {
    ASSERT_FALSE(request.is_complete());
    request.give({&byte, 1});
  }
  ASSERT_TRUE(request.is_complete());
  EXPECT_EQ(request.head.known(KnownField::kAmzTarget), "DynamoDB_20120810.PutItem");
  EXPECT_EQ(request.body, "{}");
}

TEST(RequestParser, UnderstandsTargetsOfEveryForm) {
  const struct {
    std::string_view target;
    std::string_view path;
    std::string_view query;
  } cases[] = {
      {"/a/b?c=d", "/a/b", "c=d"},
      {"http://host:80/a?b", "/a", "b"},
      {"http://host", "/", ""},
      {"http://host?a=b", "/", "a=b"},
      {"*", "*", ""},
      {"/?", "/", ""},
  };
  for (const auto& [target, path, query] : cases) {
    const ParsedRequest request{"GET " + std::string{target} + " HTTP/1.1\r\n\r\n"};
    ASSERT_TRUE(request.is_complete()) << target;
    EXPECT_EQ(request.head.path(), path) << target;
    EXPECT_EQ(request.head.query(), query) << target;
  }
}

TEST(RequestParser, PutsChunksTogetherAndKeepsTrailersApart) {
  const ParsedRequest request{
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;name=value\r\n{\"a\r\n4\r\n\":1}\r\n0\r\nAuthorization: smuggled\r\n\r\n"};
  ASSERT_TRUE(request.is_complete());
  EXPECT_EQ(request.body, "{\"a\":1}");
  EXPECT_FALSE(request.head.has(KnownField::kAuthorization));
  EXPECT_EQ(request.head.find("Authorization"), "");
  EXPECT_EQ(request.head.find_trailer("authorization"), "smuggled");
  EXPECT_EQ(request.head.find_trailer("Transfer-Encoding"), "");
}

TEST(RequestParser, BoundsTheHeaderHoweverItArrives) {
  ParsedRequest request{"GET / HTTP/1.1\r\n", /*most_header_bytes=*/200};
  int fields = 0;
  while (request.error != beast_http::error::header_limit) {
    ASSERT_LT(++fields, 20) << "a header in small pieces has no end";
    request.give("X-Some-Field: some value\r\n");
  }
}

TEST(RequestParser, BoundsTheBodyAsTheJudgeSays) {
  constexpr std::size_t kMost = 4;
  EXPECT_EQ(ParsedRequest("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 1000, kMost).error,
            beast_http::error::body_limit);
  EXPECT_TRUE(ParsedRequest("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n1234", 1000, kMost).is_complete());
  const std::string chunked{"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\n123\r\n"};
  EXPECT_TRUE(ParsedRequest(chunked + "1\r\n4\r\n0\r\n\r\n", 1000, kMost).is_complete());
  EXPECT_EQ(ParsedRequest(chunked + "2\r\n", 1000, kMost).error, beast_http::error::body_limit);
}

TEST(RequestParser, AsksTheJudgeBeforeTheBody) {
  class Refuses final : public HeadJudge {
   public:
    std::size_t judge(const RequestHead& head, boost::beast::error_code& error) override {
      host = head.known(KnownField::kHost);
      error = make_error_code(boost::system::errc::permission_denied);
      return 0;
    }
    std::string host;
  } judge;
  RequestHead head;
  std::string body;
  RequestParser parser{head, body, 1000, judge};
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(std::string_view{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n123"}),
             error);
  EXPECT_EQ(error, boost::system::errc::permission_denied);
  EXPECT_EQ(judge.host, "a");
  EXPECT_EQ(body, "");
}

TEST(RequestParser, TakesNoBodyWhoseLengthIsAMatterOfOpinion) {
  for (const std::string_view coding : {"gzip", "chunked, chunked", "gzip, chunked", "chunked;q=1", "identity", "x"}) {
    const ParsedRequest request{"POST / HTTP/1.1\r\nTransfer-Encoding: " + std::string{coding} + "\r\n\r\n"};
    EXPECT_EQ(request.error, boost::system::errc::not_supported) << coding;
  }
  for (const std::string_view fields :
       {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Content-Length: 3\r\nTransfer-Encoding: chunked", "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: 3, 4", "Content-Length: +3", "Content-Length: -1", "Content-Length: 18446744073709551616",
        "Host: a\r\nHost: a"}) {
    EXPECT_TRUE(ParsedRequest{"POST / HTTP/1.1\r\n" + std::string{fields} + "\r\n\r\n"}.error) << fields;
  }
  EXPECT_TRUE(ParsedRequest{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"}.error);
  EXPECT_FALSE(ParsedRequest{"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"}.error);
}

}  // namespace
}  // namespace millrace::http
