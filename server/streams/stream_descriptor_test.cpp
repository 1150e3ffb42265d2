#include "server/streams/stream_descriptor.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace millrace::streams {
namespace {

StreamDescriptor full_stream() {
  StreamDescriptor stream;
  stream.arn = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L";
  stream.label = "L";
  stream.region = "us-east-1";
  stream.table_name = "T";
  stream.table_id = "id";
  stream.view = model::StreamViewType::kOldImage;
  stream.status = StreamStatus::kDisabling;
  stream.created = TimePoint{Duration{1'733'006'400'123'456}};
  stream.disabled_at = stream.created + std::chrono::hours{1};
  stream.key_schema.hash.push_back({"pk", model::AttributeType::kB});
  stream.key_schema.range.push_back({"sk", model::AttributeType::kN});
  Shard closed{"shardId-1", {}, 1, 10, 90, stream.created, 20, 0, 0x7FFFFFFFU};
  Shard open{"shardId-2", {"shardId-1"}, 2, 91, std::nullopt, std::nullopt, 0, 0x80000000U, 0xFFFFFFFFU};
  stream.shards = {closed, open};
  return stream;
}

TEST(StreamDescriptor, ItsDocumentKeepsEverything) {
  const StreamDescriptor full = full_stream();
  EXPECT_EQ(stream_from_document(to_document(full)).value(), full);
  const StreamDescriptor empty;
  EXPECT_EQ(stream_from_document(to_document(empty)).value(), empty);
}

TEST(StreamDescriptor, AShardOfAnOlderVersionWasOpenedWhenItsIdSays) {
  StreamDescriptor stream = full_stream();
  stream.shards[0].shard_id = "shardId-00000001733006400123-0123abcd";
  auto document = nlohmann::json::parse(to_document(stream));
  for (auto& shard : document["shards"]) shard.erase("opened");
  const auto read = stream_from_document(document.dump());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->shards[0].opened, TimePoint{std::chrono::milliseconds{1'733'006'400'123}});
}

TEST(StreamDescriptor, ADamagedDocumentIsAnErrorWhateverIsMissing) {
  const auto document = nlohmann::json::parse(to_document(full_stream()));
  for (const auto& [member, value] : document.items()) {
    if (member == "disabled_at") continue;
    auto without = document;
    without.erase(member);
    EXPECT_TRUE(stream_from_document(without.dump()).has_error()) << member;
    auto mistyped = document;
    mistyped[member] = true;
    EXPECT_TRUE(stream_from_document(mistyped.dump()).has_error()) << member;
  }
  for (const auto& [path, value] :
       {std::pair{"/view", "SIDEWAYS"}, {"/status", "ASLEEP"}, {"/key_schema/hash/0/type", "BOOL"}}) {
    auto wrong = document;
    wrong[nlohmann::json::json_pointer{path}] = value;
    const auto read = stream_from_document(wrong.dump());
    ASSERT_TRUE(read.has_error()) << path;
    EXPECT_EQ(read.error().kind, StorageErrorKind::kCorrupt);
  }
  EXPECT_TRUE(stream_from_document("").has_error());
  EXPECT_TRUE(stream_from_document("[]").has_error());
}

TEST(StreamDescriptor, FindsTheOpenShardOfAHash) {
  const StreamDescriptor stream = full_stream();
  EXPECT_EQ(stream.open_shard_for(0x80000000U), &stream.shards[1]);
  EXPECT_EQ(stream.open_shard_for(0), nullptr) << "the shard is closed";
  EXPECT_EQ(stream.find_shard("shardId-1"), stream.shards.data());
  EXPECT_EQ(stream.find_shard("shardId-3"), nullptr);
}

TEST(Shard, TheTrimHorizonMovesWithRetention) {
  Shard shard;
  shard.starting_sequence = 10;
  EXPECT_EQ(shard.trim_horizon(), 10U);
  shard.trimmed_through = 20;
  EXPECT_EQ(shard.trim_horizon(), 20U);
}

}  // namespace
}  // namespace millrace::streams
