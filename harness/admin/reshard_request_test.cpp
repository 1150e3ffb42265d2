#include "harness/admin/reshard_request.hpp"

#include <gtest/gtest.h>

namespace millrace::admin {
namespace {

using Action = ReshardRequest::Action;

TEST(ReshardRequestTest, ReadsItsMembers) {
  const auto merge = parse_reshard_request(R"({"action":"merge","shardId":"a","adjacentShardId":"b"})");
  ASSERT_TRUE(merge.has_value()) << merge.error().message;
  EXPECT_EQ(merge->action, Action::kMerge);
  EXPECT_EQ(merge->shard_id, "a");
  EXPECT_EQ(merge->adjacent_shard_id, "b");
  const auto rollover = parse_reshard_request(R"({"action":"rollover"})");
  ASSERT_TRUE(rollover.has_value()) << rollover.error().message;
  EXPECT_EQ(rollover->action, Action::kRollover);
  EXPECT_FALSE(rollover->shard_id);
  EXPECT_EQ(parse_reshard_request(R"({"action":"split"})")->action, Action::kSplit);
}

TEST(ReshardRequestTest, RefusesWhatItDoesNotUnderstandWithASentence) {
  for (const auto* body : {"", "[]", "{", "{}", R"({"shardId":"a"})", R"({"action":"close"})", R"({"action":7})",
                           R"({"action":"split","shardId":7})", R"({"action":"split","adjacentShardId":"b"})",
                           R"({"action":"split","shard":"a"})"}) {
    const auto request = parse_reshard_request(body);
    ASSERT_TRUE(request.has_error()) << body;
    EXPECT_EQ(request.error().kind, ErrorKind::kLambdaInvalidParameterValue);
    EXPECT_TRUE(request.error().message.ends_with('.')) << request.error().message;
  }
  EXPECT_EQ(parse_reshard_request(R"({"action":"split","shard":"a"})").error().message,
            "A request to shards has no member 'shard'; it has action, shardId and adjacentShardId.");
}

TEST(ReshardRequestTest, WhatShardsCannotDoIsTheRequestsFault) {
  const auto plan = plan_of({.action = Action::kSplit, .shard_id = "shardId-x"}, streams::StreamDescriptor{});
  ASSERT_TRUE(plan.has_error());
  EXPECT_EQ(plan.error().kind, ErrorKind::kLambdaInvalidParameterValue);
  EXPECT_EQ(plan.error().message, "The stream is disabled: all its shards are closed.");
}

}  // namespace
}  // namespace millrace::admin
