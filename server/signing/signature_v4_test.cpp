// The examples of S3's documentation: "Signature calculations for the Authorization header".
#include "server/signing/signature_v4.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "server/signing/signed_request.hpp"

namespace millrace::signing {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kDate = "20130524T000000Z";
constexpr Scope kScope{.date = "20130524", .region = "us-east-1", .service = "s3"};
const std::string kHost = "examplebucket.s3.amazonaws.com";

std::string signature_of(const CanonicalRequest& request) {
  return signature(kSecret, kScope, string_to_sign(kDate, kScope, request.text()));
}

TEST(SignatureV4, OfAGetOfARange) {
  const std::string empty = payload_hash("");
  const CanonicalRequest request{.method = "GET",
                                 .path = "/test.txt",
                                 .query = "",
                                 .fields = {{"host", kHost},
                                            {"range", "bytes=0-9"},
                                            {"x-amz-content-sha256", empty},
                                            {"x-amz-date", std::string{kDate}}},
                                 .payload = empty};
  EXPECT_EQ(request.signed_headers(), "host;range;x-amz-content-sha256;x-amz-date");
  EXPECT_EQ(signature_of(request), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SignatureV4, OfAPutWithASignInItsName) {
  const std::string payload = payload_hash("Welcome to Amazon S3.");
  const std::string path = percent_encode_path("/test$file.text");
  const CanonicalRequest request{.method = "PUT",
                                 .path = path,
                                 .query = "",
                                 .fields = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                            {"host", kHost},
                                            {"x-amz-content-sha256", payload},
                                            {"x-amz-date", std::string{kDate}},
                                            {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                                 .payload = payload};
  EXPECT_EQ(path, "/test%24file.text");
  EXPECT_EQ(signature_of(request), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SignatureV4, OfAListing) {
  const std::string empty = payload_hash("");
  const std::string query = canonical_query({{"prefix", "J"}, {"max-keys", "2"}});
  const CanonicalRequest request{
      .method = "GET",
      .path = "/",
      .query = query,
      .fields = {{"host", kHost}, {"x-amz-content-sha256", empty}, {"x-amz-date", std::string{kDate}}},
      .payload = empty};
  EXPECT_EQ(query, "max-keys=2&prefix=J");
  EXPECT_EQ(signature_of(request), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SignatureV4, FieldsOfOneNameAreJoinedAndBlanksGo) {
  const CanonicalRequest request{.method = "GET",
                                 .path = "/",
                                 .query = "",
                                 .fields = {{"a", "  x   y "}, {"a", "z"}, {"b", "\t"}},
                                 .payload = "p"};
  EXPECT_EQ(request.text(), "GET\n/\n\na:x y,z\nb:\n\na;b\np");
}

TEST(SignatureV4, EverythingButUnreservedIsEncoded) {
  EXPECT_EQ(percent_encode("a/b c+\xC3\xA4~"), "a%2Fb%20c%2B%C3%A4~");
  EXPECT_EQ(percent_encode_path("/a/b c"), "/a/b%20c");
}

TEST(ServiceEndpoint, IsAnUrl) {
  const auto endpoint = ServiceEndpoint::parse("http://localhost:9000/", "s3");
  EXPECT_EQ(endpoint.host, "localhost");
  EXPECT_EQ(endpoint.port, "9000");
  EXPECT_EQ(ServiceEndpoint::parse("http://minio", "s3").port, "80");
  for (const auto* text : {"", "localhost:9000", "https://localhost:9000", "http://", "http://:9000", "http://a:b",
                           "http://a/bucket", "http://user@a", "http://a:"}) {
    EXPECT_THROW(ServiceEndpoint::parse(text, "s3"), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace millrace::signing
