#include "server/http/message/utf8.hpp"

#include <gtest/gtest.h>

#include "server/http/message/parsed_request.hpp"
#include "server/http/routing/router.hpp"
#include "server/http/routing/web_guard.hpp"

namespace millrace::http {
namespace {

std::string as_utf8(std::string_view text) {
  std::string out;
  append_as_utf8(out, text);
  return out;
}

TEST(AppendAsUtf8, KeepsWhatIsWellFormed) {
  for (const std::string_view text : {"", "abc", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "\xED\x9F\xBF\xEE\x80\x80",
                                      "\xF4\x8F\xBF\xBF", "\xC2\x80\xE0\xA0\x80\xF0\x90\x80\x80"}) {
    EXPECT_EQ(as_utf8(text), text);
  }
}

TEST(AppendAsUtf8, ReplacesEveryOtherByte) {
  const struct {
    std::string_view text;
    std::string_view expected;
  } cases[] = {
      {"a\xFFz", "a\xEF\xBF\xBDz"},
      {"\x80", "\xEF\xBF\xBD"},
      {"\xC3", "\xEF\xBF\xBD"},                                                  // cut short
      {"\xC3(", "\xEF\xBF\xBD("},                                                // not continued
      {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},                                  // longer than it need be
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},                  // a surrogate
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // beyond Unicode
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(as_utf8(text), expected);
}

TEST(AppendAsUtf8, FindsAByteAnywhere) {
  for (std::size_t length = 1; length <= 20; ++length) {
    const std::string ascii(length, '~');
    EXPECT_EQ(as_utf8(ascii), ascii);
    for (std::size_t at = 0; at < length; ++at) {
      std::string text = ascii;
      text[at] = '\x80';
      EXPECT_EQ(as_utf8(text), ascii.substr(0, at) + "\xEF\xBF\xBD" + ascii.substr(at + 1));
    }
  }
}

TEST(RequestText, IsUtf8WhateverComes) {
  EXPECT_EQ(percent_decode("a%FFb"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(percent_decode("%C3%A4"), "\xC3\xA4");
  EXPECT_EQ(query_parameter("Marker=%80", "Marker"), "\xEF\xBF\xBD");
  const ParsedRequest request{"GET /a\xFF?b=\xFE HTTP/1.1\r\nHost: \xFD\r\nX: \xC3\xA4\r\nDate: now\r\n\r\n"};
  ASSERT_TRUE(request.is_complete());
  EXPECT_EQ(request.head.path(), "/a\xEF\xBF\xBD");
  EXPECT_EQ(request.head.query(), "b=\xEF\xBF\xBD");
  EXPECT_EQ(request.head.known(KnownField::kHost), "\xEF\xBF\xBD");
  EXPECT_EQ(request.head.find("x"), "\xC3\xA4");
  EXPECT_EQ(request.head.known(KnownField::kDate), "now");  // behind text that has become longer
  const std::string text = WebGuard::explain(Verdict::kForeignPage, {"a", "http://\xFF", {}}, Surface::kDynamo);
  EXPECT_EQ(as_utf8(text), text);
}

}  // namespace
}  // namespace millrace::http
