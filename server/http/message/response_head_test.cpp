#include "server/http/message/response_head.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace millrace::http {
namespace {

using namespace std::chrono_literals;

TEST(ResponseHead, WritesStatusLinesAndFields) {
  std::string out;
  append_status_line(out, 200);
  append_status_line(out, 404);
  append_field(out, "Name", "value");
  append_field(out, "Length", std::uint64_t{18446744073709551615U});
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nHTTP/1.1 404 Not Found\r\nName: value\r\nLength: 18446744073709551615\r\n");
}

TEST(ResponseHead, AValueCannotStartAnotherField) {
  std::string out;
  append_field(out, "Name", "value\r\nSet-Cookie: x");
  EXPECT_EQ(out, "Name: value  Set-Cookie: x\r\n");
}

TEST(DateText, IsTheFixedDateOfHttp) {
  DateText date;
  EXPECT_EQ(date.at(RealTime::TimePoint{784111777s}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(RealTime::TimePoint{784111777s} + 999999us), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(RealTime::TimePoint{784111778s}), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(date.at(RealTime::TimePoint{1709164799s}), "Wed, 28 Feb 2024 23:59:59 GMT");
  EXPECT_EQ(date.at(RealTime::TimePoint{1709164800s}), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(RequestIds, AreUniqueWellFormedAndRepeatable) {
  RequestIds ids{7};
  RequestIds again{7};
  std::set<std::string> seen;
  for (int round = 0; round < 1000; ++round) {
    const std::string id{ids.next_long()};
    EXPECT_EQ(id, again.next_long());
    EXPECT_EQ(id.size(), 52U);
    EXPECT_TRUE(std::all_of(id.begin(), id.end(), [](char letter) {
      return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z');
    }));
    EXPECT_TRUE(seen.insert(id).second);
  }
  const std::string uuid{ids.next_uuid()};
  EXPECT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_EQ(std::count(uuid.begin(), uuid.end(), '-'), 4);
}

}  // namespace
}  // namespace millrace::http
