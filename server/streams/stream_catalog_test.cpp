#include "server/streams/stream_catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "server/streams/streams_fixture.hpp"

namespace millrace::streams {
namespace {

using std::chrono::hours;
using testing::ElementsAre;

const model::Account kAccount{"eu-west-1", "000000000000"};  // where the fixture makes them

class StreamCatalogTest : public StreamsFixture {
 protected:
  static std::vector<std::string> arns(const StreamPage& page) {
    std::vector<std::string> found;
    for (const StreamDescriptor* const stream : page.streams) found.push_back(stream->arn);
    return found;
  }
};

TEST_F(StreamCatalogTest, AStreamIsNamedAfterTableAndTime) {
  const StreamDescriptor& stream = create_stream();
  EXPECT_EQ(stream.label, "2024-11-30T22:40:00.000");
  EXPECT_EQ(stream.arn, "arn:aws:dynamodb:eu-west-1:000000000000:table/Orders/stream/2024-11-30T22:40:00.000");
  EXPECT_EQ(stream.region, "eu-west-1");
  EXPECT_EQ(stream.status, StreamStatus::kEnabled);
  ASSERT_EQ(stream.shards.size(), 1U);
  EXPECT_THAT(stream.shards.front().shard_id, testing::MatchesRegex("shardId-00000001733006400000-[0-9a-f]{8}"));
  EXPECT_TRUE(stream.shards.front().is_open());
  EXPECT_EQ(catalog_.find(stream.arn), &stream);
  EXPECT_EQ(catalog_.find("arn:other"), nullptr);
}

TEST_F(StreamCatalogTest, ShardsShareTheHashSpaceWithoutGapOrOverlap) {
  for (const std::uint32_t count : {1U, 2U, 3U, 7U, 64U}) {
    const StreamDescriptor& stream = create_stream(count);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;
    for (const Shard& shard : stream.shards) ranges.emplace_back(shard.first_hash, shard.last_hash);
    std::sort(ranges.begin(), ranges.end());
    EXPECT_EQ(ranges.size(), count);
    EXPECT_EQ(ranges.front().first, 0U);
    EXPECT_EQ(ranges.back().second, 0xFFFFFFFFU);
    for (std::size_t at = 1; at < ranges.size(); ++at) EXPECT_EQ(ranges[at].first, ranges[at - 1].second + 1);
    EXPECT_TRUE(std::is_sorted(stream.shards.begin(), stream.shards.end(),
                               [](const Shard& a, const Shard& b) { return a.shard_id < b.shard_id; }));
  }
}

TEST_F(StreamCatalogTest, TwoStreamsOfOneTableInOneMillisecondHaveDifferentLabels) {
  const StreamDescriptor& first = create_stream();
  disable(first);
  const StreamDescriptor& second = create_stream();
  EXPECT_EQ(second.label, "2024-11-30T22:40:00.001");
  EXPECT_NE(first.arn, second.arn);
}

TEST_F(StreamCatalogTest, DisablingClosesEveryShard) {
  const StreamDescriptor& stream = create_stream(2);
  const Sequence last = insert(stream, "x");
  time_.advance(hours{1});
  disable(stream);
  EXPECT_EQ(stream.status, StreamStatus::kDisabled);
  EXPECT_EQ(stream.disabled_at, kStart + hours{1});
  for (const Shard& shard : stream.shards) {
    EXPECT_FALSE(shard.is_open());
    EXPECT_GT(*shard.ending_sequence, last);
    EXPECT_LT(shard.starting_sequence, last);
  }
  EXPECT_EQ(stream.open_shard_for(0), nullptr);
}

TEST_F(StreamCatalogTest, RollingOverGivesEachOpenShardOneChildBehindIt) {
  const StreamDescriptor& stream = create_stream(2);
  roll_over(stream);
  roll_over(stream);  // twice within a millisecond
  ASSERT_EQ(stream.shards.size(), 6U);
  int open = 0;
  for (const Shard& shard : stream.shards) {
    open += shard.is_open() ? 1 : 0;
    if (shard.parent_shard_ids.empty()) continue;
    ASSERT_EQ(shard.parent_shard_ids.size(), 1U);
    const Shard* const parent = stream.find_shard(shard.parent_shard_ids.front());
    ASSERT_NE(parent, nullptr);
    EXPECT_FALSE(parent->is_open());
    EXPECT_LT(parent->shard_id, shard.shard_id);
    EXPECT_LT(*parent->ending_sequence, shard.starting_sequence);
    EXPECT_EQ(parent->first_hash, shard.first_hash);
    EXPECT_EQ(parent->last_hash, shard.last_hash);
  }
  EXPECT_EQ(open, 2);
}

TEST_F(StreamCatalogTest, ListsByArnInPagesThatSurviveRemoval) {
  const std::string a = create_stream(1, "Alpha").arn;
  const StreamDescriptor& b = create_stream(1, "Beta");
  const std::string c = create_stream(1, "Gamma").arn;
  EXPECT_THAT(arns(catalog_.list(kAccount, {}, {}, 100)), ElementsAre(a, b.arn, c));
  EXPECT_THAT(arns(catalog_.list(kAccount, "Beta", {}, 100)), ElementsAre(b.arn));
  EXPECT_THAT(arns(catalog_.list(kAccount, "Unknown", {}, 100)), ElementsAre());
  const StreamPage page = catalog_.list(kAccount, {}, {}, 2);
  EXPECT_TRUE(page.more);
  EXPECT_FALSE(catalog_.list(kAccount, {}, {}, 3).more);
  const std::string cursor = page.streams.back()->arn;
  in_transaction([&] { return catalog_.remove(b).has_value(); });
  EXPECT_THAT(arns(catalog_.list(kAccount, {}, cursor, 2)), ElementsAre(c));
}

TEST_F(StreamCatalogTest, ListsThoseOfOneAccountInOneRegion) {
  const std::string here = create_stream(1, "Beta").arn;
  NewStream elsewhere{.table_arn = "arn:aws:dynamodb:eu-west-1:000000000001:table/Beta",
                      .table_name = "Beta",
                      .table_id = "id",
                      .key_schema = {}};
  const std::string there = in_transaction([&] { return catalog_.create(elsewhere, time_.now()).value()->arn; });
  elsewhere.table_arn = "arn:aws:dynamodb:eu-west-10:000000000000:table/Beta";
  const std::string far = in_transaction([&] { return catalog_.create(elsewhere, time_.now()).value()->arn; });
  EXPECT_THAT(arns(catalog_.list(kAccount, {}, {}, 9)), ElementsAre(here));
  EXPECT_THAT(arns(catalog_.list(kAccount, "Beta", {}, 9)), ElementsAre(here));
  EXPECT_THAT(arns(catalog_.list({"eu-west-1", "000000000001"}, "Beta", here, 9)), ElementsAre(there));
  std::vector<std::string> all;
  for (const auto* next = catalog_.next({}); next != nullptr; next = catalog_.next(all.back()))
    all.push_back(next->arn);
  EXPECT_THAT(all, ElementsAre(far, here, there));
}

TEST_F(StreamCatalogTest, ListsTheStreamsOfOneTableInPagesToo) {
  std::vector<std::string> expected;
  for (int n = 0; n < 3; ++n) {
    const StreamDescriptor& stream = create_stream(1, "Beta");
    expected.push_back(stream.arn);
    disable(stream);
  }
  create_stream(1, "Alpha");
  create_stream(1, "Betas");
  const auto check = [&](const StreamCatalog& catalog) {
    EXPECT_EQ(arns(catalog.list(kAccount, "Beta", {}, 3)), expected);
    EXPECT_FALSE(catalog.list(kAccount, "Beta", {}, 3).more);
    const StreamPage page = catalog.list(kAccount, "Beta", {}, 2);
    EXPECT_THAT(arns(page), ElementsAre(expected[0], expected[1]));
    EXPECT_TRUE(page.more);
    EXPECT_THAT(arns(catalog.list(kAccount, "Beta", expected[1], 2)), ElementsAre(expected[2]));
    EXPECT_THAT(arns(catalog.list(kAccount, "Beta", expected[2], 2)), ElementsAre());
  };
  check(catalog_);
  ASSERT_TRUE(catalog_.load().has_value());
  check(catalog_);
  for (const auto& arn : expected) {
    in_transaction([&] { return catalog_.remove(*catalog_.find(arn)).has_value(); });
  }
  EXPECT_THAT(arns(catalog_.list(kAccount, "Beta", {}, 3)), ElementsAre());
  EXPECT_EQ(catalog_.list(kAccount, "Betas", {}, 3).streams.size(), 1U);
}

TEST_F(StreamCatalogTest, AnotherCatalogLoadsTheSame) {
  const StreamDescriptor& first = create_stream(2, "Alpha");
  disable(first);
  const StreamDescriptor& second = create_stream(1, "Beta");
  StreamCatalog other{*storage_, random_};
  ASSERT_TRUE(other.load().has_value());
  ASSERT_NE(other.find(first.arn), nullptr);
  EXPECT_EQ(*other.find(first.arn), first);
  EXPECT_EQ(*other.find(second.arn), second);
}

TEST_F(StreamCatalogTest, AfterALostTransactionLoadingAgainPutsItRightInPlace) {
  const StreamDescriptor& kept = create_stream();
  const StreamDescriptor before = kept;
  ASSERT_TRUE(storage_->begin().has_value());
  ASSERT_TRUE(catalog_.set_status(kept, StreamStatus::kDisabling).has_value());
  NewStream request;
  request.table_arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/Lost";
  const std::string lost = catalog_.create(request, time_.now()).value()->arn;
  storage_->rollback();
  ASSERT_TRUE(catalog_.load().has_value());
  EXPECT_EQ(kept, before);
  EXPECT_EQ(catalog_.find(before.arn), &kept);
  EXPECT_EQ(catalog_.find(lost), nullptr);
}

TEST_F(StreamCatalogTest, ADamagedDocumentStopsTheLoading) {
  in_transaction([&] { return storage_->write_document("stream", "x", "{}").has_value(); });
  const auto loaded = catalog_.load();
  ASSERT_TRUE(loaded.has_error());
  EXPECT_EQ(loaded.error().kind, StorageErrorKind::kCorrupt);
}

TEST_F(StreamCatalogTest, MisuseThrows) {
  const StreamDescriptor& stream = create_stream();
  disable(stream);
  EXPECT_THROW(static_cast<void>(catalog_.disable(stream, StreamStatus::kDisabled, kStart)), std::logic_error);
  EXPECT_THROW(static_cast<void>(catalog_.set_status(StreamDescriptor{}, StreamStatus::kEnabled)), std::logic_error);
  EXPECT_THROW(static_cast<void>(catalog_.create(NewStream{}, kStart)), std::logic_error);
}

}  // namespace
}  // namespace millrace::streams
