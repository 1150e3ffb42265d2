// What CreateTable refuses because it is not emulated, and what they let pass because it asks for
// nothing.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

std::string create_with(std::string_view member) {
  return std::string{R"({"TableName":"Some","BillingMode":"PAY_PER_REQUEST",
    "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
    "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],)"}
      .append(member)
      .append("}");
}

std::string message_of(const ApiFixture::Answer& answer) { return answer.json().value("message", std::string{}); }

TEST(RefusedMembers, OfCreateTable) {
  for (const auto* member : {R"("GlobalTableSourceArn":"arn:aws:dynamodb:eu-west-1:1:table/T")",
                             R"("GlobalTableSettingsReplicationMode":"ENABLED")"}) {
    ApiFixture api;
    const auto answer = api.call("CreateTable", create_with(member));
    const std::string name{std::string_view{member}.substr(1, std::string_view{member}.find('"', 1) - 1)};
    EXPECT_EQ(answer.error(), "ValidationException: Millrace does not emulate " + name + " yet");
    EXPECT_EQ(api.call("ListTables", "{}").json().at("TableNames").size(), 0U) << member;
  }
}

TEST(RefusedMembers, WhatAsksForNothingIsLetPass) {
  for (const auto* member : {R"("VectorIndexes":[])", R"("VectorIndexes":null)", R"("GlobalTableSourceArn":"")"}) {
    ApiFixture api;
    EXPECT_EQ(api.call("CreateTable", create_with(member)).error(), "") << member;
  }
  ApiFixture api;
  api.call("CreateTable", create_with(R"("Tags":[])"));
  EXPECT_EQ(api.call("UpdateTable", R"({"TableName":"Some","DeletionProtectionEnabled":true,"ReplicaUpdates":[],
    "VectorIndexUpdates":[],"MultiRegionConsistency":null})")
                .error(),
            "");
  EXPECT_EQ(message_of(api.call("UpdateTable", R"({"TableName":"Some","ReplicaUpdates":[]})")).substr(0, 16),
            "At least one of ");
}

}  // namespace
}  // namespace millrace::api
