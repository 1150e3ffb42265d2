// Signatures of requests: API reference, 1.5, rows 4 to 12. The valid ones were computed by another program.
#include "server/http/routing/signature.hpp"
#include "server/signing/signature_v4.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "server/http/message/parsed_request.hpp"
#include "server/http/routing/authentication.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::http {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kSignature = "3c69fa36db2daaede65110473f31b8fe4ede3085ca002cdb7bc37b066b945dc5";
constexpr std::string_view kQuerySignature = "04f77d8338f66fd92b450b22a4ac8ddba092e37038ceb534ef72652e81516e2c";

class SignatureTest : public ::testing::Test {
 protected:
  /// `ExceptionName: text`, or empty for a request that is let in.
  std::string error_of(std::string_view query, const std::string& fields, std::string_view body = "{}") {
    std::string text{"POST /"};
    text.append(query.empty() ? "" : "?").append(query).append(" HTTP/1.1\r\nHost: localhost:8000\r\n");
    const ParsedRequest request{text + fields + "\r\n"};
    if (!request.is_complete()) throw std::logic_error{"not a request: " + text};
    const std::string payload = signing::payload_hash(body);
    const SignatureCheck check{verifier, payload};
    KnownCaller known;
    const auto outcome = authenticate(request.head, {}, known, &check);
    if (outcome.has_value()) return {};
    return std::string{base::traits_of(outcome.error().kind).name} + ": " + outcome.error().message;
  }
  /// A request that is valid but for what the arguments make of it.
  std::string header_error(const std::string& credential = "AKIDEXAMPLE/20130609/us-east-1/dynamodb/aws4_request",
                           const std::string& date = "20130609T095959Z",
                           const std::string& signed_headers = "host;x-amz-date;x-amz-target;x-spaces",
                           const std::string& algorithm = "AWS4-HMAC-SHA256", const std::string& more = {},
                           std::string_view body = "{}", std::string_view signature = kSignature) {
    return error_of("",
                    "X-Amz-Date: " + date +
                        "\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nX-Spaces:   a \t b \r\n" + more +
                        "Authorization: " + algorithm + " Credential=" + credential +
                        ", SignedHeaders=" + signed_headers + ",Signature=" + std::string{signature} + "\r\n",
                    body);
  }

  // 2013-06-09T10:00:15Z
  time::VirtualRealTime time{RealTime::TimePoint{std::chrono::seconds{1'370'772'015}}};
  SignatureVerifier verifier{{{"AKIDEXAMPLE", std::string{kSecret}}, {"SESSION", "secret", "token"}}, time};
};

TEST_F(SignatureTest, AValidOneIsLetIn) {
  EXPECT_EQ(header_error(), "");
  EXPECT_EQ(error_of("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20130609%2Fus-east-1%2Fdynamodb%"
                     "2Faws4_request&X-Amz-Date=20130609T095959Z&X-Amz-SignedHeaders=host&X-Amz-Signature=" +
                         std::string{kQuerySignature},
                     ""),
            "");
}

TEST_F(SignatureTest, TheDateIsLookedAtFirst) {
  EXPECT_EQ(header_error("x", "201"),
            "IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got '201'. See "
            "http://en.wikipedia.org/wiki/ISO_8601");
  for (const auto* wrong : {"20130609T095959", "20131309T095959Z", "20130609T255959Z", "2013-06-09T09:59Z"}) {
    EXPECT_EQ(header_error("x", wrong).substr(0, 57), "IncompleteSignatureException: Date must be in ISO-8601 'b")
        << wrong;
  }
  EXPECT_EQ(header_error("x", "20130301T000000Z", "x", "AWS4-X"),
            "InvalidSignatureException: Signature expired: 20130301T000000Z is now earlier than 20130609T094515Z "
            "(20130609T100015Z - 15 min.)");
  EXPECT_EQ(header_error("x", "20130609T120000Z"),
            "InvalidSignatureException: Signature not yet current: 20130609T120000Z is still later than "
            "20130609T101515Z (20130609T100015Z + 15 min.)");
}

TEST_F(SignatureTest, ThenTheFormThenTheCredential) {
  EXPECT_EQ(header_error("a/b", "20130609T095959Z", "x-amz-date", "AWS4-X"),
            "InvalidSignatureException: 'Host' must be a 'SignedHeader' in the AWS Authorization.");
  EXPECT_EQ(header_error("a/b", "20130609T095959Z", "host", "AWS4-X"),
            "IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-X' (only AWS4-HMAC-SHA256 for now). ");
  EXPECT_EQ(header_error("a/b/c/d"),
            "IncompleteSignatureException: Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term, got 'a/b/c/d'");
  EXPECT_EQ(
      header_error("a/b/c/d/e"),
      "InvalidSignatureException: Credential should be scoped to a valid region, not 'c'. Credential should be scoped "
      "to correct service: 'dynamodb'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. "
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20130609', "
      "from '20130609T095959Z'.");
}

TEST_F(SignatureTest, ThenTheKey) {
  EXPECT_EQ(header_error("NOBODY/20130609/us-east-1/dynamodb/aws4_request"),
            "UnrecognizedClientException: The security token included in the request is invalid.");
  EXPECT_EQ(header_error("SESSION/20130609/us-east-1/dynamodb/aws4_request"),
            "UnrecognizedClientException: The security token included in the request is invalid");
  EXPECT_EQ(header_error("AKIDEXAMPLE/20130609/us-east-1/dynamodb/aws4_request", "20130609T095959Z",
                         "host;x-amz-date;x-amz-target;x-spaces", "AWS4-HMAC-SHA256", "X-Amz-Security-Token: t\r\n"),
            "UnrecognizedClientException: The security token included in the request is invalid");
}

TEST_F(SignatureTest, WhatDiffersIsToldWithWhatShouldHaveBeenSigned) {
  const std::string changed = header_error("AKIDEXAMPLE/20130609/us-east-1/dynamodb/aws4_request", "20130609T095959Z",
                                           "host;x-amz-date", "AWS4-HMAC-SHA256");
  EXPECT_EQ(
      changed,
      "InvalidSignatureException: The request signature we calculated does not match the signature you provided. "
      "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n"
      "The Canonical String for this request should have been\n'POST\n/\n\nhost:localhost:8000\n"
      "x-amz-date:20130609T095959Z\n\nhost;x-amz-date\n" +
          signing::payload_hash("{}") +
          "'\n\n"
          "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20130609T095959Z\n"
          "20130609/us-east-1/dynamodb/aws4_request\n" +
          signing::payload_hash("POST\n/\n\nhost:localhost:8000\nx-amz-date:20130609T095959Z\n\nhost;x-amz-date\n" +
                                signing::payload_hash("{}")) +
          "'\n");
  const std::string valid = "AKIDEXAMPLE/20130609/us-east-1/dynamodb/aws4_request";
  const std::string headers = "host;x-amz-date;x-amz-target;x-spaces";
  EXPECT_NE(header_error(valid, "20130609T095959Z", headers, "AWS4-HMAC-SHA256", "", "{ }"), "") << "another body";
  EXPECT_NE(header_error(valid, "20130609T095958Z"), "") << "another date";
  EXPECT_NE(header_error(valid, "20130609T095959Z", headers, "AWS4-HMAC-SHA256", "", "{}", kSignature.substr(1)), "");
}

}  // namespace
}  // namespace millrace::http
