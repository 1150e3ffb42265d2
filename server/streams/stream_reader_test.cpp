#include "server/streams/stream_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/streams/retention.hpp"
#include "server/streams/streams_fixture.hpp"

namespace millrace::streams {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;
using Type = ShardIteratorType;

constexpr std::string_view kUnknownArn =
    "arn:aws:dynamodb:eu-west-1:000000000000:table/No/stream/2020-01-01T00:00:00.000";

class StreamReaderTest : public StreamsFixture {
 protected:
  Result<std::string> iterator(const StreamDescriptor& stream, Type type,
                               std::optional<std::string> sequence_number = {}, std::size_t shard = 0) {
    ShardIteratorQuery query{stream.arn, stream.shards.at(shard).shard_id, type, {}};
    if (sequence_number) query.sequence_number = *sequence_number;
    return get_shard_iterator(*storage_, mine_, time_, query);
  }
  struct Page : RecordsPage {
    std::string records_json;
  };
  Result<Page> read(std::string_view iterator, std::size_t limit = kMaxRecordsPerPage) {
    Page page;
    TRY_ASSIGN(static_cast<RecordsPage&>(page),
               get_records(*storage_, mine_, time_, iterator, limit, page.records_json));
    return page;
  }
  static std::vector<std::string> ids(const Page& page) {
    std::vector<std::string> found;
    for (const json& record : json::parse(page.records_json)) {
      found.push_back(record.at("dynamodb").at("Keys").at("id").at("S").get<std::string>());
    }
    EXPECT_EQ(found.size(), page.count);
    return found;
  }
  std::vector<std::string> ids_from(const Result<std::string>& start) { return ids(read(start.value()).value()); }

  struct ShardRead {
    ShardPage page;
    std::vector<std::pair<Sequence, TimePoint>> records;
  };
  ShardRead read_all(const Shard& shard, Sequence after, const ReadLimits& limits = {}) {
    ShardRead read;
    read.page = read_shard(*storage_, shard, after, limits, [&read](const StoredRecord& record) {
                  read.records.emplace_back(record.content.sequence, record.content.created);
                }).value();
    return read;
  }

  const model::Caller caller_{.account = {"eu-west-1", "000000000000"}};  // as the fixture's streams
  const CallerStreams mine_{catalog_, caller_};

