#include "harness/esm/delivery/shard_reader.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "harness/esm/delivery/shard_poller_fixture.hpp"

namespace millrace::esm {
namespace {

class ShardReaderTest : public testing::Test {
 protected:
  ShardReader& reader() {
    if (!reader_) reader_.emplace(std::make_shared<const PollerSettings>(settings_), 0);
    return *reader_;
  }
  /// The shard holds these.
  void read_page(const RecordsRead& read) {
    static_cast<void>(reader().read(now_));
    reader().on(*read.page);
  }

  PollerSettings settings_;
  TimePoint now_{kStart};

 private:
  std::optional<ShardReader> reader_;
};

TEST_F(ShardReaderTest, EachReadGoesOnWhereTheLastEnded) {
  EXPECT_EQ(reader().read(now_).after, 0U);
  EXPECT_FALSE(reader().is_free());
  reader().on(*with_more(records({3, 5})).page);
  EXPECT_TRUE(reader().is_free());
  EXPECT_TRUE(reader().has_more());
  EXPECT_FALSE(reader().is_caught_up());
  EXPECT_EQ(reader().read(now_).after, 5U);
  reader().on(*at_end(nothing()).page);
  EXPECT_TRUE(reader().is_caught_up());
  EXPECT_TRUE(reader().is_at_end());
  EXPECT_EQ(reader().read_upto(), 5U);
}

TEST_F(ShardReaderTest, AWaitIsAskedForOnceAndEndsWithAWakeOrARead) {
  read_page(nothing());
  EXPECT_TRUE(reader().wait(std::nullopt).has_value());
  EXPECT_FALSE(reader().wait(std::nullopt).has_value());
  EXPECT_TRUE(reader().wait(kStart + 1s).has_value());  // another end of a window
  EXPECT_EQ(reader().on(now_, Woken{}), std::nullopt);
  EXPECT_FALSE(reader().is_caught_up());
  EXPECT_TRUE(reader().wait(kStart + 1s).has_value());
  EXPECT_EQ(reader().read(now_).after, 0U);
}

TEST_F(ShardReaderTest, KnowsUntilWhenItHasReadEverything) {
  EXPECT_EQ(reader().has_read_all_until(), TimePoint{});
  static_cast<void>(reader().read(kStart));
  now_ += 5s;
  reader().on(*records({1}).page);
  EXPECT_EQ(reader().has_read_all_until(), kStart) << "since the read was begun anything may have been written";
  static_cast<void>(reader().read(kStart + 6s));
  reader().on(*with_more(records({2})).page);
  EXPECT_EQ(reader().has_read_all_until(), kStart);
}

TEST_F(ShardReaderTest, FailedReadsAreRepeatedWithBackOffUntilOneSucceeds) {
  static_cast<void>(reader().read(now_));
  EXPECT_EQ(reader().on_failed_read(now_).when, kStart + 500ms);
  EXPECT_TRUE(reader().on(now_, Woken{}).has_value());
  EXPECT_EQ(reader().on_failed_read(now_).failures, 2U);
  EXPECT_TRUE(reader().on(now_, Woken{}).has_value());
  reader().on(*nothing().page);
  EXPECT_EQ(reader().failures(), 0U);
}

TEST_F(ShardReaderTest, DamageIsGivenUpByTheRulesOfTheMapping) {
  settings_.maximum_retry_attempts = 1;
  read_page(records({1}));
  static_cast<void>(reader().read(now_));
  EXPECT_TRUE(std::holds_alternative<SleepUntil>(reader().on_damage(now_, 4)));
  EXPECT_EQ(reader().on(now_, Woken{})->after, 1U);
  const auto answer = reader().on_damage(now_, 4);
  ASSERT_TRUE(std::holds_alternative<Discard>(answer));
  const Discard& discard = std::get<Discard>(answer);
  EXPECT_TRUE(discard.unreadable);
  EXPECT_EQ(discard.reason, DiscardReason::kRetryAttemptsExhausted);
  EXPECT_EQ(discard.first, 2U);
  EXPECT_EQ(discard.last, 4U);
  EXPECT_TRUE(reader().is_under_way());
  reader().on(Discarded{});
  EXPECT_EQ(reader().read(now_).after, 4U);
}

TEST_F(ShardReaderTest, DamageBehindRecordsThatGoFirstIsNotCounted) {
  settings_.maximum_retry_attempts = 0;
  read_page(with_more(records({1})));
  static_cast<void>(reader().read(now_));
  reader().put_damage_off();
  EXPECT_TRUE(reader().is_free());
  EXPECT_FALSE(reader().has_more());  // what was read waits for nothing
  EXPECT_FALSE(reader().is_caught_up());
}

TEST_F(ShardReaderTest, ReadsNothingUntilWhatItDidIsSaved) {
  read_page(records({1, 2}));
  reader().hold(2);
  EXPECT_FALSE(reader().is_free());
  reader().release(1);
  EXPECT_FALSE(reader().is_free());
  reader().release(2);
  EXPECT_TRUE(reader().is_free());
}

TEST_F(ShardReaderTest, AfterAStopOnlyTheReadUnderWayIsAnswered) {
  static_cast<void>(reader().read(now_));
  reader().stop();
  EXPECT_TRUE(reader().is_under_way());
  reader().abandon_read();
  EXPECT_FALSE(reader().is_under_way());
  EXPECT_FALSE(reader().is_free());
}

TEST_F(ShardReaderTest, AnAnswerToSomethingElseIsABug) {
  EXPECT_THROW(reader().on(*nothing().page), std::logic_error);
  EXPECT_THROW(reader().on(Discarded{}), std::logic_error);
  EXPECT_THROW(static_cast<void>(reader().on(now_, Woken{})), std::logic_error);
  static_cast<void>(reader().read(now_));
  EXPECT_THROW(static_cast<void>(reader().read(now_)), std::logic_error);
}

}  // namespace
}  // namespace millrace::esm
