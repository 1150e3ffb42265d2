#include "harness/lambda/control/function_reference.hpp"

#include <gtest/gtest.h>

namespace millrace::lambda {
namespace {

struct NameCase {
  std::string_view text;
  FunctionName expected;
};

class FunctionNameForms : public testing::TestWithParam<NameCase> {};

TEST_P(FunctionNameForms, AreTakenApart) {
  const auto function = parse_function_name(GetParam().text);
  ASSERT_TRUE(function.has_value()) << function.error().message;
  EXPECT_EQ(*function, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, FunctionNameForms,
    testing::Values(
        NameCase{"f", {.name = "f"}}, NameCase{"f:$LATEST", {.name = "f", .qualifier = "$LATEST"}},
        NameCase{"f:live", {.name = "f", .qualifier = "live"}}, NameCase{"function:f", {.name = "f"}},
        NameCase{"123456789012:f", {.account_id = "123456789012", .name = "f"}},
        NameCase{"123456789012:function:f:3", {.account_id = "123456789012", .name = "f", .qualifier = "3"}},
        NameCase{"eu-west-1:123456789012:function:f",
                 {.region = "eu-west-1", .account_id = "123456789012", .name = "f"}},
        NameCase{"arn:aws:lambda:us-east-1:123456789012:function:f",
                 {.region = "us-east-1", .account_id = "123456789012", .name = "f"}},
        NameCase{"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:$LATEST",
                 {.region = "us-gov-west-1", .account_id = "123456789012", .name = "f", .qualifier = "$LATEST"}},
        NameCase{"arn:aws-iso-b:lambda:us-isob-east-1:123456789012:function:f",
                 {.region = "us-isob-east-1", .account_id = "123456789012", .name = "f"}},
        NameCase{"f:$LATEST.PUBLISHED", {.name = "f", .qualifier = "$LATEST.PUBLISHED"}},
        // What can be a prefix is one, unless nothing would be left for the name.
        NameCase{"function", {.name = "function"}},
        NameCase{"function:$LATEST", {.name = "function", .qualifier = "$LATEST"}},
        NameCase{"us-east-1", {.name = "us-east-1"}}, NameCase{"us-east-1:f", {.region = "us-east-1", .name = "f"}},
        NameCase{"orders-api-1:live", {.name = "orders-api-1", .qualifier = "live"}}));

class NoFunctionName : public testing::TestWithParam<std::string_view> {};

TEST_P(NoFunctionName, BreaksThePatternOrTheLength) {
  const auto function = parse_function_name(GetParam());
  ASSERT_TRUE(function.has_error());
  EXPECT_EQ(function.error().kind, ErrorKind::kLambdaValidation);
  EXPECT_NE(function.error().message.find("at 'functionName' failed to satisfy constraint: Member must satisfy regular "
                                          "expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, NoFunctionName,
                         testing::Values("", "a b", "f:", ":f", "f:$NEWEST", "f:a:b",
                                         "arn:aws:lambda:us-east-1::function:f",
                                         "arn:aws:lambda:us-east-1:12345678901:function:f",
                                         "arn:aws:lambda::123456789012:function:f", "arn:aws:lambda",
                                         "arn:aws:dynamodb:us-east-1:123456789012:table/t"));

TEST(FunctionName, HasALength) {
  const std::string longest(256, 'a');
  EXPECT_TRUE(parse_function_name(longest).has_value());
  EXPECT_EQ(parse_function_name(longest + "a").error().message,
            "1 validation error detected: Value '" + longest +
                "a' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 256");
}

class FunctionResolverTest : public testing::Test {
 protected:
  const model::Account kAccount{.region = "eu-west-1", .id = "111122223333"};
  const FunctionResolver resolver_{{.account = kAccount}};
};

TEST_F(FunctionResolverTest, TakesTheQualifierFromEitherPlace) {
  EXPECT_EQ(*resolver_.resolve("f"), (FunctionReference{"f", {}, kAccount}));
  EXPECT_EQ(*resolver_.resolve("f", ""), (FunctionReference{"f", {}, kAccount}));
  EXPECT_EQ(*resolver_.resolve("f", "live"), (FunctionReference{"f", "live", kAccount}));
  EXPECT_EQ(*resolver_.resolve("f:live", "live"), (FunctionReference{"f", "live", kAccount}));
  EXPECT_EQ(resolver_.resolve("f:live", "1").error(),
            (ApiError{ErrorKind::kLambdaInvalidParameterValue,
                      "The derived qualifier from the function name does not match the specified qualifier."}));
}

TEST_F(FunctionResolverTest, ReportsNameAndQualifierTogether) {
  const std::string message = resolver_.resolve("a b", "c d").error().message;
  EXPECT_TRUE(message.starts_with("2 validation errors detected: Value 'a b' at 'functionName'")) << message;
  EXPECT_TRUE(
      message.ends_with("; Value 'c d' at 'qualifier' failed to satisfy constraint: Member must satisfy regular "
                        R"(expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)"))
      << message;
}

TEST_F(FunctionResolverTest, ReachesNoOtherRegionAndNoOtherAccount) {
  EXPECT_EQ(*resolver_.resolve("arn:aws:lambda:eu-west-1:111122223333:function:f"),
            (FunctionReference{"f", {}, kAccount}));
  EXPECT_EQ(resolver_.resolve("arn:aws:lambda:us-east-1:111122223333:function:f").error(),
            (ApiError{ErrorKind::kLambdaResourceNotFound,
                      "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')"}));
  EXPECT_EQ(resolver_.resolve("999999999999:function:f:live").error(),
            (ApiError{ErrorKind::kLambdaResourceNotFound,
                      "Function not found: arn:aws:lambda:eu-west-1:999999999999:function:f:live"}));
}

TEST_F(FunctionResolverTest, ReachesTheOneFunctionByAnyArnWhereAllIsShared) {
  const FunctionResolver shared{{.account = kAccount, .shares_all = true}};
  EXPECT_EQ(*shared.resolve("arn:aws:lambda:us-east-1:999999999999:function:f"),
            (FunctionReference{"f", {}, kAccount}));
}

TEST_F(FunctionResolverTest, GivesTheNameOfANewFunction) {
  EXPECT_EQ(*resolver_.resolve_new("f"), "f");
  EXPECT_EQ(*resolver_.resolve_new("arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST"), "f");
  EXPECT_EQ(resolver_.resolve_new("arn:aws:lambda:us-east-1:111122223333:function:f").error().kind,
            ErrorKind::kLambdaResourceNotFound);
  EXPECT_EQ(resolver_.resolve_new("f:live").error().message,
            "A function is made without versions and aliases: leave out the qualifier live.");
  const std::string name(65, 'a');
  EXPECT_EQ(resolver_.resolve_new(name).error(),
            (ApiError{ErrorKind::kLambdaInvalidParameterValue,
                      "1 validation error detected: Value '" + name +
                          "' at 'functionName' failed to satisfy constraint: Member must have length less than or "
                          "equal to 64"}));
}

}  // namespace
}  // namespace millrace::lambda
