// ExpressionAttributeNames and -Values: API reference 3.4 and 2.4.
#include "server/expression/syntax/placeholders.hpp"

#include <gtest/gtest.h>

#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

using namespace testing;

constexpr std::size_t kTwoMegabytes = std::size_t{2} * 1024 * 1024;

AttributeNames many_names(int count, std::size_t bytes) {
  AttributeNames names;
  for (int n = 0; n < count; ++n) names.emplace_back("#n" + std::to_string(n), std::string(bytes, 'x'));
  return names;
}

TEST(Placeholders, RejectsMalformedTables) {
  struct Rejection {
    std::optional<AttributeNames> names;
    std::optional<AttributeMap> values;
    std::string error;
  };
  const Rejection cases[] = {
      {AttributeNames{}, AttributeMap{}, "ExpressionAttributeNames must not be empty"},
      {std::nullopt, AttributeMap{}, "ExpressionAttributeValues must not be empty"},
      {names({{"a", "x"}}), AttributeMap{}, "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\""},
      {names({{"#", "x"}}), std::nullopt, "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\""},
      {names({{"#a-b", "x"}}), std::nullopt,
       "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a-b\""},
      {names({{"#a", ""}}), std::nullopt,
       "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"},
      {names({{"#a", "x"}}), item({{"v", s("1")}}),
       "ExpressionAttributeValues contains invalid key: Syntax error; key: \"v\""},
      {names({{"#a", "x"}}), item({{":v", s("1")}}), "ok"},
      {names({{"#" + std::string(254, 'a'), "x"}}), item({{":" + std::string(254, 'v'), s("1")}}), "ok"},
      {names({{"#" + std::string(255, 'a'), "x"}}), std::nullopt,
       "ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; "
       "size of key: 256"},
      {std::nullopt, item({{":" + std::string(300, 'v'), s("1")}}),
       "ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that is too long; "
       "size of key: 301"},
      {names({{"#a", "x"}}), item({{":v", s(std::string(kTwoMegabytes - 5, 'x'))}}), "ok"},
      {names({{"#a", "x"}}), item({{":v", s(std::string(kTwoMegabytes - 4, 'x'))}}),
       "Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size"},
      {names({{"#a", std::string(65'536, 'x')}}), std::nullopt,
       "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than 65536 bytes "
       "for "
       "key #a"},
      {many_names(33, 65'535), std::nullopt, "ExpressionAttributeNames exceeds max size"},
      {std::nullopt, item({{":v", s(std::string(kTwoMegabytes, 'x'))}}), "ExpressionAttributeValues exceeds max size"},
  };
  for (const auto& rejection : cases) {
    EXPECT_EQ(error_of(Placeholders{rejection.names, rejection.values}.check()), rejection.error);
  }
}

TEST(Placeholders, ReportsUnusedNamesThenValues) {
  Placeholders placeholders{names({{"#b", "y"}, {"#a", "x"}, {"#c", "z"}}), item({{":v", s("1")}, {":w", s("2")}})};
  EXPECT_EQ(*placeholders.use_name("#b"), "y");
  EXPECT_EQ(placeholders.use_name("#x"), nullptr);
  EXPECT_EQ(error_of(placeholders.check_all_used()),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #c}");
  EXPECT_NE(placeholders.use_name("#a"), nullptr);
  EXPECT_NE(placeholders.use_name("#c"), nullptr);
  EXPECT_EQ(*placeholders.use_value(":w"), s("2"));
  EXPECT_EQ(placeholders.use_value(":x"), nullptr);
  EXPECT_EQ(error_of(placeholders.check_all_used()),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}");
  EXPECT_EQ(error_of(placeholders.check_names_used()), "ok");
  EXPECT_NE(placeholders.use_value(":v"), nullptr);
  EXPECT_EQ(error_of(placeholders.check_all_used()), "ok");
}

TEST(Mixing, NamesBothSidesInOrder) {
  const RequestMember legacy[] = {
      {"AttributesToGet", false}, {"QueryFilter", true}, {"ConditionalOperator", true}, {"KeyConditions", true}};
  const RequestMember projection_only[] = {
      {"ProjectionExpression", true}, {"FilterExpression", false}, {"KeyConditionExpression", false}};
  EXPECT_EQ(error_of(check_not_mixed(legacy, projection_only)),
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            "{QueryFilter, ConditionalOperator} Expression parameters: {ProjectionExpression}");
  const RequestMember all[] = {
      {"ProjectionExpression", true}, {"FilterExpression", true}, {"KeyConditionExpression", true}};
  EXPECT_EQ(error_of(check_not_mixed(legacy, all)),
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            "{QueryFilter, ConditionalOperator, KeyConditions} Expression parameters: {ProjectionExpression, "
            "FilterExpression, KeyConditionExpression}");
  const RequestMember key_conditions[] = {{"KeyConditions", true}};
  EXPECT_EQ(error_of(check_not_mixed(key_conditions, projection_only)), "ok");
  EXPECT_EQ(error_of(check_not_mixed(legacy, {})), "ok");
}

TEST(ExpressionsPresent, WordsItPerOperation) {
  const Placeholders named{names({{"#a", "x"}}), std::nullopt};
  const Placeholders valued{std::nullopt, item({{":v", s("1")}})};
  const RequestMember put[] = {{"ConditionExpression", false}};
  const RequestMember update[] = {{"UpdateExpression", false}, {"ConditionExpression", false}};
  const RequestMember scan[] = {{"ProjectionExpression", true}, {"FilterExpression", false}};
  const RequestMember query[] = {
      {"ProjectionExpression", false}, {"FilterExpression", false}, {"KeyConditionExpression", false}};
  EXPECT_EQ(error_of(check_expressions_present(named, put, Wording::kNewer)),
            "ExpressionAttributeNames can only be specified when using expressions");
  EXPECT_EQ(error_of(check_expressions_present(valued, put, Wording::kNewer)),
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null");
  EXPECT_EQ(error_of(check_expressions_present(valued, put, Wording::kEnveloped)),
            "ExpressionAttributeValues can only be specified when using expressions");
  EXPECT_EQ(error_of(check_expressions_present(valued, update, Wording::kNewer)),
            "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and "
            "ConditionExpression are null");
  EXPECT_EQ(error_of(check_expressions_present(valued, scan, Wording::kNewer)),
            "ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null");
  EXPECT_EQ(error_of(check_expressions_present(valued, query, Wording::kNewer)),
            "ExpressionAttributeValues can only be specified when using expressions: FilterExpression and "
            "KeyConditionExpression are null");
  EXPECT_EQ(error_of(check_expressions_present(named, scan, Wording::kNewer)), "ok");
  EXPECT_EQ(error_of(check_expressions_present(Placeholders{}, put, Wording::kNewer)), "ok");
}

}  // namespace
}  // namespace millrace::expression
