#include "server/transfers/format/value_splitter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::transfers {
namespace {

using Values = std::vector<std::string>;

Values split(ValueLanguage language, std::string_view text, std::size_t portion) {
  ValueSplitter splitter{language};
  Values values;
  for (bool more = true; more;) {
    more = !text.empty();
    splitter.append(text.substr(0, portion));
    text.remove_prefix(std::min(portion, text.size()));
    if (!more) splitter.end();
    auto found = splitter.next();
    for (; found == ValueSplitter::Found::kValue; found = splitter.next()) values.emplace_back(splitter.value());
    if (found == ValueSplitter::Found::kTooLong) values.emplace_back("too long");
    if (found == ValueSplitter::Found::kTooLong) return values;
  }
  return values;
}

TEST(ValueSplitter, JsonObjectsWithAndWithoutLines) {
  const std::string text = "{\"a\":\"}{\\\"\"}\n  {\"b\":[{}]}{\"c\":{}}\r\n\nno object\n{\"d\":1";
  const Values expected{"{\"a\":\"}{\\\"\"}", "{\"b\":[{}]}", "{\"c\":{}}", "no object\n", "{\"d\":1"};
  for (const std::size_t portion : {1UL, 2UL, 3UL, 7UL, 1000UL}) {
    EXPECT_EQ(split(ValueLanguage::kJson, text, portion), expected) << portion;
  }
  EXPECT_EQ(split(ValueLanguage::kJson, " \n ", 2), Values{});
}

TEST(ValueSplitter, IonStructsWithCommentsBlobsAndStrings) {
  const std::string text =
      "$ion_1_0 {a:\"}\", b:'}', c:'''}'}''', d:{{ //8= }}, /* } */ e:1 // }\n}\n$ion_1_0 {f:x::{}}\n{g:[{}]}";
  const Values expected{"$ion_1_0 {a:\"}\", b:'}', c:'''}'}''', d:{{ //8= }}, /* } */ e:1 // }\n}",
                        "$ion_1_0 {f:x::{}}", "{g:[{}]}"};
  for (const std::size_t portion : {1UL, 2UL, 3UL, 7UL, 1000UL}) {
    EXPECT_EQ(split(ValueLanguage::kIon, text, portion), expected) << portion;
  }
}

TEST(ValueSplitter, ARecordIsBounded) {
  EXPECT_EQ(split(ValueLanguage::kJson, "{\"a\":\"" + std::string(5'000'000, 'a'), 100'000), (Values{"too long"}));
}

}  // namespace
}  // namespace millrace::transfers
