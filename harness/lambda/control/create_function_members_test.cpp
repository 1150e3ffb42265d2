#include "harness/lambda/control/create_function_members.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "harness/lambda/control/function_reference.hpp"
#include "server/rest/member_table.hpp"

namespace millrace::lambda {
namespace {

using Json = nlohmann::json;

TEST(MatchesPattern, AgreesWithTheParserOfFunctionNames) {
  for (const std::string_view text :
       {"f", "f:live", "f:$LATEST", "function:f", "123456789012:function:f:1", "us-east-1:f", "us-isob-east-1:f", "f:",
        "a b", "f:a:b", "arn:aws:lambda:us-east-1::function:f", "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:aws:lambda", "function", "us-east-1:$LATEST", "arn::lambda:f", "arn:aws1:lambda:f"}) {
    EXPECT_EQ(parse_function_name(text).has_value(), rest::matches_pattern(text, kFunctionNamePattern)) << text;
  }
}

/// Every member of AWS's CreateFunctionRequest (service model of November 2026) is known: honoured or refused by name.
TEST(CreateFunctionMembers, AreThoseOfTheModel) {
  constexpr std::array<std::string_view, 28> kModel{"FunctionName",
                                                    "Runtime",
                                                    "Role",
                                                    "Handler",
                                                    "Code",
                                                    "Description",
                                                    "Timeout",
                                                    "MemorySize",
                                                    "Publish",
                                                    "PublishTo",
                                                    "VpcConfig",
                                                    "PackageType",
                                                    "DeadLetterConfig",
                                                    "Environment",
                                                    "KMSKeyArn",
                                                    "TracingConfig",
                                                    "Tags",
                                                    "Layers",
                                                    "FileSystemConfigs",
                                                    "CodeSigningConfigArn",
                                                    "ImageConfig",
                                                    "Architectures",
                                                    "EphemeralStorage",
                                                    "SnapStart",
                                                    "LoggingConfig",
                                                    "TenancyConfig",
                                                    "CapacityProviderConfig",
                                                    "DurableConfig"};
  for (const std::string_view name : kModel) {
    EXPECT_EQ(std::ranges::count(create_function_members(), name, &rest::Member::name), 1) << name;
  }
  EXPECT_EQ(create_function_members().size(), kModel.size());
}

TEST(CheckTypes, NamesTheMemberByItsPath) {
  const auto error = [](const char* text) {
    const auto checked = rest::check_types(Json::parse(text), create_function_members());
    return checked.has_error() ? checked.error().message : std::string{};
  };
  const std::string prefix = "Could not parse request body into json: ";
  EXPECT_EQ(error(R"({"EphemeralStorage":{"Size":"1"}})"), prefix + "EphemeralStorage.Size must be an integer");
  EXPECT_EQ(error(R"({"Architectures":["x86_64",1]})"), prefix + "Architectures must be a list of strings");
  EXPECT_EQ(error(R"({"Tags":{"a":1}})"), prefix + "Tags must be an object of strings");
  EXPECT_EQ(error(R"({"Timeout":-2147483649})"),
            prefix + "Timeout must be in range: numeric value (-2147483649) is out of range of int");
  EXPECT_EQ(error(R"({"Timeout":null,"Layers":[],"Unknown":{"a":1}})"), "");
}

TEST(NotEmulated, NamesTheMemberByItsPath) {
  const auto refusals = [](const char* text) {
    return rest::not_emulated(Json::parse(text), create_function_members());
  };
  EXPECT_EQ(refusals(R"({"Code":{"S3ObjectVersion":"1","S3ObjectStorageMode":"REFERENCE"},"Publish":true})"),
            (std::vector<std::string>{"Millrace does not emulate Code.S3ObjectVersion yet.",
                                      "Millrace does not emulate Code.S3ObjectStorageMode yet.",
                                      "Millrace does not emulate Publish yet."}));
  // No default is known of a structure that has no rows.
  EXPECT_EQ(
      refusals(
          R"({"CapacityProviderConfig":{"LambdaManagedInstancesCapacityProviderConfig":{"CapacityProviderArn":"a"}}})"),
      std::vector<std::string>{"Millrace does not emulate CapacityProviderConfig yet."});
  EXPECT_TRUE(refusals(R"({"Code":{"S3ObjectStorageMode":"COPY"},"CapacityProviderConfig":{}})").empty());
}

/// A text that a backtracking matcher could try for ages is refused, not answered with an exception.
TEST(MatchesPattern, EndsInBoundedWork) {
  EXPECT_FALSE(rest::matches_pattern(std::string(64, 'a') + "!", "(a+)+"));
  EXPECT_TRUE(rest::matches_pattern(std::string(64, 'a'), "(a+)+"));
}

}  // namespace
}  // namespace millrace::lambda
