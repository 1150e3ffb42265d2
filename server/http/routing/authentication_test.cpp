#include "server/http/routing/authentication.hpp"

#include <gtest/gtest.h>

#include "server/http/message/parsed_request.hpp"

namespace millrace::http {
namespace {

constexpr std::string_view kComplete =
    "AWS4-HMAC-SHA256 Credential=AKID/20130609/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, "
    "Signature=0123";

/// The error for a request with this query and these header lines.
std::optional<ApiError> error_for(std::string_view query, std::string_view fields) {
  std::string text{"POST /"};
  text.append(query.empty() ? "" : "?").append(query).append(" HTTP/1.1\r\n").append(fields).append("\r\n");
  const ParsedRequest request{text};
  if (!request.is_complete()) throw std::logic_error{"not a request: " + text};
  KnownCaller known;
  const auto outcome = authenticate(request.head, {}, known);
  if (outcome.has_value()) return std::nullopt;
  return outcome.error();
}

std::string header(std::string_view authorization) {
  return "X-Amz-Date: 20130609T100759Z\r\nAuthorization: " + std::string{authorization} + "\r\n";
}

TEST(Authentication, AcceptsAnySignatureOfTheRightShape) {
  EXPECT_EQ(error_for("", header(kComplete)), std::nullopt);
  EXPECT_EQ(error_for("", header("AWS4-X Signature=b,Credential=a/b/c/d/e,SignedHeaders=c")), std::nullopt);
  EXPECT_EQ(error_for("", "Date: today\r\nAuthorization: " + std::string{kComplete} + "\r\n"), std::nullopt);
  EXPECT_EQ(error_for("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb%2Fc%2Fd%2Fe&X-Amz-Signature=b&"
                      "X-Amz-SignedHeaders=host&X-Amz-Date=20130609T100759Z",
                      ""),
            std::nullopt);
}

model::Account account_of(std::string_view query, std::string_view fields) {
  std::string text{"POST /"};
  text.append(query.empty() ? "" : "?").append(query).append(" HTTP/1.1\r\n").append(fields).append("\r\n");
  KnownCaller known;
  EXPECT_TRUE(authenticate(ParsedRequest{text}.head, {}, known).value());
  return known.caller.account;
}

TEST(Authentication, TheScopeOfHeaderOrQueryTellsWhoCalls) {
  const model::Account expected{"eu-west-1", "123456789012"};
  EXPECT_EQ(account_of("", header("AWS4-HMAC-SHA256 Credential=123456789012/20130609/eu-west-1/dynamodb/aws4_request, "
                                  "SignedHeaders=host, Signature=0")),
            expected);
  EXPECT_EQ(
      account_of("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=123456789012%2F20130609%2Feu-west-1%2Fdynamodb"
                 "%2Faws4_request&X-Amz-Signature=b&X-Amz-SignedHeaders=host&X-Amz-Date=20130609T100759Z",
                 ""),
      expected);
}

TEST(Authentication, ACredentialThatIsKnownIsNotTakenApartAgain) {
  const auto signed_by = [](std::string_view credential) {
    return ParsedRequest{"POST / HTTP/1.1\r\n" +
                         header("AWS4-X Credential=" + std::string{credential} + ", SignedHeaders=host, Signature=0") +
                         "\r\n"};
  };
  KnownCaller known;
  const auto ohio = signed_by("KEY/20130609/us-east-2/dynamodb/aws4_request");
  EXPECT_TRUE(*authenticate(ohio.head, {}, known));
  EXPECT_FALSE(*authenticate(ohio.head, {}, known));
  EXPECT_EQ(known.caller.account.region, "us-east-2");
  EXPECT_TRUE(*authenticate(signed_by("KEY/20130609/eu-west-1/dynamodb/aws4_request").head, {}, known));
  EXPECT_EQ(known.caller.account.region, "eu-west-1");
  EXPECT_TRUE(authenticate(signed_by("KEY/us-east-2").head, {}, known).has_error());
  EXPECT_EQ(known.caller.account.region, "eu-west-1");
}

TEST(Authentication, ARouteTakesAnyCallerAndKnowsThoseThatSign) {
  std::string body;
  std::string authorization;
  Request request{.method = "GET", .path = "/", .query = {}, .body = body, .header = [&](std::string_view name) {
                    return name == "Authorization" ? std::string_view{authorization} : std::string_view{};
                  }};
  const model::Worlds worlds{{"us-west-2", "111122223333"}};
  EXPECT_EQ(caller_of(request, worlds).account, worlds.home);
  authorization = "Bearer token";
  EXPECT_EQ(caller_of(request, worlds).account, worlds.home);
  authorization = "AWS4-HMAC-SHA256 Credential=123456789012/20130609/eu-west-1/lambda/aws4_request, Signature=0";
  EXPECT_EQ(caller_of(request, worlds).account, (model::Account{"eu-west-1", "123456789012"}));
  authorization.clear();
  request.query = "X-Amz-Credential=k%2F20130609%2Feu-west-1%2Flambda%2Faws4_request";
  EXPECT_EQ(caller_of(request, worlds).account, (model::Account{"eu-west-1", "111122223333"}));
}

TEST(Authentication, RefusesTwoWaysAtOnce) {
  EXPECT_EQ(error_for("X-Amz-Algorithm=x", header(kComplete)),
            (ApiError{ErrorKind::kInvalidSignature,
                      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."}));
}

TEST(Authentication, WantsAToken) {
  const ApiError missing{ErrorKind::kMissingAuthenticationToken, "Request is missing Authentication Token"};
  EXPECT_EQ(error_for("", ""), missing);
  EXPECT_EQ(error_for("", header("Bearer x")), missing);
  EXPECT_EQ(error_for("", header("AWS3 x")), missing);
}

TEST(Authentication, NamesThePiecesThatAreMissing) {
  EXPECT_EQ(error_for("", "Authorization: AWS4-HMAC-SHA256\r\n"),
            (ApiError{ErrorKind::kIncompleteSignature,
                      "Authorization header requires 'Credential' parameter. "
                      "Authorization header requires 'Signature' parameter. "
                      "Authorization header requires 'SignedHeaders' parameter. "
                      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                      "Authorization=AWS4-HMAC-SHA256"}));
  EXPECT_EQ(error_for("", header("AWS4-HMAC-SHA256 Credential=a, Signature=b")),
            (ApiError{ErrorKind::kIncompleteSignature,
                      "Authorization header requires 'SignedHeaders' parameter. "
                      "Authorization=AWS4-HMAC-SHA256 Credential=a, Signature=b"}));
  EXPECT_EQ(error_for("X-Amz-Algorithm=&X-Amz-Date=1", ""),
            (ApiError{ErrorKind::kIncompleteSignature,
                      "AWS query-string parameters must include 'X-Amz-Algorithm'. "
                      "AWS query-string parameters must include 'X-Amz-Credential'. "
                      "AWS query-string parameters must include 'X-Amz-Signature'. "
                      "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
                      "Re-examine the query-string parameters."}));
}

TEST(Authentication, WantsFivePartsInACredential) {
  EXPECT_EQ(error_for("", header("AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=b, Signature=c")),
            (ApiError{ErrorKind::kIncompleteSignature,
                      "Credential must have exactly 5 slash-delimited elements, "
                      "e.g. keyid/date/region/service/term, got 'a/b/c/d'"}));
}

}  // namespace
}  // namespace millrace::http
