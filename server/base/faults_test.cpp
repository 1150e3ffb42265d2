#include "server/base/faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace millrace::base {
namespace {

using ::testing::ElementsAre;

constexpr FaultPoint kPoint = FaultPoint::kStorageCommit;

std::vector<bool> draws(const Faults& faults, FaultPoint point, int count) {
  std::vector<bool> fired;
  for (int draw = 0; draw < count; ++draw) fired.push_back(faults.fires(point));
  return fired;
}

TEST(Faults, WithoutAPlanNothingFires) {
  EXPECT_FALSE(Faults{}.fires(kPoint));
  FaultPlan plan;
  const Faults faults{plan};
  EXPECT_FALSE(faults.planned());
  EXPECT_FALSE(faults.fires(kPoint));
  EXPECT_FALSE(plan.report());
}

TEST(Faults, FireOnTheCallsTheRuleNames) {
  FaultPlan plan;
  plan.set(kPoint, {.after = 1, .times = 2});
  const Faults faults{plan};
  EXPECT_THAT(draws(faults, kPoint, 4), ElementsAre(false, true, true, false));
  EXPECT_FALSE(faults.fires(FaultPoint::kLambdaInvokeError));
  const auto report = plan.report().value();
  const auto& committed = report.points[static_cast<std::size_t>(kPoint)];
  EXPECT_EQ(committed.passed, 4U);
  EXPECT_EQ(committed.fired, 2U);
  EXPECT_EQ(committed.rule->after, 1U);
  const auto& invoked = report.points[static_cast<std::size_t>(FaultPoint::kLambdaInvokeError)];
  EXPECT_EQ(invoked.passed, 1U);
  EXPECT_EQ(invoked.fired, 0U);
  EXPECT_FALSE(invoked.rule);
}

TEST(Faults, ARuleByItselfAlwaysFires) {
  FaultPlan plan;
  plan.replace({.seed = 7, .rules = {{kPoint, {}}}});
  EXPECT_THAT(draws(Faults{plan}, kPoint, 3), ElementsAre(true, true, true));
}

TEST(Faults, ANewPlanCountsAnewAndNoneEndsThem) {
  FaultPlan plan;
  plan.replace({.seed = 1, .rules = {{kPoint, {.times = 1}}}});
  const Faults faults{plan};
  EXPECT_THAT(draws(faults, kPoint, 2), ElementsAre(true, false));
  plan.replace({.seed = 1, .rules = {{kPoint, {.times = 1}}}});
  EXPECT_THAT(draws(faults, kPoint, 2), ElementsAre(true, false));
  plan.replace({.seed = 1, .rules = {{FaultPoint::kEsmRead, {}}}});
  EXPECT_FALSE(faults.fires(kPoint));
  EXPECT_TRUE(faults.fires(FaultPoint::kEsmRead));
  plan.remove();
  EXPECT_FALSE(faults.fires(FaultPoint::kEsmRead));
  EXPECT_FALSE(faults.planned());
  EXPECT_FALSE(plan.report());
}

TEST(Faults, TheSameSeedAndTheSameQuestionsGiveTheSameFaults) {
  const auto run = [](std::uint64_t seed, bool asks_others) {
    FaultPlan plan;
    plan.replace(
        {.seed = seed, .rules = {{kPoint, {.probability = 0.3}}, {FaultPoint::kEsmRead, {.probability = 0.3}}}});
    const Faults faults{plan};
    std::vector<bool> fired;
    for (int draw = 0; draw < 1000; ++draw) {
      if (asks_others) static_cast<void>(faults.fires(FaultPoint::kEsmRead));
      fired.push_back(faults.fires(kPoint));
    }
    return fired;
  };
  const auto faults = run(42, false);
  EXPECT_EQ(run(42, false), faults);
  EXPECT_EQ(run(42, true), faults) << "what happens at other points does not matter";
  EXPECT_NE(run(43, false), faults);
  EXPECT_NEAR(static_cast<double>(std::count(faults.begin(), faults.end(), true)), 300, 60);
}

TEST(Faults, OfProbabilityNoneNeverFire) {
  FaultPlan plan;
  plan.set(kPoint, {.probability = 0.0});
  EXPECT_THAT(draws(Faults{plan}, kPoint, 100), ::testing::Each(false));
}

TEST(Faults, MayBeReplacedWhileTheyAreDrawn) {
  FaultPlan plan;
  const Faults faults{plan};
  std::thread drawing{[&] {
    for (int draw = 0; draw < 20'000; ++draw) static_cast<void>(faults.fires(kPoint));
  }};
  for (int change = 0; change < 200; ++change) {
    plan.replace({.seed = 1, .rules = {{kPoint, {.times = 3}}}});
    const auto report = plan.report().value_or(FaultReport{});
    EXPECT_LE(report.points[static_cast<std::size_t>(kPoint)].fired, 3U);
    plan.remove();
  }
  drawing.join();
}

/// `storage.commit` -> `kStorageCommit`.
std::string enumerator_of(std::string_view name) {
  std::string enumerator{"k"};
  bool starts_word = true;
  for (const char letter : name) {
    const bool separates = letter == '.' || letter == '_';
    if (!separates) enumerator.push_back(starts_word ? static_cast<char>(std::toupper(letter)) : letter);
    starts_word = separates;
  }
  return enumerator;
}

TEST(FaultPoints, AreFoundByTheirNames) {
  std::set<std::string_view> names;
  for (const FaultPointTraits& traits : fault_points()) {
    EXPECT_TRUE(names.insert(traits.name).second) << traits.name;
    EXPECT_FALSE(traits.meaning.empty()) << traits.name;
    EXPECT_EQ(find_fault_point(traits.name), traits.point);
    EXPECT_EQ(name_of(traits.point), traits.name);
    EXPECT_NE(list_fault_points().find(traits.name), std::string::npos);
  }
  EXPECT_FALSE(find_fault_point("storage.comit"));
}

TEST(FaultPoints, AreEachAskedSomewhere) {
  std::string sources;
  for (const auto* const folder : {"server", "handler", "harness"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{std::filesystem::path{MILLRACE_SOURCE_DIR} / folder}) {
      const auto file = entry.path().filename().string();
      if (entry.path().extension() != ".cpp" || file.ends_with("_test.cpp") || file == "fault_points.cpp") continue;
      std::ifstream in{entry.path()};
      sources.append(std::istreambuf_iterator<char>{in}, {});
    }
  }
  ASSERT_GT(sources.size(), 1'000'000U) << "this would prove nothing";
  for (const FaultPointTraits& traits : fault_points()) {
    EXPECT_NE(sources.find("FaultPoint::" + enumerator_of(traits.name)), std::string::npos) << traits.name;
  }
}

}  // namespace
}  // namespace millrace::base