  void trim() {
    in_transaction([&] { return trim_expired(*storage_, catalog_, time_.now()).has_value(); });
  }
};

TEST_F(StreamReaderTest, AnUnknownStreamAndABadArnHaveTheirErrors) {
  const auto unknown = require_stream(mine_, kUnknownArn);
  ASSERT_TRUE(unknown.has_error());
  EXPECT_EQ(unknown.error().kind, ErrorKind::kResourceNotFound);
  EXPECT_EQ(unknown.error().message,
            "Requested resource not found: Stream: " + std::string{kUnknownArn} + " not found");
  EXPECT_EQ(require_stream(mine_, "nonsense").error().kind, ErrorKind::kValidation);
  EXPECT_EQ(list_streams(mine_, {{}, "nonsense", 10}).error().kind, ErrorKind::kValidation);
  EXPECT_THAT(list_streams(mine_, {"NoSuchTable", {}, 10}).value().streams, IsEmpty());
}

TEST_F(StreamReaderTest, AStreamFromElsewhereIsNotFoundAndTheErrorSaysWhy) {
  const model::Caller caller{};
  const std::string arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/T/stream/2015-01-21T19:03:11.123";
  const auto unknown = require_stream({catalog_, caller}, arn);
  ASSERT_TRUE(unknown.has_error());
  EXPECT_EQ(unknown.error().kind, ErrorKind::kResourceNotFound);
  EXPECT_EQ(unknown.error().message, "Requested resource not found: Stream: " + arn +
                                         " not found (it is of region eu-west-1, this request of region us-east-1)");
}

TEST_F(StreamReaderTest, AStreamOfAnotherWorldIsUnknownThatIsThere) {
  const StreamDescriptor& stream = create_stream();
  const auto start = iterator(stream, Type::kTrimHorizon).value();
  const model::Caller stranger{.account = {"eu-west-1", "123456789012"}};
  const CallerStreams theirs{catalog_, stranger};
  EXPECT_EQ(require_stream(theirs, stream.arn).error().kind, ErrorKind::kResourceNotFound);
  std::string records;
  EXPECT_EQ(get_records(*storage_, theirs, time_, start, 1, records).error().kind, ErrorKind::kResourceNotFound);
  EXPECT_THAT(list_streams(theirs, {"Orders", {}, 10}).value().streams, IsEmpty());
}

TEST_F(StreamReaderTest, WhereAllIsSharedAnArnOfAnyAccountMeansTheOneStream) {
  const StreamDescriptor& stream = create_stream();
  const model::Caller everybody{.account = caller_.account, .shares_all = true};
  const std::string arn = "arn:aws:dynamodb:ap-south-1:123456789012:table/Orders/stream/" + stream.label;
  EXPECT_EQ(require_stream({catalog_, everybody}, arn).value(), &stream);
}

TEST_F(StreamReaderTest, DescribePagesThroughTheShards) {
  const StreamDescriptor& stream = create_stream(3);
  const auto first = describe_stream(mine_, {stream.arn, {}, {}, 2}).value();
  EXPECT_EQ(first.stream, &stream);
  EXPECT_THAT(first.shards, ElementsAre(&stream.shards[0], &stream.shards[1]));
  EXPECT_TRUE(first.more);
  const auto second = describe_stream(mine_, {stream.arn, first.shards.back()->shard_id, {}, 2}).value();
  EXPECT_THAT(second.shards, ElementsAre(&stream.shards[2]));
  EXPECT_FALSE(second.more);
  EXPECT_THAT(describe_stream(mine_, {stream.arn, stream.shards[2].shard_id, {}, 2}).value().shards, IsEmpty());
  EXPECT_THAT(describe_stream(mine_, {stream.arn, "shardId-of-nobody", {}, 2}).value().shards, IsEmpty());
}

TEST_F(StreamReaderTest, DescribeShowsTheChildrenOfAShard) {
  const StreamDescriptor& stream = create_stream(2);
  roll_over(stream);
  const auto children = describe_stream(mine_, {stream.arn, {}, stream.shards[0].shard_id, 100}).value();
  ASSERT_EQ(children.shards.size(), 1U);
  EXPECT_EQ(children.shards[0]->parent_shard_ids, std::vector{stream.shards[0].shard_id});
  EXPECT_THAT(describe_stream(mine_, {stream.arn, {}, stream.shards[3].shard_id, 100}).value().shards, IsEmpty());
}

TEST_F(StreamReaderTest, EachIteratorTypeStartsWhereItSays) {
  const StreamDescriptor& stream = create_stream();
  insert(stream, "a");
  const std::string b = to_sequence_number(insert(stream, "b"));
  const auto latest = iterator(stream, Type::kLatest);
  insert(stream, "c");
  const std::string start = to_sequence_number(stream.shards.front().starting_sequence);
  EXPECT_THAT(ids_from(iterator(stream, Type::kTrimHorizon)), ElementsAre("a", "b", "c"));
  EXPECT_THAT(ids_from(latest), ElementsAre("c"));
  EXPECT_THAT(ids_from(iterator(stream, Type::kAtSequenceNumber, b)), ElementsAre("b", "c"));
  EXPECT_THAT(ids_from(iterator(stream, Type::kAfterSequenceNumber, b)), ElementsAre("c"));
  EXPECT_THAT(ids_from(iterator(stream, Type::kAtSequenceNumber, start)), ElementsAre("a", "b", "c"));
}

TEST_F(StreamReaderTest, SequenceNumbersMustFitTheTypeAndTheShard) {
  const StreamDescriptor& stream = create_stream(2);
  const Shard& other = *stream.open_shard_for(0xFFFFFFFFU);
  const std::size_t shard = &other == stream.shards.data() ? 1 : 0;
  insert(stream, "a", 0, stream.shards[shard].first_hash);
  const std::string foreign = to_sequence_number(insert(stream, "b", 0, other.first_hash));
  for (const auto& refused :
       {iterator(stream, Type::kAtSequenceNumber, {}, shard), iterator(stream, Type::kAfterSequenceNumber, {}, shard),
        iterator(stream, Type::kTrimHorizon, foreign, shard), iterator(stream, Type::kLatest, foreign, shard),
        iterator(stream, Type::kAtSequenceNumber, foreign, shard),
        iterator(stream, Type::kAtSequenceNumber, "100000000000000000000", shard),
        iterator(stream, Type::kAtSequenceNumber, "abcabcabcabcabcabcabc", shard)}) {
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().kind, ErrorKind::kValidation);
  }
}

