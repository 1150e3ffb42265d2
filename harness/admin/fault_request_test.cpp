#include "harness/admin/fault_request.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "harness/admin/report_json.hpp"

namespace millrace::admin {
namespace {

using Json = nlohmann::json;

TEST(FaultRequestTest, ReadsItsMembers) {
  const auto plan = parse_fault_plan(
      R"({"seed":18446744073709551615,"points":{"storage.commit":{"probability":0.25,"times":3,"after":10},"esm.read":{}}})");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_EQ(plan->seed, 18'446'744'073'709'551'615U);
  ASSERT_EQ(plan->rules.size(), 2U);
  const base::FaultRule& commit = plan->rules.at(FaultPoint::kStorageCommit);
  EXPECT_EQ(commit.probability, 0.25);
  EXPECT_EQ(commit.times, 3U);
  EXPECT_EQ(commit.after, 10U);
  const base::FaultRule& read = plan->rules.at(FaultPoint::kEsmRead);
  EXPECT_EQ(read.probability, 1.0);
  EXPECT_FALSE(read.times);
  EXPECT_EQ(read.after, 0U);
}

TEST(FaultRequestTest, EverythingMayBeAbsent) {
  const auto plan = parse_fault_plan("{}");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_EQ(plan->seed, 0U);
  EXPECT_TRUE(plan->rules.empty());
}

TEST(FaultRequestTest, RefusesWhatItDoesNotUnderstandWithASentence) {
  for (const auto* text :
       {"", "[]", "{", R"({"seed":-1})", R"({"seed":"7"})", R"({"points":[]})", R"({"sead":1})",
        R"({"points":{"storage.commit":true}})", R"({"points":{"storage.commit":{"probability":1.5}}})",
        R"({"points":{"storage.commit":{"probability":"1"}}})", R"({"points":{"storage.commit":{"times":-1}}})",
        R"({"points":{"storage.commit":{"after":0.5}}})", R"({"points":{"storage.commit":{"first":1}}})"}) {
    const auto plan = parse_fault_plan(text);
    ASSERT_TRUE(plan.has_error()) << text;
    EXPECT_EQ(plan.error().kind, ErrorKind::kLambdaInvalidParameterValue);
    EXPECT_TRUE(plan.error().message.ends_with('.')) << plan.error().message;
  }
  EXPECT_EQ(parse_fault_plan(R"({"points":{"storage.comit":{}}})").error().message,
            "There is no fault point 'storage.comit'; there are " + base::list_fault_points() + ".");
  EXPECT_EQ(parse_fault_plan(R"({"points":{"esm.read":{"probability":2}}})").error().message,
            "probability of esm.read must be a number between 0 and 1.");
  EXPECT_EQ(parse_fault_plan(R"({"points":{"esm.read":{"first":2}}})").error().message,
            "The rule of esm.read has no member 'first'; it has probability, times and after.");
}

TEST(FaultReportTest, TellsOfEveryPoint) {
  FaultPlan plan;
  plan.replace({.seed = 7, .rules = {{FaultPoint::kStorageCommit, {.probability = 0.5, .times = 0}}}});
  EXPECT_FALSE(plan.draw(FaultPoint::kStorageCommit));
  std::string text;
  append_faults_json(text, plan.report());
  const Json report = Json::parse(text);
  EXPECT_EQ(report.at("planned"), true);
  EXPECT_EQ(report.at("seed"), 7);
  EXPECT_EQ(report.at("points").size(), base::kFaultPointCount);
  Json commit = report.at("points").at("storage.commit");
  EXPECT_FALSE(commit.at("meaning").get<std::string>().empty());
  commit.erase("meaning");
  EXPECT_EQ(commit, (Json{{"probability", 0.5}, {"after", 0}, {"times", 0}, {"passed", 1}, {"fired", 0}}));
  Json read = report.at("points").at("esm.read");
  read.erase("meaning");
  EXPECT_EQ(read, (Json{{"passed", 0}, {"fired", 0}}));
}

TEST(FaultReportTest, WithoutAPlanTellsWhichPointsThereAre) {
  std::string text;
  append_faults_json(text, std::nullopt);
  const Json report = Json::parse(text);
  EXPECT_EQ(report.at("planned"), false);
  EXPECT_EQ(report.at("points").size(), base::kFaultPointCount);
  EXPECT_FALSE(report.at("points").at("esm.read").contains("passed"));
}

}  // namespace
}  // namespace millrace::admin
