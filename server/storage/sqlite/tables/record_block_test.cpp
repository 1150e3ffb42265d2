#include "server/storage/sqlite/tables/record_block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace millrace::storage::sqlite {
namespace {

using testing::ElementsAre;

TimePoint at(std::int64_t microseconds) { return TimePoint{Duration{microseconds}}; }

TEST(RecordBlock, GivesBackWhatWasAppended) {
  std::string block;
  append_to_block(block, {1, at(0), ""});
  append_to_block(block, {0x0102030405060708, at(-5), std::string_view{"a\0b", 3}});
  append_to_block(block, {std::numeric_limits<Sequence>::max(), at(1'733'006'400'123'456), "last"});

  BlockReader reader{block};
  std::vector<std::string> payloads;
  std::vector<Sequence> sequences;
  std::vector<std::int64_t> times;
  for (auto record = reader.next(); record.value(); record = reader.next()) {
    payloads.emplace_back((*record)->payload);
    sequences.push_back((*record)->sequence);
    times.push_back((*record)->created.time_since_epoch().count());
  }
  EXPECT_THAT(payloads, ElementsAre("", std::string("a\0b", 3), "last"));
  EXPECT_THAT(sequences, ElementsAre(1, 0x0102030405060708, std::numeric_limits<Sequence>::max()));
  EXPECT_THAT(times, ElementsAre(0, -5, 1'733'006'400'123'456));
}

TEST(RecordBlock, TheFormatIsAsDocumented) {
  std::string block;
  append_to_block(block, {258, at(3), "xy"});
  EXPECT_EQ(block, std::string("\0\0\0\0\0\0\1\2"
                               "\0\0\0\0\0\0\0\3"
                               "\0\0\0\2"
                               "xy",
                               22));
}

TEST(RecordBlock, WhatIsLeftIsABlockToo) {
  std::string block;
  append_to_block(block, {1, at(0), "one"});
  append_to_block(block, {2, at(0), "two"});
  BlockReader reader{block};
  ASSERT_TRUE(reader.next().value());
  BlockReader rest{reader.rest()};
  EXPECT_EQ(rest.next().value()->payload, "two");
  EXPECT_FALSE(rest.next().value());
}

TEST(RecordBlock, DamageIsAnErrorWhereverTheBlockIsCut) {
  std::string block;
  append_to_block(block, {1, at(0), "payload"});
  for (std::size_t length = 1; length < block.size(); ++length) {
    BlockReader reader{std::string_view{block}.substr(0, length)};
    const auto record = reader.next();
    ASSERT_TRUE(record.has_error()) << length;
    EXPECT_EQ(record.error().kind, StorageErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace millrace::storage::sqlite
