#include "harness/esm/filter/matcher.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::esm {
namespace {

Pattern parsed_pattern(const std::string& text) { return std::get<Pattern>(Pattern::parse(text)); }

TEST(Matcher, HoldsMoreClausesThanItKeepsAtHand) {
  std::string text = "{";
  std::string record = "{";
  for (int at = 0; at < 200; ++at) {
    const std::string comma = at > 0 ? "," : "";
    text += comma + "\"n" + std::to_string(at) + "\":[" + std::to_string(at) + "]";
    record += comma + "\"n" + std::to_string(at) + "\":" + std::to_string(at);
  }
  const Matcher matcher{{parsed_pattern(text + "}")}};
  EXPECT_TRUE(matcher.matches(record + "}"));
  record.replace(record.find(":7,"), 3, ":8,");
  EXPECT_FALSE(matcher.matches(record + "}"));
}

TEST(Matcher, LooksAtNothingBehindTheLastPathOfAStreamRecord) {
  const auto matches = [](const std::string& pattern, const std::string& record) {
    return Matcher{{parsed_pattern(pattern)}, Matcher::Events::kStreamRecords}.matches(record);
  };
  const std::string record =
      R"({"eventName":"INSERT","dynamodb":{"Keys":{"k":{"S":"a"}},"NewImage":{"a":{"M":{"b":{"S":"x"}}},"a.M.b":{"S":"y"}},)"
      R"("SizeBytes":7},"eventSourceARN":"arn"})";
  EXPECT_TRUE(matches(R"({"eventName":["INSERT"]})", record));
  EXPECT_TRUE(matches(R"({"dynamodb":{"NewImage":{"a":{"M":{"b":{"S":["y"]}}}}}})", record))
      << "names of users may have dots";
  EXPECT_TRUE(matches(
      R"({"dynamodb":{"SizeBytes":[7],"NewImage":{"a":{"M":{"b":{"S":["x"]}}}}},"eventName":["INSERT"]})", record));
  EXPECT_TRUE(matches(R"({"eventSourceARN":["arn"],"dynamodb":{"Keys":{"k":{"S":["a"]}}}})", record));
  EXPECT_TRUE(matches(R"({"dynamodb":{"OldImage":{"a":{"S":[{"exists":false}]}}},"eventName":["INSERT"]})", record));
  EXPECT_FALSE(matches(R"({"eventName":["INSERT"],"eventSourceARN":["other"]})", record));
}

TEST(Matcher, WithoutPatternsNothingMatches) { EXPECT_FALSE(Matcher{{}}.matches("{}")); }

TEST(Matcher, LooksNoDeeperThanRecordsNest) {
  std::string record = R"({"a":)" + std::string(600, '[') + "1" + std::string(600, ']') + "}";
  const Matcher matcher{{parsed_pattern(R"({"a":[1]})")}};
  EXPECT_FALSE(matcher.matches(record));
  record = R"({"a":)" + std::string(500, '[') + "1" + std::string(500, ']') + "}";
  EXPECT_TRUE(matcher.matches(record));
}

TEST(Matcher, ChoosesAmongElementsWithManyClauses) {
  std::string clauses;
  std::string fields;
  for (int at = 0; at < 100; ++at) {
    const std::string name = (at > 0 ? ",\"f" : "\"f") + std::to_string(at) + "\":";
    clauses += name + "[1]";
    fields += name + "1";
  }
  const Matcher matcher{{parsed_pattern(R"({"l":{)" + clauses + "}}")}};
  EXPECT_TRUE(matcher.matches(R"({"l":[{"f0":1},{)" + fields + "}]}"));
  std::string lacking = fields;
  lacking.replace(lacking.find("\"f50\":1"), 7, "\"f50\":2");
  EXPECT_FALSE(matcher.matches(R"({"l":[{"f50":1},{)" + lacking + "}]}")) << "all of them in one element";
}

TEST(Matcher, LeavesWhatIsNoJsonAlone) {
  const Matcher matcher{{parsed_pattern(R"({"a":{"b":[1]}})")}};
  for (const char* const text : {"", "{", "{\"a\":", "{\"a\":{\"b\":[", "[[", "}"}) EXPECT_FALSE(matcher.matches(text));
}

}  // namespace
}  // namespace millrace::esm
