#include "server/rest/event_stream.hpp"

#include <gtest/gtest.h>

namespace millrace::rest {
namespace {

std::string event(std::string_view name, std::string_view data) {
  std::string text;
  append_event(text, name, data);
  return text;
}

TEST(EventStream, AnEventIsItsNameAndTheLinesOfItsData) {
  EXPECT_EQ(event("status", "{}"), "event: status\ndata: {}\n\n");
  EXPECT_EQ(event("two", "a\nb"), "event: two\ndata: a\ndata: b\n\n");
  EXPECT_EQ(event("none", ""), "event: none\ndata: \n\n");
}

TEST(EventStream, IsAskedForByAccept) {
  std::string body;
  std::string accept;
  const http::Request request{
      .method = "GET", .path = "/", .query = "", .body = body, .header = [&](std::string_view name) {
        return name == "Accept" ? std::string_view{accept} : std::string_view{};
      }};
  EXPECT_FALSE(wants_events(request));
  accept = "application/json";
  EXPECT_FALSE(wants_events(request));
  accept = "text/event-stream, */*";
  EXPECT_TRUE(wants_events(request));
}

}  // namespace
}  // namespace millrace::rest
