#include "harness/esm/dead_letters/dead_letter_box.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::esm {
namespace {

using std::chrono_literals::operator""h;

constexpr TimePoint kStart{std::chrono::hours{500'000}};
constexpr std::string_view kEvent = R"({"Records":[1]})";

class DeadLetterBoxTest : public testing::Test {
 protected:
  static DeadLetter letter_about(storage::Sequence record, std::string mapping = "m", TimePoint when = kStart) {
    DeadLetter letter;
    letter.mapping = std::move(mapping);
    letter.shard_id = "shard";
    letter.reason = "RetryAttemptsExhausted";
    letter.document = "{}";
    letter.given_up_at = when;
    letter.first = record;
    letter.last = record;
    letter.records = 1;
    letter.has_event = true;
    return letter;
  }
  template <class Work>
  auto written(Work work) {
    EXPECT_TRUE(storage_->begin().has_value());
    auto done = work();
    EXPECT_TRUE(done.has_value());
    EXPECT_TRUE(storage_->commit().has_value());
    return done;
  }
  LetterId put(DeadLetterBox& box, DeadLetter letter, std::string_view event = kEvent) {
    const TimePoint when = letter.given_up_at;
    return written([&] { return box.put(std::move(letter), event, when); })->id;
  }
  static std::vector<storage::Sequence> records_of(const LetterPage& page) {
    std::vector<storage::Sequence> records;
    for (const ListedLetter& listed : page.letters) records.push_back(listed.letter.first);
    return records;
  }

  std::unique_ptr<storage::sqlite::SqliteStorage> storage_{storage::sqlite::SqliteStorage::open({}).value()};
};

TEST_F(DeadLetterBoxTest, NothingIsThereBeforeTheFirstLetter) {
  DeadLetterBox box{*storage_};
  ASSERT_TRUE(box.load().has_value());
  EXPECT_TRUE(box.list({})->letters.empty());
  EXPECT_FALSE(box.list({})->more);
  EXPECT_FALSE(box.read(1)->has_value());
  EXPECT_TRUE(written([&] { return box.erase(1); }).has_value());
}

TEST_F(DeadLetterBoxTest, LettersAreListedNewestFirstByMappingAndInPages) {
  DeadLetterBox box{*storage_};
  ASSERT_TRUE(box.load().has_value());
  for (storage::Sequence record = 1; record <= 5; ++record)
    put(box, letter_about(record, record % 2 == 0 ? "even" : "odd"));
  EXPECT_EQ(records_of(*box.list({})), (std::vector<storage::Sequence>{5, 4, 3, 2, 1}));
  const auto first = box.list({.mapping = "odd", .limit = 2});
  EXPECT_EQ(records_of(*first), (std::vector<storage::Sequence>{5, 3}));
  ASSERT_TRUE(first->more);
  const auto second = box.list({.mapping = "odd", .before = first->next, .limit = 2});
  EXPECT_EQ(records_of(*second), (std::vector<storage::Sequence>{1}));
  EXPECT_FALSE(second->more);
  EXPECT_EQ(second->letters.front().event, kEvent);
  EXPECT_EQ(box.ids_of("even").size(), 2U);
  EXPECT_EQ(box.count_by_mapping(), (std::map<std::string, std::size_t, std::less<>>{{"even", 2}, {"odd", 3}}));
  EXPECT_EQ(box.ids_of("").size(), 5U);
}

TEST_F(DeadLetterBoxTest, AnotherProcessFindsWhatTheFirstHasKept) {
  LetterId pending = 0;
  std::uint64_t bytes = 0;
  {
    DeadLetterBox box{*storage_};
    ASSERT_TRUE(box.load().has_value());
    put(box, letter_about(1));
    DeadLetter to_send = letter_about(2);
    to_send.destination = "arn:aws:s3:::b";
    to_send.handover = Handover::kPending;
    pending = put(box, to_send);
    bytes = box.bytes();
  }
  DeadLetterBox box{*storage_};
  ASSERT_TRUE(box.load().has_value());
  EXPECT_EQ(box.size(), 2U);
  EXPECT_EQ(box.bytes(), bytes);
  EXPECT_EQ(box.pending(), std::vector{pending});
  auto listed = **box.read(pending);
  EXPECT_EQ(listed.event, kEvent);
  listed.letter.handover = Handover::kDelivered;
  EXPECT_TRUE(written([&] { return box.update(listed.letter); }).has_value());
  EXPECT_TRUE(box.pending().empty());
  EXPECT_EQ((*box.read(pending))->letter, listed.letter);
}

TEST_F(DeadLetterBoxTest, RecordsThatAreGivenUpAgainAfterACrashAreOneLetter) {
  DeadLetterBox box{*storage_};
  ASSERT_TRUE(box.load().has_value());
  const LetterId first = put(box, letter_about(1));
  const LetterId again = put(box, letter_about(1));
  EXPECT_GT(again, first);
  EXPECT_EQ(box.size(), 1U);
  EXPECT_FALSE(box.contains(first));
  put(box, letter_about(1, "another mapping"));
  EXPECT_EQ(box.size(), 2U);
}

TEST_F(DeadLetterBoxTest, WhatIsTooMuchGoesTheOldestFirst) {
  DeadLetterBox by_number{*storage_, {.letters = 2}};
  ASSERT_TRUE(by_number.load().has_value());
  for (storage::Sequence record = 1; record <= 4; ++record) put(by_number, letter_about(record));
  EXPECT_EQ(records_of(*by_number.list({})), (std::vector<storage::Sequence>{4, 3}));
  EXPECT_EQ(by_number.dropped(), 2U);
  DeadLetterBox by_bytes{*storage_, {.bytes = 5000}};
  ASSERT_TRUE(by_bytes.load().has_value());
  EXPECT_EQ(by_bytes.dropped(), 2U);
  put(by_bytes, letter_about(5), std::string(4900, 'x'));
  EXPECT_EQ(records_of(*by_bytes.list({})), (std::vector<storage::Sequence>{5}));
  put(by_bytes, letter_about(6), std::string(9000, 'x'));  // more than there is room for: kept all the same
  EXPECT_EQ(records_of(*by_bytes.list({})), (std::vector<storage::Sequence>{6}));
  EXPECT_EQ(by_bytes.dropped(), 5U);
}

TEST_F(DeadLetterBoxTest, WhatIsTooOldGoes) {
  DeadLetterBox box{*storage_, {.age = 24h}};
  ASSERT_TRUE(box.load().has_value());
  put(box, letter_about(1));
  put(box, letter_about(2, "m", kStart + 12h));
  EXPECT_TRUE(written([&] { return box.trim(kStart + 24h); }).has_value());
  EXPECT_EQ(box.size(), 2U);
  EXPECT_TRUE(written([&] { return box.trim(kStart + 25h); }).has_value());
  EXPECT_EQ(records_of(*box.list({})), (std::vector<storage::Sequence>{2}));
  EXPECT_TRUE(written([&] { return box.trim(kStart + 48h); }).has_value());
  EXPECT_EQ(box.size(), 0U);
  EXPECT_EQ(box.bytes(), 0U);
  EXPECT_EQ(box.dropped(), 2U);
}

TEST_F(DeadLetterBoxTest, APageHoldsAMegabyteAndAtLeastOneLetter) {
  DeadLetterBox box{*storage_};
  ASSERT_TRUE(box.load().has_value());
  for (storage::Sequence record = 1; record <= 3; ++record) put(box, letter_about(record), std::string(2'000'000, 'x'));
  const auto page = box.list({});
  EXPECT_EQ(records_of(*page), (std::vector<storage::Sequence>{3}));
  EXPECT_TRUE(page->more);
}

}  // namespace
}  // namespace millrace::esm
