// Resolved conditions, updates, projections and key terms are values: they outlive the request they come from, and so
// do their copies. AddressSanitizer sees what still refers to it.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "server/expression/condition.hpp"
#include "server/expression/key_condition.hpp"
#include "server/expression/legacy.hpp"
#include "server/expression/projection.hpp"
#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/test_values.hpp"
#include "server/expression/update.hpp"

namespace millrace::expression {
namespace {

using namespace testing;

// Longer than what a std::string keeps within itself.
const std::string kLongName = "an attribute with a long name";
const std::string kLongText = "a text that needs memory of its own";

Placeholders placeholders_of_a_request() {
  return Placeholders{names({{"#a", kLongName}}), item({{":v", s(kLongText)}})};
}

/// What a container does with a value: copies, moves, and drops the original.
template <class T>
T moved_about(T value) {
  std::vector<T> kept{std::move(value)};
  T copy = kept.front();
  kept.clear();
  return copy;
}

ResolvedCondition condition_of_a_request(ExpressionKind kind) {
  auto placeholders = placeholders_of_a_request();
  auto ast = parse_condition(kind, "#a = :v");
  return moved_about(*resolve_condition(shared(*std::move(ast)), placeholders));
}

TEST(ResolvedForms, KeepWhatAConditionMentions) {
  const auto condition = condition_of_a_request(ExpressionKind::kCondition);
  const auto holding = item({{kLongName, s(kLongText)}});
  EXPECT_TRUE(evaluate(condition, &holding));
  EXPECT_EQ(top_level_attributes(condition), std::vector<std::string_view>{kLongName});
}

TEST(ResolvedForms, KeepWhatAnUpdateMentions) {
  const auto update = [] {
    auto placeholders = placeholders_of_a_request();
    auto ast = parse_update("SET #a = :v");
    return moved_about(*resolve_update(shared(*std::move(ast)), placeholders));
  }();
  EXPECT_TRUE(*apply(update, {}, ItemState::kMissing) == item({{kLongName, s(kLongText)}}));
}

TEST(ResolvedForms, KeepWhatAProjectionMentions) {
  const auto projection = [] {
    Placeholders placeholders{names({{"#a", kLongName}}), std::nullopt};
    auto ast = parse_projection("#a");
    return moved_about(*resolve_projection(shared(*std::move(ast)), placeholders));
  }();
  EXPECT_TRUE(project(projection, item({{kLongName, n("1")}, {"b", n("2")}})) == item({{kLongName, n("1")}}));
}

TEST(ResolvedForms, KeepWhatKeyTermsMention) {
  const auto terms = moved_about(*translate_key_condition(condition_of_a_request(ExpressionKind::kKeyCondition)));
  ASSERT_EQ(terms.size(), 1U);
  EXPECT_EQ(terms.front().attribute, kLongName);
  EXPECT_TRUE(terms.front().values.front() == s(kLongText));
}

TEST(ResolvedForms, KeepWhatLegacyParametersMention) {
  const auto holding = item({{kLongName, s(kLongText)}});
  const auto expected = moved_about(*resolve_expected(
      {{kLongName, s(kLongText), std::nullopt, std::nullopt, std::nullopt}}, ConditionalOperator::kAnd));
  EXPECT_TRUE(evaluate(expected, &holding));
  const auto filter =
      moved_about(*resolve_filter({{kLongName, LegacyOperator::kEq, {s(kLongText)}}}, ConditionalOperator::kAnd));
  EXPECT_TRUE(evaluate(filter, &holding));
  const auto update = moved_about(*resolve_attribute_updates({{kLongName, LegacyAction::kPut, s(kLongText)}}));
  EXPECT_TRUE(*apply(update, {}, ItemState::kMissing) == holding);
  const auto projection = [] {
    const std::vector<std::string> wanted{kLongName};
    return moved_about(*resolve_attributes_to_get(wanted));
  }();
  EXPECT_TRUE(project(projection, holding) == holding);
}

}  // namespace
}  // namespace millrace::expression
