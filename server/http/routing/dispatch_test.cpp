#include "server/http/routing/dispatch.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "server/http/message/content_coding.hpp"
#include "server/http/message/parsed_request.hpp"
#include "server/http/wire/service_fixture.hpp"

namespace millrace::http {
namespace {

constexpr std::string_view kSigned =
    "X-Amz-Date: 20130609T100759Z\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=b\r\n";
constexpr std::string_view kSerialization = R"({"__type":"com.amazon.coral.service#SerializationException"})";
constexpr std::string_view kUnknownOperation = R"({"__type":"com.amazon.coral.service#UnknownOperationException"})";

class DispatchTest : public ::testing::Test {
 protected:
  struct Outcome {
    unsigned status;
    std::string content_type;
    std::string body;
    storage::Ticket ticket;
  };

  Outcome call(std::string_view method, std::string_view fields, std::string_view body) {
    std::string text{method};
    text.append(" / HTTP/1.1\r\n").append(fields);
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    ParsedRequest request{text};
    EXPECT_TRUE(request.is_complete());
    std::string out;
    const DynamoAnswer answer = dispatcher_.answer(request.head, request.body, out, known_);
    return {answer.status, std::string{answer.content_type}, out, answer.ticket};
  }

  /// A signed request to the operation `target`.
  Outcome post(std::string_view target, std::string_view body, std::string_view more_fields = {}) {
    std::string fields{"Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: "};
    fields.append(target).append("\r\n").append(kSigned).append(more_fields);
    return call("POST", fields, body);
  }

