#include "server/http/message/content_coding.hpp"

#include <gtest/gtest.h>

#include "server/json/document.hpp"

namespace millrace::http {
namespace {

constexpr std::size_t kLimit = std::size_t{1} << 20U;

std::string encoded(Coding coding, std::string text) {
  encode_body(coding, text);
  return text;
}

TEST(ContentCoding, UndoesWhatItDoes) {
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100'000}, kLimit}) {
      const std::string text(size, 'x');
      std::string body = encoded(coding, text);
      EXPECT_EQ(decode_body(name_of(coding), body, kLimit), Decoded::kDone) << size;
      EXPECT_EQ(body, text);
    }
  }
}

TEST(ContentCoding, PutsSeveralGzipMembersTogether) {
  std::string body = encoded(Coding::kGzip, "{\"a\":") + encoded(Coding::kGzip, "1}");
  EXPECT_EQ(decode_body("GZIP", body, kLimit), Decoded::kDone);
  EXPECT_EQ(body, "{\"a\":1}");
}

TEST(ContentCoding, IgnoresWhatFollowsAGzipBody) {
  const std::string gzip = encoded(Coding::kGzip, "{\"a\":1}");
  for (const std::string_view rest : {"junk", "\n", "\x1f", "{}"}) {
    std::string body = gzip + std::string{rest};
    EXPECT_EQ(decode_body("gzip", body, kLimit), Decoded::kDone) << rest;
    EXPECT_EQ(body, "{\"a\":1}");
  }
}

TEST(ContentCoding, LeavesPlainBodiesAlone) {
  std::string body = "{}";
  EXPECT_EQ(decode_body("", body, 1), Decoded::kDone);
  EXPECT_EQ(decode_body(" identity ", body, 1), Decoded::kDone);
  EXPECT_EQ(body, "{}");
}

TEST(ContentCoding, RefusesDamage) {
  const std::string gzip = encoded(Coding::kGzip, "{\"a\":1}");
  const std::string zlib = encoded(Coding::kDeflate, "{\"a\":1}");
  const struct {
    std::string_view coding;
    std::string body;
  } cases[] = {{"gzip", ""},
               {"gzip", "{\"a\":1}"},
               {"gzip", gzip.substr(0, gzip.size() - 1)},
               {"gzip", gzip + "\x1f\x8bjunk"},
               {"gzip", zlib},
               {"deflate", ""},
               {"deflate", zlib.substr(0, zlib.size() - 1)},
               {"deflate", zlib + zlib},
               {"deflate", gzip}};
  for (const auto& [coding, body] : cases) {
    std::string changed = body;
    EXPECT_EQ(decode_body(coding, changed, kLimit), Decoded::kCorrupt) << coding << ' ' << body.size();
    EXPECT_EQ(changed, body);
  }
  std::string body = gzip;
  EXPECT_EQ(decode_body("br", body, kLimit), Decoded::kUnsupported);
  EXPECT_EQ(decode_body("gzip, gzip", body, kLimit), Decoded::kUnsupported);
}

TEST(ContentCoding, StopsABomb) {
  std::string one = encoded(Coding::kGzip, std::string(kLimit + 1, ' '));
  EXPECT_EQ(decode_body("gzip", one, kLimit), Decoded::kTooLarge);
  std::string deflated = encoded(Coding::kDeflate, std::string(kLimit + 1, ' '));
  EXPECT_EQ(decode_body("deflate", deflated, kLimit), Decoded::kTooLarge);
  const std::string half = encoded(Coding::kGzip, std::string(kLimit / 2, ' '));
  std::string three = half + half + half;
  EXPECT_EQ(decode_body("gzip", three, kLimit), Decoded::kTooLarge);
  std::string many;
  for (int member = 0; member < 2000; ++member) many += encoded(Coding::kGzip, "");
  EXPECT_EQ(decode_body("gzip", many, kLimit), Decoded::kTooLarge);
}

// What DynamoDB chooses, as recorded by the tests of Alternator (test_compressed_response.py). Where the weight is read
// follows the reference (additions, row 16); Alternator records identity for "gzip;nq=1;q=0 ".
TEST(ContentCoding, ChoosesAsDynamoDbDoes) {
  using enum Coding;
  const struct {
    std::string_view header;
    Coding chosen;
  } cases[] = {{"identity", kIdentity},
               {"", kIdentity},
               {"br", kIdentity},
               {"x-gzip", kIdentity},
               {"gzip, deflate", kGzip},
               {"br, identity, deflate, gzip", kDeflate},
               {"GZIP, identity", kGzip},
               {"dog, gzip ,, cat", kGzip},
               {"gzip;q=0.8, deflate;q=0.5", kGzip},
               {"br, gzip;q=0, deflate; q = 0.5 , identity;q=0", kDeflate},
               {"*", kGzip},
               {"*, deflate;q=0.5", kGzip},
               {"*, deflate", kDeflate},
               {"*, identity", kGzip},
               {"*, gzip;q=0.5", kDeflate},
               {"gzip ;q=0", kIdentity},
               {"identity;q=0", kIdentity},
               {"*;q=0", kIdentity},
               {"*;q=0.5,identity", kGzip},
               {"gzip;q=0.5,identity;q=0.8", kGzip},
               {"br;q=0.8,identity;q=0.5,*;q=0", kIdentity},
               {"\"gzip\"", kIdentity},
               {"gzip br", kIdentity},
               {"gzip:q=1", kIdentity},
               {"deflate;q=0.5, gzip;q=31", kGzip},
               {"gzip;q=31,deflate;q=51", kGzip},
               {"deflate;q=0.5, gzip;q=0.2", kDeflate},
               {"deflate;q=0.5, gzip;q=1;q=0.2", kGzip},
               {"deflate;q=0.5,gzip;q=0.", kDeflate},
               {"deflate;q=0.5,gzip;q=0.x", kGzip},
               {"deflate;q=-0.5,gzip;q=0.2", kGzip},
               {"gzip;nq=1;q=0 ", kGzip},
               {"gzip;nq=0;q=1", kIdentity},
               {"gzip;q =0", kGzip},
               {"gzip;q= 0", kIdentity},
               {"gzip;Q=0", kGzip},
               {"gzip;q=0, gzip;q=1, gzip;q=0", kGzip},
               {"br,identity;q=0.5,gzip;q=0.0001", kGzip}};
  for (const auto& [header, chosen] : cases) EXPECT_EQ(choose_coding(header), chosen) << header;
}

TEST(ContentCoding, ChecksumsAreThoseOfAws) {
  EXPECT_EQ(crc32_of("{}"), 2745614147U);
  EXPECT_EQ(crc32_of("<UnknownOperationException/>\n"), 3552371480U);
  EXPECT_EQ(crc32_of("healthy: dynamodb.us-east-1.amazonaws.com "), 3128867991U);
}

}  // namespace
}  // namespace millrace::http
