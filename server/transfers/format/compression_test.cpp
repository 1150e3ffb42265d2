// Compressed files in portions: what comes out is what went in, wherever they are cut.
#include "server/transfers/format/compression.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <string>

#include "server/transfers/format/checksum.hpp"

namespace millrace::transfers {
namespace {

std::string gzipped(std::string_view text) {
  GzipWriter writer;
  writer.add(text.substr(0, text.size() / 2));
  writer.add(text.substr(text.size() / 2));
  return writer.finish();
}
std::string zstd_packed(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

struct Unpacked {
  std::string text;
  bool may_end{false};
  std::string reason;
};
Unpacked unpack(Compression compression, std::string_view packed, std::size_t portion) {
  const auto unpacker = Unpacker::make(compression);
  Unpacked result;
  while (!packed.empty()) {
    auto piece = packed.substr(0, portion);
    packed.remove_prefix(piece.size());
    for (bool more = true; more;) {
      const std::size_t before = result.text.size() + piece.size();
      std::string out;
      const auto done = unpacker->unpack(piece, out, 1000);
      if (done.has_error()) {
        result.reason = done.error().reason;
        return result;
      }
      EXPECT_LE(out.size(), 1000U);
      result.text += out;
      more = !piece.empty() || !out.empty();
      if (before == result.text.size() + piece.size() && out.empty()) more = false;
    }
  }
  result.may_end = unpacker->may_end();
  return result;
}

std::string long_text() {
  std::string text;
  for (int line = 0; line < 5000; ++line) text += std::to_string(line * 7919) + " of many lines\n";
  return text;
}

TEST(Compression, EveryFormatInPortionsOfAnySize) {
  const std::string text = long_text();
  const std::string gzip = gzipped(text);
  const std::string zstd = zstd_packed(text);
  EXPECT_LT(gzip.size(), text.size() / 2);
  for (const std::size_t portion : {1UL, 17UL, 4096UL, 1000000UL}) {
    EXPECT_EQ(unpack(Compression::kNone, text, portion).text, text);
    const auto of_gzip = unpack(Compression::kGzip, gzip, portion);
    EXPECT_EQ(of_gzip.text, text) << of_gzip.reason;
    EXPECT_TRUE(of_gzip.may_end);
    const auto of_zstd = unpack(Compression::kZstd, zstd, portion);
    EXPECT_EQ(of_zstd.text, text) << of_zstd.reason;
    EXPECT_TRUE(of_zstd.may_end);
  }
}

TEST(Compression, FilesOneBehindTheOtherAreOne) {
  EXPECT_EQ(unpack(Compression::kGzip, gzipped("one") + gzipped("") + gzipped("two"), 5).text, "onetwo");
  EXPECT_EQ(unpack(Compression::kZstd, zstd_packed("one") + zstd_packed("two"), 5).text, "onetwo");
}

TEST(Compression, TellsWhatIsDamagedOrCut) {
  EXPECT_EQ(unpack(Compression::kGzip, "plain text", 100).reason, "it is not gzip, or damaged");
  EXPECT_EQ(unpack(Compression::kZstd, "plain text", 100).reason, "it is not zstd, or damaged");
  const std::string gzip = gzipped(long_text());
  EXPECT_FALSE(unpack(Compression::kGzip, std::string_view{gzip}.substr(0, gzip.size() - 1), 100).may_end);
  const std::string zstd = zstd_packed(long_text());
  EXPECT_FALSE(unpack(Compression::kZstd, std::string_view{zstd}.substr(0, zstd.size() - 1), 100).may_end);
  EXPECT_TRUE(unpack(Compression::kGzip, "", 1).may_end);
}

TEST(Compression, AFileThatUnpacksToMuchComesInPortions) {
  const std::string gzip = gzipped(std::string(10'000'000, 'a'));
  EXPECT_LT(gzip.size(), 20'000U);
  EXPECT_EQ(unpack(Compression::kGzip, gzip, 1'000'000).text.size(), 10'000'000U);
}

TEST(Compression, Md5) {
  EXPECT_EQ(to_hex(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
}

}  // namespace
}  // namespace millrace::transfers
