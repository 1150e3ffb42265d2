// What rows were before can be read as of any number that was taken since the history began; what is no longer asked
// for is removed in portions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

using testing::ElementsAre;

class RowHistoryTest : public StorageOfKind {
 protected:
  RowHistoryTest() {
    begin();
    keyspace_ = storage_->create_keyspace().value();
    commit();
  }

  Sequence keep() {
    begin();
    const Sequence first = storage_->keep_history(keyspace_).value();
    commit();
    return first;
  }
  Sequence take() {
    begin();
    const Sequence taken = storage_->next_sequence().value();
    commit();
    return taken;
  }
  void put(std::string_view key, std::string_view item) {
    begin();
    ASSERT_TRUE(storage_->write_row(keyspace_, key, item, item.size()).has_value());
    commit();
  }
  void erase(std::string_view key) {
    begin();
    ASSERT_TRUE(storage_->erase_row(keyspace_, key).has_value());
    commit();
  }
  std::vector<std::string> scan(Sequence as_of, const KeyRange& range = {}, Direction direction = Direction::kAscending,
                                std::size_t limit = 100) {
    std::vector<std::string> rows;
    EXPECT_TRUE(storage_
                    ->scan_rows_as_of(keyspace_, range, direction, as_of,
                                      [&](const RowView& row) {
                                        EXPECT_EQ(row.item_size, row.item_json.size());
                                        rows.push_back(std::string{row.key} + "=" + std::string{row.item_json});
                                        return rows.size() == limit ? Visit::kStop : Visit::kContinue;
                                      })
                    .has_value());
    return rows;
  }
  std::optional<std::string> get(std::string_view key, Sequence as_of) {
    auto row = storage_->read_row_as_of(keyspace_, key, as_of).value();
    return row ? std::optional{row->item_json} : std::nullopt;
  }
  std::int64_t kept() { return count("SELECT count(*) FROM history"); }

  KeyspaceId keyspace_{0};
};

INSTANTIATE_TEST_SUITE_P(Both, RowHistoryTest, testing::Values(Kind::kEphemeral, Kind::kFile), name_of);

TEST_P(RowHistoryTest, ANewKeyspaceHasNoneAndKeepsNothing) {
  put("a", "1");
  put("a", "2");
  erase("a");
  EXPECT_EQ(storage_->history_begin(keyspace_), std::nullopt);
  EXPECT_EQ(kept(), 0);
  EXPECT_THROW(static_cast<void>(storage_->read_row_as_of(keyspace_, "a", take())), std::logic_error);
}

TEST_P(RowHistoryTest, RowsAreReadAsTheyWereAtEachNumber) {
  put("a", "a1");
  put("b", "b1");
  const Sequence first = keep();
  put("b", "b2");
  put("c", "c2");
  const Sequence second = take();
  erase("a");
  put("b", "b3");
  const Sequence third = take();
  put("a", "a4");
  erase("c");
  const Sequence fourth = take();
  reopen();
  EXPECT_EQ(storage_->history_begin(keyspace_), first);
  EXPECT_THAT(scan(first), ElementsAre("a=a1", "b=b1"));
  EXPECT_THAT(scan(second), ElementsAre("a=a1", "b=b2", "c=c2"));
  EXPECT_THAT(scan(third), ElementsAre("b=b3", "c=c2"));
  EXPECT_THAT(scan(fourth), ElementsAre("a=a4", "b=b3"));
  EXPECT_EQ(get("a", second), "a1");
  EXPECT_EQ(get("a", third), std::nullopt);
  EXPECT_EQ(get("c", first), std::nullopt);
  EXPECT_EQ(get("c", fourth), std::nullopt);
  EXPECT_EQ(get("never there", second), std::nullopt);
}

TEST_P(RowHistoryTest, ScansAreHalfOpenGoBothWaysAndStop) {
  for (const std::string_view key : {"b", "d", "f"}) put(key, "1");
  const Sequence before = keep();
  for (const std::string_view key : {"a", "b", "c", "e", "g"}) put(key, "2");
  for (const std::string_view key : {"d", "f"}) erase(key);
  EXPECT_THAT(scan(before), ElementsAre("b=1", "d=1", "f=1"));
  EXPECT_THAT(scan(before, {"", ""}, Direction::kDescending), ElementsAre("f=1", "d=1", "b=1"));
  EXPECT_THAT(scan(before, {"b", "f"}), ElementsAre("b=1", "d=1"));
  EXPECT_THAT(scan(before, {"b", "f"}, Direction::kDescending), ElementsAre("d=1", "b=1"));
  EXPECT_THAT(scan(before, {"c", ""}), ElementsAre("d=1", "f=1"));
  EXPECT_THAT(scan(before, {"f", "b"}), ElementsAre());
  EXPECT_THAT(scan(before, {"f", "b"}, Direction::kDescending), ElementsAre());
  EXPECT_THAT(scan(before, {}, Direction::kAscending, 2), ElementsAre("b=1", "d=1"));
  EXPECT_THAT(scan(before, {}, Direction::kDescending, 1), ElementsAre("f=1"));
}

