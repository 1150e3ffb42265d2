#include "harness/replay/event_text.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "server/json/tree.hpp"

namespace millrace::replay {
namespace {

using Json = nlohmann::ordered_json;

Json record(const std::string& text) { return *json::parse_tree<Json>(text); }

TEST(RecordLine, TellsWhatHappenedToWhichItem) {
  EXPECT_EQ(record_line(record(R"({"eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"c-003"},"no":{"N":"1035"}},
      "NewImage":{"id":{"S":"c-003"},"no":{"N":"1035"},"lines":{"L":[]},"status":{"S":"PLACED"}}}})"),
                        Colour::kNone),
            "INSERT c-003/1035  status PLACED, lines");
  EXPECT_EQ(record_line(record(R"({"eventName":"MODIFY","dynamodb":{"Keys":{"id":{"S":"a"}},
      "OldImage":{"id":{"S":"a"},"n":{"N":"1"},"gone":{"S":"x"},"same":{"S":"y"}},
      "NewImage":{"id":{"S":"a"},"n":{"N":"2"},"new":{"BOOL":true},"same":{"S":"y"}}}})"),
                        Colour::kNone),
            "MODIFY a  n 1 → 2, +new true, -gone");
  EXPECT_EQ(record_line(record(R"({"eventName":"REMOVE","dynamodb":{"Keys":{"id":{"S":"a"}},
      "OldImage":{"id":{"S":"a"},"n":{"N":"1"}}}})"),
                        Colour::kNone),
            "REMOVE a  n 1");
}

TEST(RecordLine, FitsTheScreenAndCutsNoCharacter) {
  const auto line = record_line(
      record(R"({"eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"王小明王小明王小明"}},"NewImage":{}}})"),
      Colour::kNone, 10);
  EXPECT_EQ(line, "INSERT 王小…");
}

TEST(RecordLine, ColoursOnlyTheVerb) {
  EXPECT_EQ(record_line(record(R"({"eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"a"}}}})"), Colour::kAnsi),
            "\033[32mINSERT\033[0m a");
}

TEST(RecordLine, LetsNoDataSteerTheTerminal) {
  const auto line = record_line(record(R"({"eventName":"MODIFY","dynamodb":{"Keys":{"id":{"S":"\u001b[2J"}},
      "NewImage":{"id":{"S":"\u001b[2J"},"\u001b[31mname":{"S":"\u001b[31m"}}}})"),
                                Colour::kNone);
  EXPECT_EQ(line.find('\033'), std::string::npos) << line;
  EXPECT_EQ(record_line(record("{\"eventName\":\"REMOVE\",\"dynamodb\":{\"Keys\":{\"id\":{\"S\":\"\u009b2J\"}}}}"),
                        Colour::kNone),
            "REMOVE \u00bf2J");
}

TEST(RecordLine, TakesAnyJson) {
  for (const auto* const text : {"null", "[]", "{}", R"({"dynamodb":1})", R"({"eventName":1,"dynamodb":{"Keys":[1]}})",
                                 R"({"dynamodb":{"Keys":{"id":{}},"NewImage":{"a":[]},"OldImage":7}})"}) {
    EXPECT_LE(record_line(record(text), Colour::kNone).size(), kScreenColumns) << text;
  }
}

TEST(LaidOut, KeepsEverythingWithinTheColumns) {
  const auto event = record(R"({"Records":[{"eventID":"1","dynamodb":{"Keys":{"id":{"S":"a"}},
      "NewImage":{"id":{"S":"a"},"text":{"S":"a longer text than fits"},"more":{"L":[{"N":"1"},{"N":"2"}]}},"x":[]}}]})");
  const std::string text = laid_out(event, 60);
  EXPECT_EQ(record(text), event);
  EXPECT_EQ(json::print_tree(record(text)), json::print_tree(event));
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 60U) << line;
  EXPECT_EQ(text, R"({"Records": [{
  "eventID": "1",
  "dynamodb": {
    "Keys": {"id":{"S":"a"}},
    "NewImage": {
      "id": {"S":"a"},
      "text": {"S":"a longer text than fits"},
      "more": {"L":[{"N":"1"},{"N":"2"}]}
    },
    "x": []
  }
}]})");
}

}  // namespace
}  // namespace millrace::replay