  ScriptedStorage storage_;
  storage::GroupCommit gate_{storage_, [] {}};
  ServiceFixture services_{storage_, gate_};
  KnownCaller known_;
  DynamoDispatcher dispatcher_{services_.services(), {.body_limit = 100'000}, &find_test_operation};
};

TEST_F(DispatchTest, RunsTheOperationOfTheTarget) {
  const Outcome outcome = post("Test.Echo", R"({"text":"hello"})");
  EXPECT_EQ(outcome.status, 200U);
  EXPECT_EQ(outcome.content_type, "application/x-amz-json-1.0");
  EXPECT_EQ(outcome.body, R"({"text":"hello"})");
  EXPECT_EQ(outcome.ticket, 0U);
}

TEST_F(DispatchTest, RepeatsTheContentTypeOfTheRequest) {
  const std::string rest = "\r\nX-Amz-Target: Test.Echo\r\n" + std::string{kSigned};
  EXPECT_EQ(call("POST", "Content-Type: application/json; charset=utf-8" + rest, "{}").content_type,
            "application/json");
  EXPECT_EQ(call("POST", "Content-Type: application/x-amz-json-1.0 ;x" + rest, "{}").content_type,
            "application/x-amz-json-1.0");
}

TEST_F(DispatchTest, TellsItsHealth) {
  const Outcome outcome = call("GET", "Content-Type: application/json\r\n", "");
  EXPECT_EQ(outcome.status, 200U);
  EXPECT_EQ(outcome.body, "healthy: dynamodb.us-east-1.amazonaws.com ");
}

TEST_F(DispatchTest, OtherMethodsAndContentTypesAreUnknown) {
  for (const auto& [method, fields] : {std::pair{"PUT", "Content-Type: application/json\r\n"},
                                       {"OPTIONS", ""},
                                       {"POST", ""},
                                       {"POST", "Content-Type: text/plain\r\n"},
                                       {"POST", "Content-Type: application/jsonx\r\n"}}) {
    const Outcome outcome = call(method, fields, "{}");
    EXPECT_EQ(outcome.status, 404U);
    EXPECT_EQ(outcome.body, "<UnknownOperationException/>\n");
    EXPECT_EQ(outcome.content_type, "");
  }
}

TEST_F(DispatchTest, ChecksInTheOrderOfAws) {
  const std::string json = "Content-Type: application/json\r\n";
  const std::string echo = json + "X-Amz-Target: Test.Echo\r\n";
  const struct {
    std::string fields;
    std::string_view body;
    std::string_view answer;
  } cases[] = {
      {json, "{", kSerialization},  // before the target
      {json, "[]", kSerialization},
      {json, "{} {}", kSerialization},
      {json, "\xff", kSerialization},
      {json, "{}", kUnknownOperation},
      {json, "", kUnknownOperation},  // an empty body is looked at last
      {json + "X-Amz-Target: DynamoDB_20120810.PutItems\r\n", "{}",
       R"({"__type":"com.amazon.coral.service#UnknownOperationException","message":)"
       R"("DynamoDB_20120810 has no operation PutItems"})"},
      {echo, "{}",
       R"({"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Request is missing Authentication Token"})"},
      {echo, "",
       R"({"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Request is missing Authentication Token"})"},
      {echo + std::string{kSigned}, "", kSerialization},
  };
  for (const auto& [fields, body, answer] : cases) {
    const Outcome outcome = call("POST", fields, body);
    EXPECT_EQ(outcome.status, 400U) << fields << body;
    EXPECT_EQ(outcome.body, answer) << fields << body;
    EXPECT_EQ(outcome.content_type, "application/json");
  }
}

TEST_F(DispatchTest, MayDoWithoutCredentials) {
  const DynamoDispatcher open{services_.services(), {.authorization = Authorization::kOptional}, &find_test_operation};
  ParsedRequest request{
      "POST / HTTP/1.1\r\nContent-Type: application/json\r\nX-Amz-Target: Test.Echo\r\nContent-Length: 2\r\n\r\n{}"};
  std::string out;
  EXPECT_EQ(open.answer(request.head, request.body, out, known_).status, 200);
}

TEST_F(DispatchTest, AnErrorReplacesWhatWasWritten) {
  const Outcome outcome = post("Test.Fail", "{}");
  EXPECT_EQ(outcome.status, 400U);
  EXPECT_EQ(outcome.body, R"({"__type":"com.amazon.coral.validate#ValidationException","message":"as asked"})");
  EXPECT_EQ(outcome.ticket, 1U) << "it saw what is not committed yet";
}

TEST_F(DispatchTest, ABugIsAnInternalServerError) {
  const Outcome outcome = post("Test.Throw", "{}");
  EXPECT_EQ(outcome.status, 500U);
  EXPECT_EQ(outcome.body,
            R"({"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"})");
  EXPECT_EQ(outcome.ticket, 1U);
}

TEST_F(DispatchTest, ALostGroupIsAnInternalServerError) {
  std::string out = R"({"would":"be a success"})";
  const DynamoAnswer answer = dispatcher_.answer_lost({.status = 200, .content_type = "application/json", .ticket = 3},
                                                      {StorageErrorKind::kFull, "disk full"}, out);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(out,
            R"({"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error: )"
            R"(there is no space left for the database, so nothing was written; free some space, and Millrace goes )"
            R"(on"})");
}

TEST_F(DispatchTest, UnderstandsCompressedBodies) {
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate}) {
    std::string body = R"({"text":"hello"})";
    encode_body(coding, body);
    const Outcome outcome = post("Test.Echo", body, "Content-Encoding: " + std::string{name_of(coding)} + "\r\n");
    EXPECT_EQ(outcome.body, R"({"text":"hello"})");
  }
  EXPECT_EQ(post("Test.Echo", "{}", "Content-Encoding: garbage\r\n").status, 500U);
  EXPECT_EQ(post("Test.Echo", "{}", "Content-Encoding: gzip\r\n").status, 500U);
  EXPECT_EQ(post("Test.Echo", "", "Content-Encoding: gzip\r\n").status, 500U);
  std::string bomb(100'001, ' ');
  encode_body(Coding::kGzip, bomb);
  const Outcome outcome = post("Test.Echo", bomb, "Content-Encoding: gzip\r\n");
  EXPECT_EQ(outcome.status, 413U);
  EXPECT_EQ(outcome.body, R"({"__type":"com.amazon.coral.service#RequestEntityTooLargeException"})");
}

TEST_F(DispatchTest, WhatIsLongAsksToBeRunAside) {
  const std::string fields =
      std::string{"Content-Type: application/json\r\nX-Amz-Target: Test.Echo\r\n"}.append(kSigned);
  const auto wants_aside = [&](std::string_view more_fields, std::size_t letters) {
    const std::string body = R"({"text":")" + std::string(letters, 'x') + "\"}";
    ParsedRequest request{"POST / HTTP/1.1\r\n" + fields + std::string{more_fields} +
                          "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
    std::string out;
    const bool wants = dispatcher_.answer(request.head, request.body, out, known_, api::Lane::kIo).wants_aside;
    EXPECT_EQ(out.empty(), wants);
    EXPECT_FALSE(dispatcher_.answer(request.head, request.body, out, known_, api::Lane::kAside).wants_aside);
    return wants;
  };
  EXPECT_FALSE(wants_aside("", 60'000));
  EXPECT_TRUE(wants_aside("", 70'000));
  EXPECT_TRUE(wants_aside("Content-Encoding: gzip\r\n", 10)) << "a few bytes may become many";
}

TEST_F(DispatchTest, AnOperationThatTurnsOutToBeLongHasDoneNothing) {
  ParsedRequest request{std::string{"POST / HTTP/1.1\r\nContent-Type: application/json\r\nX-Amz-Target: Test.Long\r\n"}
                            .append(kSigned)
                            .append("Content-Length: 2\r\n\r\n{}")};
  std::string out;
  EXPECT_TRUE(dispatcher_.answer(request.head, request.body, out, known_, api::Lane::kIo).wants_aside);
  EXPECT_EQ(out, "");
  EXPECT_EQ(dispatcher_.answer(request.head, request.body, out, known_, api::Lane::kAside).status, 200U);
  EXPECT_EQ(out, R"({"lane":"aside"})");
}

TEST_F(DispatchTest, RunningOutOfMemoryIsOurFaultAndNotTheEnd) {
  const Outcome outcome = post("Test.Exhaust", "{}");
  EXPECT_EQ(outcome.status, 500U);
  EXPECT_NE(outcome.body.find(R"(#InternalServerError","message":"Internal server error: Millrace has no memory left)"),
            std::string::npos)
      << outcome.body;
  EXPECT_EQ(post("Test.Echo", "{}").status, 200U);
}

}  // namespace
}  // namespace millrace::http
