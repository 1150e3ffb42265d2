// Which sequence stands for which second.
#include "server/plan/context/time_marks.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::plan {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TimeMarksTest : public ::testing::Test {
 protected:
  TimeMarksTest() { EXPECT_TRUE(marks.load().has_value()); }

  void write_at(TimePoint time) {
    ASSERT_TRUE(storage->begin().has_value());
    ASSERT_TRUE(marks.before_write(time).has_value());
    ASSERT_TRUE(storage->commit().has_value());
  }
  std::optional<storage::Sequence> end_of(TimePoint time) {
    const auto found = marks.end_of(time);
    EXPECT_TRUE(found.has_value());
    return *found;
  }

  const TimePoint start{seconds{1'710'000'000}};
  std::unique_ptr<storage::Storage> storage{*storage::sqlite::SqliteStorage::open({})};
  TimeMarks marks{*storage};
};

TEST_F(TimeMarksTest, WithoutAWriteEverythingIsAsItWas) { EXPECT_EQ(end_of(start), std::nullopt); }

TEST_F(TimeMarksTest, ASecondEndsWhereTheNextOneWithAWriteBegins) {
  write_at(start);
  EXPECT_EQ(end_of(start), std::nullopt);
  write_at(start + milliseconds{999});
  EXPECT_EQ(end_of(start), std::nullopt) << "still the same second";
  write_at(start + seconds{5});
  const auto end = end_of(start);
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end_of(start + milliseconds{999}), end);
  EXPECT_EQ(end_of(start + seconds{4}), end) << "nothing was written in between";
  EXPECT_EQ(end_of(start + seconds{5}), std::nullopt);
  EXPECT_LT(end_of(start - seconds{1}), end);
}

TEST_F(TimeMarksTest, AMarkThatWasLostIsTakenAgain) {
  write_at(start);
  ASSERT_TRUE(storage->begin().has_value());
  ASSERT_TRUE(marks.before_write(start + seconds{1}).has_value());
  storage->rollback();
  ASSERT_TRUE(marks.load().has_value());
  EXPECT_EQ(end_of(start), std::nullopt);
  write_at(start + seconds{1});
  EXPECT_TRUE(end_of(start).has_value());
}

TEST_F(TimeMarksTest, AClockThatWasSetBackTakesNone) {
  write_at(start + seconds{9});
  write_at(start);
  EXPECT_EQ(end_of(start + seconds{8}), end_of(start - seconds{1})) << "the one mark there is";
  EXPECT_EQ(end_of(start + seconds{9}), std::nullopt);
}

TEST_F(TimeMarksTest, OldOnesGoInPortions) {
  for (int second = 0; second < 10; ++second) write_at(start + seconds{second});
  const auto end = end_of(start + seconds{6});
  const storage::Budget three{.rows = 3, .bytes = 1000};
  ASSERT_TRUE(storage->begin().has_value());
  EXPECT_EQ(*marks.forget_before(start + seconds{7}, three), true);
  EXPECT_EQ(*marks.forget_before(start + seconds{7}, three), true);
  EXPECT_EQ(*marks.forget_before(start + seconds{7}, three), false);
  ASSERT_TRUE(storage->commit().has_value());
  EXPECT_EQ(end_of(start), end) << "the oldest that is left";
  EXPECT_EQ(end_of(start + seconds{6}), end);
}

}  // namespace
}  // namespace millrace::plan