TEST_P(RowHistoryTest, WritingChangesBackInPortionsRestoresWhatWasAndCanBeUndoneItself) {
  for (const std::string_view key : {"a", "b", "c", "d", "e"}) put(key, "1");
  const Sequence before = keep();
  put("a", "2");
  put("a", "3");
  erase("b");
  put("b", "4");
  erase("c");
  put("f", "5");
  const Sequence after = take();
  const auto changed = scan(after);
  int portions = 0;
  for (std::string mark; portions < 10; ++portions) {
    std::vector<std::pair<std::string, std::optional<Row>>> portion;
    const auto shown =
        storage_->scan_changes(keyspace_, {mark, ""}, before, [&](std::string_view key, const auto& row) {
          portion.emplace_back(key, row);
          return portion.size() == 2 ? Visit::kStop : Visit::kContinue;
        });
    ASSERT_TRUE(shown.has_value());
    if (portion.empty()) break;
    mark = portion.back().first + '\0';
    begin();
    for (const auto& [key, row] : portion) {
      const auto restored = row ? storage_->write_row(keyspace_, key, row->item_json, row->item_size)
                                : storage_->erase_row(keyspace_, key);
      ASSERT_TRUE(restored.has_value());
    }
    commit();
  }
  EXPECT_EQ(portions, 2) << "four keys have changed, and no other is looked at";
  EXPECT_THAT(scan(take()), ElementsAre("a=1", "b=1", "c=1", "d=1", "e=1"));
  EXPECT_EQ(scan(after), changed);
}

TEST_P(RowHistoryTest, TheEmptyKeyIsAKey) {
  put("", "1");
  const Sequence before = keep();
  put("", "2");
  EXPECT_THAT(scan(before), ElementsAre("=1"));
  EXPECT_THAT(scan(before, {"", ""}, Direction::kDescending), ElementsAre("=1"));
  EXPECT_THAT(scan(before, {"", "a"}, Direction::kDescending), ElementsAre("=1"));
}

TEST_P(RowHistoryTest, OfTheWritesBetweenTwoNumbersOnlyWhatTheFirstOneFindsIsKept) {
  const Sequence before = keep();
  begin();
  for (const std::string_view item : {"1", "2", "3"}) {
    ASSERT_TRUE(storage_->write_row(keyspace_, "a", item, 1).has_value());
  }
  commit();
  put("a", "4");
  EXPECT_EQ(kept(), 1);
  begin();
  const Sequence within = storage_->next_sequence().value();
  ASSERT_TRUE(storage_->write_row(keyspace_, "a", "5", 1).has_value());
  EXPECT_EQ(get("a", within), "4") << "within the transaction, too";
  commit();
  EXPECT_EQ(kept(), 2);
  EXPECT_EQ(get("a", before), std::nullopt);
  EXPECT_EQ(get("a", within), "4");
  EXPECT_EQ(get("a", take()), "5");
}

TEST_P(RowHistoryTest, WhatIsRolledBackHasNotBeen) {
  put("a", "1");
  const Sequence before = keep();
  begin();
  ASSERT_TRUE(storage_->write_row(keyspace_, "a", "2", 1).has_value());
  const Sequence lost = storage_->next_sequence().value();
  ASSERT_TRUE(storage_->write_row(keyspace_, "a", "3", 1).has_value());
  storage_->rollback();
  EXPECT_EQ(kept(), 0);
  put("a", "4");
  EXPECT_EQ(get("a", before), "1");
  EXPECT_EQ(get("a", lost), "1");

  begin();
  ASSERT_TRUE(storage_->forget_history(keyspace_, lost).has_value());
  storage_->rollback();
  EXPECT_EQ(storage_->history_begin(keyspace_), before);
  begin();
  ASSERT_TRUE(storage_->drop_history(keyspace_).has_value());
  storage_->rollback();
  EXPECT_EQ(storage_->history_begin(keyspace_), before);
  steps_to_the_end();
  EXPECT_EQ(get("a", before), "1");
}

TEST_P(RowHistoryTest, ALostBeginningIsNone) {
  begin();
  ASSERT_TRUE(storage_->keep_history(keyspace_).has_value());
  storage_->rollback();
  EXPECT_EQ(storage_->history_begin(keyspace_), std::nullopt);
  put("a", "1");
  EXPECT_EQ(kept(), 0);
}

TEST_P(RowHistoryTest, OneThatBeginsAnewShowsNothingOfTheOldOne) {
  put("a", "1");
  const Sequence first = keep();
  put("a", "2");
  begin();
  ASSERT_TRUE(storage_->drop_history(keyspace_).has_value());
  ASSERT_TRUE(storage_->write_row(keyspace_, "a", "3", 1).has_value());
  const Sequence second = storage_->keep_history(keyspace_).value();
  EXPECT_EQ(storage_->keep_history(keyspace_).value(), second) << "there is one";
  ASSERT_TRUE(storage_->write_row(keyspace_, "a", "4", 1).has_value());
  commit();
  for (int opening = 0; opening < 2; ++opening) {
    EXPECT_EQ(get("a", second), "3");
    EXPECT_THROW(static_cast<void>(get("a", first)), std::logic_error);
    EXPECT_EQ(kept(), 2 - opening);
    steps_to_the_end();
    reopen();
  }
}

