#include "harness/esm/filter/case_folding.hpp"

#include <gtest/gtest.h>

namespace millrace::esm {
namespace {

TEST(CaseFolding, LettersOfManyAlphabetsHaveNoCase) {
  EXPECT_TRUE(equals_folded("Abc-1", "aBC-1"));
  EXPECT_TRUE(equals_folded("ÄÖÜÉÞ", "äöüéþ"));
  EXPECT_TRUE(equals_folded("ŁŚŽČŸ", "łśžčÿ"));
  EXPECT_TRUE(equals_folded("ΑΩΆΎς", "αωάύσ"));
  EXPECT_TRUE(equals_folded("ЯЁЖҐ", "яёжґ"));
  EXPECT_TRUE(equals_folded("ՀԱՅ", "հայ"));
  EXPECT_FALSE(equals_folded("×", "÷"));
  EXPECT_FALSE(equals_folded("ß", "ss"));
  EXPECT_FALSE(equals_folded("a", "ab"));
  EXPECT_FALSE(equals_folded("ab", "a"));
  EXPECT_FALSE(equals_folded("[", "{"));
  EXPECT_FALSE(equals_folded("İ", "i"));
}

TEST(CaseFolding, ComparesBeginningsAndEnds) {
  EXPECT_TRUE(starts_with_folded("ÄBC", "äb"));
  EXPECT_TRUE(starts_with_folded("x", ""));
  EXPECT_FALSE(starts_with_folded("ä", "äb"));
  EXPECT_TRUE(ends_with_folded("xyÄ", "yä"));
  EXPECT_TRUE(ends_with_folded("", ""));
  EXPECT_FALSE(ends_with_folded("ä", "xä"));
  EXPECT_FALSE(ends_with_folded("xÄ", "\xA4")) << "the second byte of a character is no character";
}

TEST(CaseFolding, BytesThatAreNoCharactersAreComparedAsTheyAre) {
  EXPECT_TRUE(equals_folded("a\xFF", "A\xFF"));
  EXPECT_FALSE(equals_folded("\xFF", "\xFE"));
  EXPECT_FALSE(equals_folded("\xC3", "\xC3\x84"));
  EXPECT_TRUE(ends_with_folded("a\x80\x80\x80\x80", "\x80\x80"));
}

}  // namespace
}  // namespace millrace::esm