TEST_F(StreamReaderTest, AnUnknownShardIsNotFound) {
  const StreamDescriptor& stream = create_stream();
  const auto refused = get_shard_iterator(*storage_, mine_, time_,
                                          {stream.arn, "shardId-00000000000000000000-00000000", Type::kLatest, {}});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().kind, ErrorKind::kResourceNotFound);
}

TEST_F(StreamReaderTest, AnOpenShardAlwaysHasANextIteratorAndPagesGoOn) {
  const StreamDescriptor& stream = create_stream();
  for (const std::string_view id : {"a", "b", "c"}) insert(stream, id);
  const auto first = read(iterator(stream, Type::kTrimHorizon).value(), 2).value();
  EXPECT_THAT(ids(first), ElementsAre("a", "b"));
  const auto second = read(first.next_iterator.value(), 2).value();
  EXPECT_THAT(ids(second), ElementsAre("c"));
  const auto third = read(second.next_iterator.value(), 2).value();
  EXPECT_EQ(third.records_json, "[]");
  insert(stream, "d");
  EXPECT_THAT(ids(read(third.next_iterator.value()).value()), ElementsAre("d"));
  EXPECT_THAT(ids(read(first.next_iterator.value()).value()), ElementsAre("c", "d")) << "an iterator may be reused";
}

TEST_F(StreamReaderTest, AClosedShardEndsWithItsLastRecord) {
  const StreamDescriptor& stream = create_stream();
  insert(stream, "a");
  const std::string b = to_sequence_number(insert(stream, "b"));
  disable(stream);
  const auto first = read(iterator(stream, Type::kTrimHorizon).value(), 1).value();
  ASSERT_TRUE(first.next_iterator.has_value());
  const auto last = read(*first.next_iterator, 1).value();
  EXPECT_THAT(ids(last), ElementsAre("b"));
  EXPECT_FALSE(last.next_iterator.has_value());
  const auto latest = read(iterator(stream, Type::kLatest).value()).value();
  EXPECT_EQ(latest.count, 0U);
  EXPECT_FALSE(latest.next_iterator.has_value());
  const std::string end = to_sequence_number(*stream.shards.front().ending_sequence);
  EXPECT_FALSE(read(iterator(stream, Type::kAfterSequenceNumber, end).value()).value().next_iterator.has_value());
}

