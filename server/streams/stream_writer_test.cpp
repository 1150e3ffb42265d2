#include "server/streams/stream_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "server/streams/streams_fixture.hpp"

namespace millrace::streams {
namespace {

using model::StreamViewType;
using nlohmann::json;

constexpr std::string_view kKeys = R"({"id":{"S":"Fred"}})";
constexpr std::string_view kOld = R"({"id":{"S":"Fred"}})";
constexpr std::string_view kNew = R"({"id":{"S":"Fred"},"name":{"S":"Fred"}})";

class StreamWriterTest : public StreamsFixture {
 protected:
  static ItemChange change(std::string_view old_item, std::string_view new_item) {
    ItemChange made;
    made.keys_json = kKeys;
    made.keys_size = 6;
    made.old_item_json = old_item;
    made.old_item_size = old_item.empty() ? 0 : (old_item == kOld ? 6 : 14);
    made.new_item_json = new_item;
    made.new_item_size = new_item.empty() ? 0 : (new_item == kOld ? 6 : 14);
    return made;
  }
  std::optional<Sequence> append(const StreamDescriptor& stream, const ItemChange& made) {
    return in_transaction([&] { return writer_.append_change(stream, made, time_.now()).value(); });
  }
  /// The record that `made` leaves in a new stream of `view`.
  json record_of(StreamViewType view, const ItemChange& made) {
    const StreamDescriptor& stream = create_stream(1, "Orders", view);
    EXPECT_TRUE(append(stream, made).has_value());
    return records_of(stream.shards.front()).at(0);
  }
};

struct ViewCase {
  StreamViewType view;
  bool new_image;
  bool old_image;
};
constexpr std::array kViews{
    ViewCase{StreamViewType::kKeysOnly, false, false}, ViewCase{StreamViewType::kNewImage, true, false},
    ViewCase{StreamViewType::kOldImage, false, true}, ViewCase{StreamViewType::kNewAndOldImages, true, true}};

TEST_F(StreamWriterTest, TheEventFollowsFromTheItemsAndTheImagesFromTheView) {
  struct EventCase {
    std::string_view name;
    std::string_view old_item;
    std::string_view new_item;
  };
  for (const auto& event :
       {EventCase{"INSERT", {}, kNew}, EventCase{"MODIFY", kOld, kNew}, EventCase{"REMOVE", kOld, {}}}) {
    for (const ViewCase& view : kViews) {
      SCOPED_TRACE(std::string{event.name} + ' ' + std::string{model::to_text(view.view)});
      const json record = record_of(view.view, change(event.old_item, event.new_item));
      const json& content = record.at("dynamodb");
      EXPECT_EQ(record.at("eventName"), event.name);
      EXPECT_EQ(content.at("Keys"), json::parse(kKeys));
      EXPECT_EQ(content.at("StreamViewType"), model::to_text(view.view));
      EXPECT_EQ(content.contains("NewImage"), view.new_image && !event.new_item.empty());
      EXPECT_EQ(content.contains("OldImage"), view.old_image && !event.old_item.empty());
    }
  }
}

// The recorded values of the reference, 1.9.
TEST_F(StreamWriterTest, SizeBytesCountsKeysAndTheImagesShown) {
  const auto size = [this](StreamViewType view, const ItemChange& made) {
    return record_of(view, made).at("dynamodb").at("SizeBytes").get<int>();
  };
  EXPECT_EQ(size(StreamViewType::kNewImage, change({}, kOld)), 12);
  EXPECT_EQ(size(StreamViewType::kOldImage, change(kOld, {})), 12);
  EXPECT_EQ(size(StreamViewType::kNewAndOldImages, change(kOld, kNew)), 26);
  EXPECT_EQ(size(StreamViewType::kKeysOnly, change(kOld, kNew)), 6);
}

TEST_F(StreamWriterTest, WhatChangesNothingMakesNoRecord) {
  const StreamDescriptor& stream = create_stream();
  EXPECT_FALSE(append(stream, change(kNew, kNew)).has_value());
  EXPECT_FALSE(append(stream, change({}, {})).has_value());
  EXPECT_TRUE(records_of(stream.shards.front()).empty());
  EXPECT_TRUE(committed_logs_.empty());
}

TEST_F(StreamWriterTest, RecordsCarryRegionTimeAndGrowingNumbers) {
  const StreamDescriptor& stream = create_stream();
  append(stream, change({}, kNew));
  time_.advance(std::chrono::milliseconds{1700});
  append(stream, change(kNew, {}));
  const json records = records_of(stream.shards.front());
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].at("awsRegion"), "eu-west-1");
  EXPECT_EQ(records[0].at("dynamodb").at("ApproximateCreationDateTime"), 1'733'006'400.0);
  EXPECT_EQ(records[1].at("dynamodb").at("ApproximateCreationDateTime"), 1'733'006'401.0);
  EXPECT_LT(records[0].at("dynamodb").at("SequenceNumber"), records[1].at("dynamodb").at("SequenceNumber"));
  EXPECT_NE(records[0].at("eventID"), records[1].at("eventID"));
  EXPECT_THAT(records[0].at("eventID").get<std::string>(), testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(records, records_of(stream.shards.front())) << "stable over re-reads";
}

TEST_F(StreamWriterTest, EveryHashHasItsShardAndTheGateLearnsTheLog) {
  const StreamDescriptor& stream = create_stream(3);
  std::set<LogId> touched;
  for (const std::uint32_t hash : {0x00000000U, 0x55555555U, 0x80000000U, 0xFFFFFFFFU}) {
    insert(stream, "x", 0, hash);
    ASSERT_EQ(committed_logs_.size(), 1U);
    EXPECT_EQ(committed_logs_.front(), stream.open_shard_for(hash)->log);
    touched.insert(committed_logs_.front());
  }
  EXPECT_EQ(touched.size(), 3U);
}

TEST_F(StreamWriterTest, ADisabledStreamIsNotWrittenTo) {
  const StreamDescriptor& stream = create_stream();
  disable(stream);
  const auto entry = gate_.enter(storage::Access::kWrite);
  EXPECT_THROW(static_cast<void>(writer_.append_change(stream, change({}, kNew), time_.now())), std::logic_error);
}

}  // namespace
}  // namespace millrace::streams