TEST_P(RowHistoryTest, NumbersThatTellNothingThrow) {
  const Sequence first = keep();
  EXPECT_THROW(static_cast<void>(get("a", first - 1)), std::logic_error);
  EXPECT_THROW(static_cast<void>(get("a", take() + 1)), std::logic_error) << "not given out yet";
  EXPECT_THROW(static_cast<void>(storage_->keep_history(keyspace_)), std::logic_error) << "outside of a transaction";
}

TEST_P(RowHistoryTest, ARowThatWasManyOthersIsShownOnce) {
  put("a", "0");
  const Sequence first = keep();
  std::vector<Sequence> taken;
  const auto grow = [&](int versions) {
    begin();
    for (int version = 0; version < versions; ++version) {
      taken.push_back(storage_->next_sequence().value());
      ASSERT_TRUE(storage_->write_row(keyspace_, "a", std::string(2000, 'x'), 2000).has_value());
    }
    commit();
  };
  grow(2000);
  std::size_t shown = 0;
  const auto visit = [&](const RowView&) {
    ++shown;
    return Visit::kContinue;
  };
  for (const Sequence as_of : {first, taken.front(), taken.back()}) {
    ASSERT_TRUE(storage_->scan_rows_as_of(keyspace_, {}, Direction::kAscending, as_of, visit).has_value());
    ASSERT_TRUE(storage_->scan_rows_as_of(keyspace_, {}, Direction::kDescending, as_of, visit).has_value());
  }
  EXPECT_EQ(shown, 6U) << "one row each, whatever is kept of it";
  EXPECT_EQ(get("a", first), "0");
}

TEST_P(RowHistoryTest, ForgettingIsToldAtOnceAndDoneInPortions) {
  for (const int rows : {1000, 4000}) {
    SCOPED_TRACE(rows);
    const Sequence first = keep();
    begin();
    for (int row = 0; row < rows; ++row) {
      ASSERT_TRUE(storage_->write_row(keyspace_, std::to_string(rows + row), std::string(200, 'i'), 200).has_value());
    }
    const Sequence second = storage_->next_sequence().value();
    ASSERT_TRUE(storage_->write_row(keyspace_, "last", "1", 1).has_value());
    commit();
    steps_to_the_end();
    const std::int64_t before = kept();
    begin();
    ASSERT_TRUE(storage_->forget_history(keyspace_, second).has_value());
    commit();
    EXPECT_EQ(storage_->history_begin(keyspace_), second);
    EXPECT_THROW(static_cast<void>(get("last", first)), std::logic_error);
    EXPECT_EQ(kept(), before);
    step();
    EXPECT_EQ(kept(), before - 256);
    reopen();
    steps_to_the_end();
    EXPECT_EQ(kept(), 1);
    EXPECT_EQ(get("last", second), std::nullopt);
    begin();
    ASSERT_TRUE(storage_->erase_row(keyspace_, "last").has_value());
    ASSERT_TRUE(storage_->drop_history(keyspace_).has_value());
    commit();
    steps_to_the_end();
    EXPECT_EQ(kept(), 0);
  }
}

TEST_P(RowHistoryTest, GoesWithItsKeyspaceAndGivesItsRoomBack) {
  const KeyspaceId other = [this] {
    begin();
    const KeyspaceId made = storage_->create_keyspace().value();
    EXPECT_TRUE(storage_->keep_history(made).has_value());
    EXPECT_TRUE(storage_->write_row(made, "kept", "1", 1).has_value());
    commit();
    return made;
  }();
  const std::int64_t small = pages();
  keep();
  for (int round = 0; round < 20; ++round) {
    begin();
    static_cast<void>(storage_->next_sequence());
    for (int row = 0; row < 100; ++row) {
      ASSERT_TRUE(storage_->write_row(keyspace_, std::to_string(row), std::string(1000, 'i'), 1000).has_value());
    }
    commit();
  }
  EXPECT_EQ(kept(), 2001);
  EXPECT_EQ(storage_->measure_keyspace(keyspace_).value().row_count, 100) << "what is kept is not counted";
  const std::int64_t large = pages();
  begin();
  ASSERT_TRUE(storage_->drop_keyspace(keyspace_).has_value());
  commit();
  EXPECT_EQ(kept(), 2001);
  steps_to_the_end();
  EXPECT_EQ(kept(), 1);
  EXPECT_GT(large, 4 * small);
  EXPECT_LE(pages(), small + 4);
  EXPECT_TRUE(storage_->history_begin(other).has_value());
}

TEST_P(RowHistoryTest, AnEmptyKeyspaceLeavesItsHistoryToBeRemoved) {
  keep();
  put("a", "1");
  static_cast<void>(take());
  erase("a");
  EXPECT_EQ(kept(), 2);
  begin();
  ASSERT_TRUE(storage_->drop_keyspace(keyspace_).has_value());
  commit();
  steps_to_the_end();
  EXPECT_EQ(kept(), 0);
}

}  // namespace
}  // namespace millrace::storage::sqlite
