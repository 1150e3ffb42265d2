#include "harness/lambda/control/resource_tags.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::lambda {
namespace {

const std::string kFunction = "arn:aws:lambda:us-east-1:000000000000:function:echo";
const std::string kMapping =
    "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:14e0db71-0000-4000-8000-000000000000";

Result<TagRequest> tag(const std::string& arn, const std::string& body) {
  const std::vector<std::string> path{arn};
  return parse_tag_request({.path = path, .body = body}, tag_resource_members());
}

TEST(ResourceTagsTest, AResourceIsAFunctionOrAMapping) {
  const auto function = tag(kFunction, R"({"Tags":{"team":"orders"}})");
  ASSERT_TRUE(function.has_value());
  EXPECT_EQ(std::get<FunctionName>(function->resource),
            (FunctionName{.region = "us-east-1", .account_id = "000000000000", .name = "echo"}));
  EXPECT_EQ(function->tags, (Tags{{"team", "orders"}}));
  const auto mapping = tag(kMapping, R"({"Tags":{}})");
  ASSERT_TRUE(mapping.has_value());
  EXPECT_EQ(std::get<TaggedMapping>(mapping->resource).uuid, "14e0db71-0000-4000-8000-000000000000");
  EXPECT_EQ(std::get<TaggedMapping>(mapping->resource).account, (model::Account{"us-east-1", "000000000000"}));
}

TEST(ResourceTagsTest, KeysToRemoveAreRepeatedInTheQuery) {
  const std::vector<std::string> path{kMapping};
  const auto request = parse_tag_request({.path = path, .query = "tagKeys=a&tagKeys=b%20c"}, untag_resource_members());
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->keys, (std::vector<std::string>{"a", "b c"}));
  const auto none = parse_tag_request({.path = path, .query = ""}, untag_resource_members());
  ASSERT_TRUE(none.has_error());
  EXPECT_EQ(
      none.error().message,
      "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null");
}

TEST(ResourceTagsTest, WhatAwsDoesNotTakeIsRefused) {
  const auto message = [](const Result<TagRequest>& refused) {
    return refused.has_error() ? refused.error().message : "accepted";
  };
  EXPECT_EQ(message(tag(kFunction + ":live", R"({"Tags":{"a":"b"}})")),
            "Tags on function aliases and versions are not supported. Please specify a function ARN.");
  EXPECT_EQ(message(tag(kFunction, R"({"Tags":{"aws:a":"b"}})")),
            "The tag key 'aws:a' is invalid: the prefix aws: is reserved.");
  EXPECT_EQ(message(tag(kFunction, R"({"Tags":{"":"b"}})")), "The tag key '' must have 1 to 128 characters.");
  EXPECT_EQ(message(tag(kFunction, R"({"Tags":{"a":")" + std::string(257, 'x') + R"("}})")),
            "The value of tag 'a' must have at most 256 characters.");
  EXPECT_EQ(message(tag(kFunction, "{}")),
            "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null");
  EXPECT_TRUE(
      message(tag("arn:aws:s3:::bucket", R"({"Tags":{}})"))
          .starts_with("1 validation error detected: Value 'arn:aws:s3:::bucket' at 'resource' failed to satisfy "
                       "constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:"));
}

TEST(ResourceTagsTest, AResourceHasAtMostFiftyTags) {
  Tags tags;
  for (int number = 0; number < 50; ++number) tags[std::to_string(number)] = "";
  ASSERT_TRUE(add_tags(tags, {{"7", "again"}}).has_value());
  EXPECT_EQ(tags["7"], "again");
  const auto refused = add_tags(tags, {{"one more", ""}});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().message, "Number of tags exceeds resource tag limit.");
  EXPECT_EQ(tags.size(), 50U);
  remove_tags(tags, {"7", "unknown"});
  EXPECT_EQ(tags.size(), 49U);
}

}  // namespace
}  // namespace millrace::lambda
