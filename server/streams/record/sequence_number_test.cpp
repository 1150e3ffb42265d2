#include "server/streams/record/sequence_number.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace millrace::streams {
namespace {

TEST(SequenceNumber, HasAwsLengthAndNoLeadingZero) {
  EXPECT_EQ(to_sequence_number(0), "100000000000000000000");
  EXPECT_EQ(to_sequence_number(42), "100000000000000000042");
  EXPECT_EQ(to_sequence_number(std::numeric_limits<Sequence>::max()), "118446744073709551615");
  EXPECT_GE(to_sequence_number(0).size(), kMinSequenceNumberLength);
  EXPECT_LE(to_sequence_number(0).size(), kMaxSequenceNumberLength);
}

TEST(SequenceNumber, TextOrderIsNumericOrder) {
  Sequence smaller = 0;
  for (Sequence larger = 1; larger != 0; smaller = larger, larger <<= 1U) {
    EXPECT_LT(to_sequence_number(smaller), to_sequence_number(larger));
  }
}

TEST(SequenceNumber, ParsesWhatItWrote) {
  for (const Sequence sequence : {Sequence{0}, Sequence{7}, std::numeric_limits<Sequence>::max()}) {
    EXPECT_EQ(parse_sequence_number(to_sequence_number(sequence)), sequence);
  }
}

TEST(SequenceNumber, RefusesEverythingElse) {
  for (const std::string_view text :
       {"", "1", "000000000000000000042", "200000000000000000042", "10000000000000000004", "1000000000000000000042",
        "10000000000000000004x", "1-0000000000000000042", "1 0000000000000000042", "199999999999999999999"}) {
    EXPECT_FALSE(parse_sequence_number(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace millrace::streams
