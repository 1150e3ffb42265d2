#include "server/transfers/format/csv_lines.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/transfers/format/record_texts.hpp"

namespace millrace::transfers {
namespace {

using Lines = std::vector<std::vector<std::string>>;

struct ReadLines {
  Lines lines;
  std::string reason;
};
ReadLines read_lines(std::string_view text, std::size_t portion, char delimiter = ',') {
  CsvLines reader{delimiter};
  ReadLines read;
  for (bool more = true; more;) {
    more = !text.empty();
    reader.append(text.substr(0, portion));
    text.remove_prefix(std::min(portion, text.size()));
    if (!more) reader.end();
    for (;;) {
      auto line = reader.next();
      if (line.has_error()) {
        read.reason = line.error().reason;
        return read;
      }
      if (!*line) break;
      read.lines.push_back((*line)->values);
    }
  }
  return read;
}

TEST(CsvLines, Rfc4180InPortionsOfAnySize) {
  const std::string text = "a,b\r\n\"c,\"\"d\"\"\",\"e\nf\"\n\n,\r\n\"\",last";
  const Lines expected{{"a", "b"}, {"c,\"d\"", "e\nf"}, {"", ""}, {"", "last"}};
  for (const std::size_t portion : {1UL, 2UL, 3UL, 5UL, 1000UL}) {
    const auto read = read_lines(text, portion);
    EXPECT_EQ(read.lines, expected) << portion;
    EXPECT_EQ(read.reason, "");
  }
  EXPECT_EQ(read_lines("a;b,c", 9, ';').lines, (Lines{{"a", "b,c"}}));
  EXPECT_EQ(read_lines("a\tb\n", 9, '\t').lines, (Lines{{"a", "b"}}));
  EXPECT_EQ(read_lines("", 9).lines, Lines{});
}

TEST(CsvLines, WhatIsWritenIsRead) {
  const std::vector<std::string> values{"a", "", "b\"c", "d,e", "f\r\ng", "\""};
  std::string text;
  append_csv_line(text, values, ',');
  EXPECT_EQ(read_lines(text, 1).lines, (Lines{values}));
}

TEST(CsvLines, SaysWhatIsWrong) {
  EXPECT_EQ(read_lines("a,\"b", 9).reason, "a quoted value does not end");
  EXPECT_EQ(read_lines("a,\"b\"c\n", 9).reason, "something follows the end of a quoted value");
  EXPECT_EQ(read_lines("a,b\"\"c\n", 9).reason, "a quote stands within a value that is not quoted");
  EXPECT_EQ(read_lines(std::string(5'000'000, 'a'), 100'000).reason, "a line is longer than 4 MB");
}

ReadResult<std::optional<RecordText>> only_record(const CsvFormat& format, std::string_view text) {
  const auto texts = RecordTexts::make(RecordFormat::kCsv, format);
  texts->append(text);
  texts->end();
  return texts->next();
}

TEST(CsvRecords, ColumnsAreStringsAndKeysHaveTheirTypes) {
  const CsvFormat format{.key_types = {{"n", model::AttributeType::kN}}};
  EXPECT_EQ(only_record(format, "\xEF\xBB\xBFs,n,x\r\nA,1,\"2\"\r\n").value()->json,
            R"({"Item":{"s":{"S":"A"},"n":{"N":"1"},"x":{"S":"2"}}})");
  const CsvFormat with_header{.header = {"pk", "v"}};
  EXPECT_EQ(only_record(with_header, "a,b").value()->json, R"({"Item":{"pk":{"S":"a"},"v":{"S":"b"}}})");
  EXPECT_EQ(only_record(with_header, "a,b,c").error().reason, "a line has 3 values, and the header names 2");
  EXPECT_FALSE(only_record(CsvFormat{}, "only,a,header\n").value().has_value());
}

}  // namespace
}  // namespace millrace::transfers