TEST_F(StreamReaderTest, APageEndsAtOneMegabyteButHoldsAtLeastOneRecord) {
  const StreamDescriptor& stream = create_stream();
  for (const std::string_view id : {"a", "b", "c", "d"}) insert(stream, id, 390'000);
  const auto first = read(iterator(stream, Type::kTrimHorizon).value()).value();
  EXPECT_THAT(ids(first), ElementsAre("a", "b"));
  EXPECT_LE(first.records_json.size(), kMaxBytesPerPage);
  EXPECT_LE(first.records_json.capacity(), 2 * kMaxBytesPerPage);
  const ShardRead all = read_all(stream.shards.front(), 0, {10, 1});
  EXPECT_EQ(all.records.size(), 1U);
  EXPECT_TRUE(all.page.more);
}

TEST_F(StreamReaderTest, AnIteratorExpires) {
  const StreamDescriptor& stream = create_stream();
  const std::string old = iterator(stream, Type::kTrimHorizon).value();
  time_.advance(minutes{15});
  const auto page = read(old).value();
  time_.advance(minutes{1});
  EXPECT_EQ(read(old).error().kind, ErrorKind::kExpiredIterator);
  EXPECT_TRUE(read(*page.next_iterator).has_value()) << "the next one is younger";
}

TEST_F(StreamReaderTest, BadIteratorsAreRefused) {
  EXPECT_EQ(read("nonsense").error(), base::validation_error("Invalid ShardIterator"));
  const ShardIterator unknown{std::string{kUnknownArn}, "shardId-x", 0, time_.now()};
  EXPECT_EQ(read(to_text(unknown)).error().kind, ErrorKind::kResourceNotFound);
}

TEST_F(StreamReaderTest, WhatWasTrimmedIsReportedAsTrimmed) {
  const StreamDescriptor& stream = create_stream();
  const std::string a = to_sequence_number(insert(stream, "a"));
  time_.advance(hours{23} + minutes{55});
  insert(stream, "b");
  const std::string at_a = iterator(stream, Type::kAtSequenceNumber, a).value();
  const std::string after_a = iterator(stream, Type::kAfterSequenceNumber, a).value();
  time_.advance(minutes{10});
  trim();
  EXPECT_EQ(read(at_a).error().kind, ErrorKind::kTrimmedDataAccess);
  EXPECT_THAT(ids(read(after_a).value()), ElementsAre("b")) << "a reader that has read all loses nothing";
  EXPECT_EQ(iterator(stream, Type::kAtSequenceNumber, a).error().kind, ErrorKind::kTrimmedDataAccess);
  EXPECT_THAT(ids_from(iterator(stream, Type::kTrimHorizon)), ElementsAre("b"));
}

TEST_F(StreamReaderTest, AnIteratorOfAShardThatIsGoneIsTrimmed) {
  const StreamDescriptor& stream = create_stream();
  roll_over(stream);
  const std::string parent = stream.shards.front().shard_id;
  time_.advance(hours{24} - minutes{5});
  const std::string old = iterator(stream, Type::kTrimHorizon).value();
  time_.advance(minutes{10});
  trim();
  ASSERT_EQ(stream.find_shard(parent), nullptr);
  EXPECT_EQ(read(old).error().kind, ErrorKind::kTrimmedDataAccess);
}

TEST_F(StreamReaderTest, ThePollerReadsByShardAndPosition) {
  const StreamDescriptor& stream = create_stream();
  const Shard shard = stream.shards.front();
  const Sequence latest_at_first = latest_position(*storage_, shard).value();
  const Sequence a = insert(stream, "a");
  time_.advance(minutes{1});
  const Sequence b = insert(stream, "b");
  const ShardRead first = read_all(shard, 0, {1, kMaxBytesPerPage});
  EXPECT_THAT(first.records, ElementsAre(std::pair{a, kStart}));
  EXPECT_TRUE(first.page.more);
  EXPECT_FALSE(first.page.at_end);
  const ShardRead second = read_all(shard, a);
  EXPECT_THAT(second.records, ElementsAre(std::pair{b, kStart + minutes{1}}));
  EXPECT_FALSE(second.page.more);
  EXPECT_FALSE(second.page.at_end) << "the shard is open";
  disable(stream);
  const Shard closed = stream.shards.front();
  EXPECT_TRUE(read_all(closed, b).page.at_end);
  EXPECT_EQ(latest_position(*storage_, closed).value(), b);
  EXPECT_EQ(read_all(closed, latest_at_first).records.size(), 2U);
}

}  // namespace
}  // namespace millrace::streams
