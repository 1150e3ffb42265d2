#include "server/time/time_text.hpp"

#include <gtest/gtest.h>

namespace millrace::time {
namespace {

using namespace std::chrono_literals;

TEST(TimeText, ReadsTimesAsPeopleWriteThem) {
  const TimePoint noon{1'767'268'800s};  // 2026-01-01 12:00 UTC
  for (const auto* text : {"2026-01-01T12:00:00Z", "2026-01-01T12:00:00", "2026-01-01 12:00:00Z", "2026-01-01T12:00Z",
                           "2026-01-01T14:00:00+02:00", "2026-01-01T07:30:00-0430", "1767268800"}) {
    EXPECT_EQ(parse_time(text), noon) << text;
  }
  EXPECT_EQ(parse_time("2026-01-01"), noon - 12h);
  EXPECT_EQ(parse_time("2026-01-01T12:00:00.25Z"), noon + 250ms);
  EXPECT_EQ(parse_time("2026-01-01T12:00:00.123456789Z"), noon + 123'456us);
  EXPECT_EQ(parse_time("1767268800.5"), noon + 500ms);
  EXPECT_EQ(parse_time("1970-01-01"), TimePoint{});
}

TEST(TimeText, RefusesOtherTimes) {
  for (const auto* text :
       {"", "now", "tomorrow", "2026-02-30", "2026-13-01", "2026-1-1", "2026-01-01T", "2026-01-01T25:00:00Z",
        "2026-01-01T12:00:00.Z", "2026-01-01T12:00:00Zz", "2026-01-01T12:00:00 CET", "1969-12-31", "-1", "1e9",
        "1767268800000", "-026-01-01", "2026-01-01T12:00:61Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(TimeText, ReadsDurations) {
  EXPECT_EQ(parse_duration("4h"), 4h);
  EXPECT_EQ(parse_duration("16m"), 16min);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("1.5h"), 90min);
  EXPECT_EQ(parse_duration("2d"), 48h);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("1s250ms"), 1250ms);
  EXPECT_EQ(parse_duration("90"), 90s);
  EXPECT_EQ(parse_duration("0.25"), 250ms);
  EXPECT_EQ(parse_duration("0"), 0s);
}

TEST(TimeText, RefusesOtherDurations) {
  for (const auto* text : {"", "-4h", "+4h", "4 h", "4hours", "h", "1h30", "1e3", "4h ", "inf", "nan", "40000d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace millrace::time
