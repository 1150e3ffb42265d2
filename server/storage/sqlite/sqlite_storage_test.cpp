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

class SqliteStorageTest : public StorageOfKind {
 protected:
  SqliteStorageTest() {
    begin();
    keyspace_ = storage_->create_keyspace().value();
    log_ = storage_->create_log().value();
    commit();
  }

  void put(std::string_view key, std::string_view item) {
    ASSERT_TRUE(storage_->write_row(keyspace_, key, item, item.size()).has_value());
  }
  std::optional<std::string> get(std::string_view key) {
    auto row = storage_->read_row(keyspace_, key).value();
    return row ? std::optional{row->item_json} : std::nullopt;
  }
  std::vector<std::string> scan(const KeyRange& range, Direction direction, std::size_t limit = 100) {
    std::vector<std::string> keys;
    EXPECT_TRUE(storage_
                    ->scan_rows(keyspace_, range, direction,
                                [&](const RowView& row) {
                                  keys.emplace_back(row.key);
                                  return keys.size() == limit ? Visit::kStop : Visit::kContinue;
                                })
                    .has_value());
    return keys;
  }
  Sequence append(TimePoint created, std::string_view payload) {
    const Sequence sequence = storage_->next_sequence().value();
    EXPECT_TRUE(storage_->append_record(log_, sequence, created, payload).has_value());
    return sequence;
  }
  std::vector<std::string> payloads(Sequence after = 0) {
    std::vector<std::string> found;
    EXPECT_TRUE(storage_
                    ->read_records(log_, after,
                                   [&](const RecordView& record) {
                                     found.emplace_back(record.payload);
                                     return Visit::kContinue;
                                   })
                    .has_value());
    return found;
  }

  KeyspaceId keyspace_{0};
  LogId log_{0};
};

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

TEST_P(SqliteStorageTest, LogsKeepOrderAndForgetWhatIsOld) {
  begin();
  const Sequence first = append(TimePoint{seconds{1}}, "one");
  const Sequence second = append(TimePoint{seconds{2}}, "two");
  const Sequence third = append(TimePoint{seconds{3}}, "three");
  commit();
  reopen();
  EXPECT_THAT(payloads(), ElementsAre("one", "two", "three"));
  EXPECT_THAT(payloads(first), ElementsAre("two", "three"));
  begin();
  EXPECT_TRUE(storage_->trim_log(log_, first).has_value());
  commit();
  EXPECT_THAT(payloads(), ElementsAre("two", "three"));
  EXPECT_GT(storage_->latest_record(log_).value(), second);
  begin();
  EXPECT_TRUE(storage_->trim_log(log_, third).has_value());
  commit();
  EXPECT_FALSE(storage_->latest_record(log_).value().has_value());
}

TEST_P(SqliteStorageTest, RecordsOfAnOpenTransactionAreSeenAndGoWithIt) {
  begin();
  append(TimePoint{}, "kept");
  commit();
  begin();
  append(TimePoint{}, "first");
  EXPECT_THAT(payloads(), ElementsAre("kept", "first"));
  const Sequence last = append(TimePoint{}, "second");
  EXPECT_EQ(storage_->latest_record(log_).value(), last);
  append(TimePoint{}, "not even written");
  storage_->rollback();
  EXPECT_THAT(payloads(), ElementsAre("kept"));
  begin();
  append(TimePoint{}, "after");
  commit();
  EXPECT_THAT(payloads(), ElementsAre("kept", "after"));
}

TEST_P(SqliteStorageTest, OneTransactionMayAppendMoreThanABlockHolds) {
  const std::string payload(kFullBlockBytes / 3, 'p');
  begin();
  std::vector<Sequence> sequences;
  for (int number = 0; number < 10; ++number) sequences.push_back(append(TimePoint{}, payload));
  append(TimePoint{}, std::string(3 * kFullBlockBytes, 'q'));
  commit();
  reopen();
  EXPECT_EQ(payloads().size(), 11U);
  EXPECT_EQ(payloads(sequences[4]).size(), 6U);
  begin();
  EXPECT_TRUE(storage_->trim_log(log_, sequences[4]).has_value());
  commit();
  EXPECT_EQ(payloads().size(), 6U);
}

TEST_P(SqliteStorageTest, EveryLogOfATransactionGetsItsOwnRecords) {
  begin();
  std::vector<LogId> logs;
  for (int number = 0; number < 40; ++number) logs.push_back(storage_->create_log().value());
  for (const LogId log : logs) {
    const Sequence sequence = storage_->next_sequence().value();
    ASSERT_TRUE(storage_->append_record(log, sequence, TimePoint{}, std::to_string(log)).has_value());
  }
  ASSERT_TRUE(storage_->drop_log(logs.front()).has_value());
  commit();
  logs.erase(logs.begin());
  for (const LogId log : logs) {
    std::vector<std::string> found;
    ASSERT_TRUE(storage_
                    ->read_records(log, 0,
                                   [&](const RecordView& record) {
                                     found.emplace_back(record.payload);
                                     return Visit::kContinue;
                                   })
                    .has_value());
    EXPECT_THAT(found, ElementsAre(std::to_string(log)));
  }
}

TEST_P(SqliteStorageTest, RecordsTellTheirSequenceAndTime) {
  const TimePoint created{std::chrono::microseconds{1'733'006'400'123'456}};
  begin();
  const Sequence sequence = append(created, "payload");
  commit();
  EXPECT_TRUE(storage_
                  ->read_records(log_, 0,
                                 [&](const RecordView& record) {
                                   EXPECT_EQ(record.sequence, sequence);
                                   EXPECT_EQ(record.created, created);
                                   return Visit::kStop;
                                 })
                  .has_value());
}

TEST_P(SqliteStorageTest, ASequenceIsNeverGivenOutTwice) {
  begin();
  const Sequence committed = append(TimePoint{}, "x");
  commit();
  begin();
  const Sequence rolled_back = storage_->next_sequence().value();
  storage_->rollback();
  EXPECT_GT(rolled_back, committed);
  reopen();
  begin();
  const Sequence after = storage_->next_sequence().value();
  EXPECT_GT(after, rolled_back);
  EXPECT_TRUE(storage_->trim_log(log_, committed).has_value());
  commit();
  reopen();
  begin();
  EXPECT_GT(storage_->next_sequence().value(), after);
  commit();
}

TEST_P(SqliteStorageTest, OneTransactionMayTakeMoreSequencesThanAreReserved) {
  begin();
  Sequence last = storage_->next_sequence().value();
  for (int taken = 0; taken < 100'000; ++taken) {
    const Sequence next = storage_->next_sequence().value();
    ASSERT_EQ(next, last + 1);
    last = next;
  }
  storage_->rollback();
  begin();
  EXPECT_GT(storage_->next_sequence().value(), last);
  commit();
  reopen();
  begin();
  EXPECT_GT(storage_->next_sequence().value(), last + 1);
  commit();
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
