// Why a record was not delivered, in sentences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/esm/filter/matcher.hpp"

namespace millrace::esm {
namespace {

std::vector<std::string> sentences(const std::string& pattern, const std::string& record) {
  std::vector<std::string> told;
  const auto explained = Matcher{{std::get<Pattern>(Pattern::parse(pattern))}}.explain(record);
  for (const Explanation::Refusal& refusal : explained.front().refusals) told.push_back(refusal.sentence);
  return told;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Explanation, NamesThePathTheWishAndTheValue) {
  EXPECT_THAT(sentences(R"({"eventName":["INSERT",{"prefix":"x"}],"a":[1]})", R"({"eventName":"MODIFY","a":1})"),
              ElementsAre(R"(eventName is "MODIFY", and the filter asks for ["INSERT",{"prefix":"x"}].)"));
  EXPECT_THAT(sentences(R"({"a":{"b":["x"]}})", R"({"a":{}})"),
              ElementsAre(R"(a.b is not there, and the filter asks for ["x"].)"));
  EXPECT_THAT(sentences(R"({"a":[{"exists":false}]})", R"({"a":null})"),
              ElementsAre(R"(a is null, and the filter asks for [{"exists":false}].)"));
  EXPECT_THAT(sentences(R"({"a":["x"]})", R"({"a":"x"})"), IsEmpty());
}

TEST(Explanation, TellsTheCureOfCommonMistakes) {
  EXPECT_THAT(
      sentences(R"({"n":{"N":[{"numeric":[">",1]}]}})", R"({"n":{"N":"5"}})"),
      ElementsAre(R"(n.N is "5", and the filter asks for [{"numeric":[">",1]}]. Numbers of DynamoDB are strings )"
                  "in a record, which numeric does not compare."));
  EXPECT_THAT(sentences(R"({"s":["x"]})", R"({"s":{"S":"x"}})"),
              ElementsAre(R"(s is an object and no value, and the filter asks for ["x"]. Only values count: name the )"
                          "type below it, as in s.S."));
}

TEST(Explanation, ShowsAFewOfManyValues) {
  EXPECT_THAT(sentences(R"({"a":["x"]})", R"({"a":[1,2,3,4,5]})"),
              ElementsAre(R"(a is 1, 2, 3, …, and the filter asks for ["x"].)"));
  const std::string shown = sentences(R"({"a":["x"]})", R"({"a":")" + std::string(79, 'y') + "ää\"}").front();
  EXPECT_THAT(shown, testing::StartsWith("a is \"" + std::string(79, 'y') + "…\""));
}

TEST(Explanation, TellsOfAnArrayNoElementOfWhichWillDo) {
  EXPECT_THAT(sentences(R"({"l":{"a":[1],"b":[2]}})", R"({"l":[{"a":1},{"b":2}]})"),
              ElementsAre("Each clause holds, but not within one element of the array that several of them look into: "
                          "l.a l.b."));
}

TEST(Explanation, TellsOfEachClauseOfAllAlternativesOnce) {
  EXPECT_THAT(sentences(R"({"s":["x"],"$or":[{"a":[1]},{"b":[1]}]})", R"({"s":"y","a":2})"),
              ElementsAre(R"(s is "y", and the filter asks for ["x"].)", "a is 2, and the filter asks for [1].",
                          "b is not there, and the filter asks for [1]."));
}

}  // namespace
}  // namespace millrace::esm
