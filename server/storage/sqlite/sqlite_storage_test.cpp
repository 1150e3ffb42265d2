#include "server/storage/sqlite/sqlite_storage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

class SqliteStorageTest : public KeyspaceAndLog {};

INSTANTIATE_TEST_SUITE_P(Both, SqliteStorageTest, testing::Values(Kind::kEphemeral, Kind::kFile), name_of);

TEST_P(SqliteStorageTest, RowsAreReplacedReadAndErased) {
  begin();
  put("k", "one");
  put("k", "another");
  commit();
  reopen();
  const auto row = storage_->read_row(keyspace_, "k").value();
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->item_json, "another");
  EXPECT_EQ(row->item_size, 7U);
  EXPECT_FALSE(get("K").has_value());
  begin();
  EXPECT_TRUE(storage_->erase_row(keyspace_, "k").has_value());
  EXPECT_TRUE(storage_->erase_row(keyspace_, "never there").has_value());
  commit();
  EXPECT_FALSE(get("k").has_value());
}

TEST_P(SqliteStorageTest, RowsTakeAnyBytesAndAnySize) {
  const std::string key{"\0\xFF\0", 3};
  const std::string item(400'000, 'x');
  begin();
  put(key, item);
  put("", "{}");
  commit();
  EXPECT_EQ(get(key), item);
  EXPECT_EQ(get(""), "{}");
}

TEST_P(SqliteStorageTest, ScansAreHalfOpenAndGoBothWays) {
  begin();
  for (const std::string_view key : {"b", "a", "c", "d"}) put(key, "{}");
  commit();
  EXPECT_THAT(scan({"b", "d"}, Direction::kAscending), ElementsAre("b", "c"));
  EXPECT_THAT(scan({"b", "d"}, Direction::kDescending), ElementsAre("c", "b"));
  EXPECT_THAT(scan({"b", ""}, Direction::kAscending), ElementsAre("b", "c", "d"));
  EXPECT_THAT(scan({"b", ""}, Direction::kDescending), ElementsAre("d", "c", "b"));
  EXPECT_THAT(scan({"", ""}, Direction::kAscending, 2), ElementsAre("a", "b"));
  EXPECT_THAT(scan({"c", "b"}, Direction::kAscending), ElementsAre());
}

TEST_P(SqliteStorageTest, ScansEndWithTheirKeyspace) {
  begin();
  const KeyspaceId behind = storage_->create_keyspace().value();
  const KeyspaceId last = storage_->create_keyspace().value();
  for (const KeyspaceId keyspace : {keyspace_, behind, last}) {
    keyspace_ = keyspace;
    put("a", "{}");
    put("b", "{}");
  }
  commit();
  keyspace_ = behind;
  for (const KeyRange& range : {KeyRange{"", ""}, KeyRange{"a", "c"}}) {
    EXPECT_THAT(scan(range, Direction::kAscending), ElementsAre("a", "b"));
    EXPECT_THAT(scan(range, Direction::kDescending), ElementsAre("b", "a"));
  }
}

TEST_P(SqliteStorageTest, WhatAVisitorThrowsComesOut) {
  begin();
  put("a", "1");
  append(TimePoint{seconds{1}}, "record");
  commit();
  struct Thrown {};
  const auto throw_at_row = [](const RowView&) -> Visit { throw Thrown{}; };
  const auto throw_at_record = [](const RecordView&) -> Visit { throw Thrown{}; };
  for (int time = 0; time < 2; ++time) {
    EXPECT_THROW(static_cast<void>(storage_->scan_rows(keyspace_, {}, Direction::kAscending, throw_at_row)), Thrown);
    EXPECT_THROW(static_cast<void>(storage_->read_records(log_, 0, throw_at_record)), Thrown);
  }
  EXPECT_THAT(scan({}, Direction::kAscending), ElementsAre("a"));
  EXPECT_THAT(payloads(), ElementsAre("record"));
}

TEST_P(SqliteStorageTest, AVisitorMayReadOtherRowsButNotScanTheSameWay) {
  begin();
  put("a", "1");
  put("b", "2");
  commit();
  const auto visit = [this](const RowView&) {
    EXPECT_EQ(get("b"), "2");
    return Visit::kContinue;
  };
  EXPECT_TRUE(storage_->scan_rows(keyspace_, {}, Direction::kAscending, visit).has_value());
  const auto nested = [this](const RowView&) {
    scan({}, Direction::kAscending);
    return Visit::kContinue;
  };
  EXPECT_THROW(static_cast<void>(storage_->scan_rows(keyspace_, {}, Direction::kAscending, nested)), std::logic_error);
  EXPECT_THAT(scan({}, Direction::kAscending), ElementsAre("a", "b"));
}

TEST_P(SqliteStorageTest, KeyspacesAreApartMeasuredAndNeverReused) {
  begin();
  const KeyspaceId other = storage_->create_keyspace().value();
  put("k", "mine");
  EXPECT_TRUE(storage_->write_row(other, "k", "theirs", 6).has_value());
  EXPECT_TRUE(storage_->write_row(other, "l", "theirs", 6).has_value());
  commit();
  EXPECT_EQ(storage_->measure_keyspace(other).value().row_count, 2);
  EXPECT_EQ(storage_->measure_keyspace(other).value().item_bytes, 12);
  begin();
  EXPECT_TRUE(storage_->drop_keyspace(other).has_value());
  commit();
  EXPECT_THROW(static_cast<void>(storage_->read_row(other, "k")), std::logic_error);
  reopen();
  EXPECT_EQ(get("k"), "mine");
  begin();
  EXPECT_GT(storage_->create_keyspace().value(), other);
  commit();
}

TEST_P(SqliteStorageTest, RollbackUndoesEverything) {
  begin();
  put("kept", "1");
  commit();
  begin();
  put("kept", "2");
  put("lost", "1");
  append(TimePoint{}, "lost");
  EXPECT_TRUE(storage_->write_document("kind", "lost", "{}").has_value());
  const KeyspaceId made = storage_->create_keyspace().value();
  EXPECT_TRUE(storage_->drop_log(log_).has_value());
  storage_->rollback();
  EXPECT_EQ(get("kept"), "1");
  EXPECT_FALSE(get("lost").has_value());
  EXPECT_THAT(payloads(), ElementsAre());
  EXPECT_FALSE(storage_->read_document("kind", "lost").value().has_value());
  EXPECT_THROW(static_cast<void>(storage_->measure_keyspace(made)), std::logic_error);
}

TEST_P(SqliteStorageTest, AnUncommittedTransactionGoesWithTheStorage) {
  begin();
  put("kept", "1");
  commit();
  begin();
  put("lost", "1");
  if (GetParam() == Kind::kEphemeral) {
    storage_->rollback();
  } else {
    reopen();
  }
  EXPECT_EQ(get("kept"), "1");
  EXPECT_FALSE(get("lost").has_value());
}

TEST_P(SqliteStorageTest, DocumentsAreNamedWithinTheirKindAndOrdered) {
  begin();
  for (const std::string_view name : {"b", "B", "a", "\xC3\xA4"}) {
    EXPECT_TRUE(storage_->write_document("table", name, name).has_value());
  }
  EXPECT_TRUE(storage_->write_document("stream", "a", "other").has_value());
  EXPECT_TRUE(storage_->write_document("table", "a", "new").has_value());
  EXPECT_TRUE(storage_->write_document("table", "gone", "{}").has_value());
  EXPECT_TRUE(storage_->erase_document("table", "gone").has_value());
  commit();
  reopen();
  std::vector<std::string> names;
  EXPECT_TRUE(
      storage_->scan_documents("table", [&](std::string_view name, std::string_view) { names.emplace_back(name); })
          .has_value());
  EXPECT_THAT(names, ElementsAre("B", "a", "b", "\xC3\xA4"));
  EXPECT_EQ(storage_->read_document("table", "a").value(), "new");
  EXPECT_EQ(storage_->read_document("stream", "a").value(), "other");
  EXPECT_FALSE(storage_->read_document("table", "gone").value().has_value());
}

TEST_P(SqliteStorageTest, MisuseThrows) {
  EXPECT_THROW(static_cast<void>(storage_->write_row(keyspace_, "k", "{}", 2)), std::logic_error);
  EXPECT_THROW(static_cast<void>(storage_->next_sequence()), std::logic_error);
  EXPECT_THROW(static_cast<void>(storage_->commit()), std::logic_error);
  EXPECT_THROW(storage_->rollback(), std::logic_error);
  begin();
  EXPECT_THROW(static_cast<void>(storage_->begin()), std::logic_error);
  EXPECT_THROW(static_cast<void>(storage_->write_row(keyspace_ + 100, "k", "{}", 2)), std::logic_error);
  EXPECT_THROW(static_cast<void>(storage_->append_record(log_ + 100, 1, TimePoint{}, "")), std::logic_error);
  storage_->rollback();
}

TEST_P(SqliteStorageTest, AFailedBeginLeavesNoTransaction) {
  plan_.set(FaultPoint::kStorageBegin, {.times = 1});
  EXPECT_TRUE(storage_->begin().has_error());
  begin();
  commit();
}

TEST_P(SqliteStorageTest, AFailedWriteDoomsTheTransaction) {
  begin();
  put("a", "1");
  plan_.set(FaultPoint::kStorageWrite, {.times = 1});
  EXPECT_TRUE(storage_->write_row(keyspace_, "b", "1", 1).has_error());
  EXPECT_TRUE(storage_->write_row(keyspace_, "c", "1", 1).has_error()) << "nothing more is taken";
  const auto committed = storage_->commit();
  ASSERT_TRUE(committed.has_error());
  EXPECT_THAT(committed.error().detail, testing::HasSubstr("storage.write"));
  EXPECT_FALSE(get("a").has_value());
  begin();
  put("a", "2");
  commit();
  EXPECT_EQ(get("a"), "2");
}

TEST_P(SqliteStorageTest, AFailedCommitKeepsNothing) {
  plan_.set(FaultPoint::kStorageCommit, {.times = 1});
  begin();
  put("a", "1");
  const KeyspaceId made = storage_->create_keyspace().value();
  EXPECT_TRUE(storage_->commit().has_error());
  EXPECT_FALSE(get("a").has_value());
  EXPECT_THROW(static_cast<void>(storage_->measure_keyspace(made)), std::logic_error);
}

}  // namespace
}  // namespace millrace::storage::sqlite
