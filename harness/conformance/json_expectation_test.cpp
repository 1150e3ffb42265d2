#include "harness/conformance/json_expectation.hpp"

#include <gtest/gtest.h>

namespace millrace::conformance {
namespace {

class JsonExpectation : public testing::Test {
 protected:
  std::size_t differing(const char* expected, const char* actual, Extent extent = Extent::kExact) {
    return differences(Json::parse(expected), Json::parse(actual), extent, captured_).size();
  }
  std::map<std::string, Json> captured_;
};

TEST_F(JsonExpectation, ComparesNumbersByValueAndMembersInAnyOrder) {
  EXPECT_EQ(differing(R"({"a":1,"b":[2]})", R"({"b":[2],"a":1.0})"), 0U);
  EXPECT_EQ(differing(R"({"a":{"b":1,"c":2}})", R"({"a":{"c":2,"b":1}})"), 0U);
}

TEST_F(JsonExpectation, ReportsEveryDifferenceOfAnExactBody) {
  EXPECT_EQ(differing(R"({"a":1,"b":2})", R"({"a":3,"c":4})"), 3U);
  EXPECT_EQ(differing(R"([1,2])", R"([1])"), 1U);
  EXPECT_EQ(differing(R"({"a":"1"})", R"({"a":1})"), 1U);
}

TEST_F(JsonExpectation, AllowsFurtherMembersInAPartialBody) {
  EXPECT_EQ(differing(R"({"a":{"b":1}})", R"({"a":{"b":1,"c":2},"d":3})", Extent::kPartial), 0U);
  EXPECT_EQ(differing(R"({"a":[1]})", R"({"a":[1,2]})", Extent::kPartial), 1U);
}

TEST_F(JsonExpectation, MatchesTypesTextsLengthsAndRanges) {
  EXPECT_EQ(differing(R"({"$any":"string|number"})", "7"), 0U);
  EXPECT_EQ(differing(R"({"$any":"string"})", "7"), 1U);
  EXPECT_EQ(differing(R"({"$matches":"a+"})", R"("aaa")"), 0U);
  EXPECT_EQ(differing(R"({"$matches":"a+"})", R"("aab")"), 1U);
  EXPECT_EQ(differing(R"({"$length":2})", "[1,2]"), 0U);
  EXPECT_EQ(differing(R"({"$length":2})", R"("abc")"), 1U);
  EXPECT_EQ(differing(R"({"$between":[1,2]})", "1.5"), 0U);
  EXPECT_EQ(differing(R"({"$between":[1,2]})", "3"), 1U);
}

TEST_F(JsonExpectation, FindsElementsInAnyOrderOnceEach) {
  EXPECT_EQ(differing(R"({"$unordered":[1,2,2]})", "[2,1,2]"), 0U);
  EXPECT_EQ(differing(R"({"$unordered":[1,2,2]})", "[2,1,1]"), 1U);
  EXPECT_EQ(differing(R"({"$unordered":[1]})", "[1,1]"), 1U);
}

TEST_F(JsonExpectation, RequiresAbsence) {
  EXPECT_EQ(differing(R"({"a":{"$absent":true}})", "{}"), 0U);
  EXPECT_EQ(differing(R"({"a":{"$absent":true}})", R"({"a":null})"), 1U);
}

TEST_F(JsonExpectation, RemembersWhatItCaptures) {
  EXPECT_EQ(differing(R"({"a":{"$capture":"x","$any":"object"}})", R"({"a":{"b":1}})"), 0U);
  EXPECT_EQ(captured_.at("x"), Json::parse(R"({"b":1})"));
}

}  // namespace
}  // namespace millrace::conformance
