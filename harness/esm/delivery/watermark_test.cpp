#include "harness/esm/delivery/watermark.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "server/base/random.hpp"

namespace millrace::esm {
namespace {

TEST(WatermarkTest, BeginsBehindWhatWasDoneBefore) {
  Watermark watermark{41};
  EXPECT_EQ(watermark.upto(), 41U);
  EXPECT_EQ(watermark.ahead(), 0U);
  EXPECT_EQ(watermark.take().upto, 41U);
}

TEST(WatermarkTest, StandsBeforeTheFirstRecordThatIsOpen) {
  Watermark watermark{0};
  const auto one = watermark.enter(10);
  const auto two = watermark.enter(20);
  const auto three = watermark.enter(30);
  watermark.end(two, RecordEnd::kDelivered);
  watermark.end(three, RecordEnd::kDelivered);
  EXPECT_EQ(watermark.upto(), 0U);
  EXPECT_EQ(watermark.ahead(), 3U);
  watermark.end(one, RecordEnd::kDelivered);
  EXPECT_EQ(watermark.upto(), 30U);
  EXPECT_EQ(watermark.ahead(), 0U);
}

TEST(WatermarkTest, CountsOnlyWhatItHasPassedAndOnlyOnce) {
  Watermark watermark{0};
  const auto one = watermark.enter(1);
  const auto two = watermark.enter(2);
  const auto three = watermark.enter(3);
  const auto four = watermark.enter(4);
  watermark.end(four, RecordEnd::kDelivered);
  watermark.end(one, RecordEnd::kDiscarded);
  Watermark::Tally tally = watermark.take();
  EXPECT_EQ(tally.upto, 1U);
  EXPECT_EQ(tally.delivered, 0U);
  EXPECT_EQ(tally.discarded, 1U);
  watermark.end(two, RecordEnd::kFiltered);
  watermark.end(three, RecordEnd::kDelivered);
  tally = watermark.take();
  EXPECT_EQ(tally.upto, 4U);
  EXPECT_EQ(tally.delivered, 2U);
  EXPECT_EQ(tally.discarded, 0U);
  EXPECT_EQ(watermark.take().delivered, 0U);
}

TEST(WatermarkTest, ARecordEndsOnce) {
  Watermark watermark{0};
  const auto one = watermark.enter(1);
  const auto two = watermark.enter(2);
  EXPECT_THROW(watermark.end(two + 1, RecordEnd::kDelivered), std::logic_error);
  watermark.end(two, RecordEnd::kDelivered);
  EXPECT_THROW(watermark.end(two, RecordEnd::kDelivered), std::logic_error);
  watermark.end(one, RecordEnd::kDelivered);
  EXPECT_THROW(watermark.end(one, RecordEnd::kDelivered), std::logic_error);
}

TEST(WatermarkTest, PlacesStayWhatTheyAreWhenMuchHasEnded) {
  Watermark watermark{0};
  std::vector<Watermark::Place> places;
  for (Sequence sequence = 1; sequence <= 5000; ++sequence) places.push_back(watermark.enter(sequence));
  for (std::size_t at = 0; at < 3000; ++at) watermark.end(places[at], RecordEnd::kDelivered);
  EXPECT_EQ(watermark.upto(), 3000U);
  EXPECT_EQ(watermark.ahead(), 2000U);
  EXPECT_THROW(watermark.end(places[2999], RecordEnd::kDelivered), std::logic_error);
  places.push_back(watermark.enter(5001));
  for (std::size_t at = places.size(); at > 3000; --at) watermark.end(places[at - 1], RecordEnd::kDelivered);
  EXPECT_EQ(watermark.upto(), 5001U);
  EXPECT_EQ(watermark.ahead(), 0U);
  EXPECT_EQ(watermark.take().delivered, 5001U);
}

/// Against the plain definition: the last record before the first that is open.
TEST(WatermarkTest, AnyOrderOfEndsGivesTheSame) {
  Random random{7};
  for (int round = 0; round < 200; ++round) {
    Watermark watermark{0};
    std::vector<Watermark::Place> open;
    std::vector<bool> ended;
    std::size_t told = 0;
    for (int step = 0; step < 60; ++step) {
      if (open.empty() || random.below(2) == 0) {
        open.push_back(watermark.enter(ended.size() + 1));
        ended.push_back(false);
      } else {
        const std::size_t at = random.below(open.size());
        ended[open[at]] = true;
        watermark.end(open[at], RecordEnd::kDelivered);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
      }
      std::size_t expected = 0;
      while (expected < ended.size() && ended[expected]) ++expected;
      ASSERT_EQ(watermark.upto(), expected);
      ASSERT_EQ(watermark.ahead(), ended.size() - expected);
      if (random.below(4) == 0) told += watermark.take().delivered;
    }
    ASSERT_EQ(told + watermark.take().delivered, watermark.upto());
  }
}

}  // namespace
}  // namespace millrace::esm
