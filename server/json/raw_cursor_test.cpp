#include "server/json/raw_cursor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::json {
namespace {

/// The scalars of a text with the names above them, as the cursor finds them.
void list(RawCursor& at, const std::string& path, std::vector<std::string>& found) {
  switch (at.kind()) {
    case RawKind::kObject:
      return at.each_member([&](std::string_view name, RawCursor& value) {
        std::string scratch;
        list(value, path + "/" + std::string{content_of(name, scratch)}, found);
      });
    case RawKind::kArray: return at.each_element([&](RawCursor& element) { list(element, path + "[]", found); });
    default: found.push_back(path + "=" + std::string{at.take_scalar()});
  }
}

std::vector<std::string> scalars_of(std::string_view json) {
  RawCursor at{json};
  std::vector<std::string> found;
  list(at, "", found);
  return found;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RawCursor, FindsEveryScalarWithItsSpelling) {
  EXPECT_THAT(scalars_of(R"({"a":{"S":"x\"y"},"b":[1.50,true,null,{"c":-2e3}],"":{},"d":[]})"),
              ElementsAre(R"(/a/S=x\"y)", "/b[]=1.50", "/b[]=true", "/b[]=null", "/b[]/c=-2e3"));
  EXPECT_THAT(scalars_of("\"x\""), ElementsAre("=x"));
  EXPECT_THAT(scalars_of(" 7 "), ElementsAre("=7"));
}

TEST(RawCursor, ReadsOverBlanks) {
  EXPECT_THAT(scalars_of(" { \"a\" : [ 1 , \"x\" ] ,\n\t\"b\" : { } , \"c\":false } "),
              ElementsAre("/a[]=1", "/a[]=x", "/c=false"));
}

TEST(RawCursor, StepsOverAWholeValue) {
  std::vector<std::string> names;
  RawCursor at{R"({"a":{"x":["}","\\",{"y":"\\\""}]},"b":"\\","c":12,"d":[[]],"e":null})"};
  at.each_member([&](std::string_view name, RawCursor& value) {
    names.emplace_back(name);
    value.skip();
  });
  EXPECT_THAT(names, ElementsAre("a", "b", "c", "d", "e"));
}

TEST(RawCursor, AVisitMayEndEarly) {
  std::vector<std::string> names;
  RawCursor at{R"({"a":1,"b":2,"c":3})"};
  at.each_member([&](std::string_view name, RawCursor& value) {
    names.emplace_back(name);
    value.skip();
    return name != "b";
  });
  EXPECT_THAT(names, ElementsAre("a", "b"));
}

TEST(RawCursor, GivesTheContentOfNamesAndStrings) {
  std::string scratch;
  EXPECT_EQ(content_of("plain", scratch), "plain");
  EXPECT_TRUE(scratch.empty());
  EXPECT_EQ(content_of(R"(a\"b\\c\u00e9)", scratch), "a\"b\\c\u00e9");
  EXPECT_EQ(content_of("", scratch), "");
}

TEST(RawCursor, LeavesWhatIsNoJsonWithoutReadingOn) {
  for (const std::string_view text :
       {"",   "{",  "[",   "{\"",           "{\"a", "{\"a\"",  "{\"a\":",   "{\"a\":}", "[,", "[,,]",
        "{]", "[}", "{,}", "{\"a\" \"b\"}", "\"\\", "[\"\\\"", "{\"a\":[{", "]",        "}",  ":"}) {
    scalars_of(text);
    RawCursor at{text};
    at.skip();
  }
  EXPECT_THAT(scalars_of("{"), IsEmpty());
}

}  // namespace
}  // namespace millrace::json
