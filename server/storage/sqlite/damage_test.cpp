// A file in which bits have changed since they were written: what is read is what was written, or kCorrupt with the
// place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

using testing::HasSubstr;

class Damage : public testing::Test {
 protected:
  Damage() {
    open();
    EXPECT_TRUE(storage_->begin().has_value());
    keyspace_ = storage_->create_keyspace().value();
    log_ = storage_->create_log().value();
    EXPECT_TRUE(storage_->write_row(keyspace_, "first-key", R"({"p":{"S":"first-item"}})", 20).has_value());
    EXPECT_TRUE(storage_->write_row(keyspace_, "second-key", R"({"p":{"S":"second-item"}})", 21).has_value());
    EXPECT_TRUE(storage_->write_document("kind", "name", R"({"text":"of-the-document"})").has_value());
    EXPECT_TRUE(storage_->commit().has_value());
    for (const auto* payload : {"record-one", "record-two", "record-three"}) {
      EXPECT_TRUE(storage_->begin().has_value());
      sequences_.push_back(storage_->next_sequence().value());
      EXPECT_TRUE(storage_->append_record(log_, sequences_.back(), TimePoint{}, payload).has_value());
      EXPECT_TRUE(storage_->commit().has_value());
    }
  }

  void open() { storage_ = SqliteStorage::open({.file = file_, .faults = {}}).value(); }

  /// Closes the database, flips one bit at `offset` behind the beginning of `text` in it, and opens it again.
  void flip(const std::string& text, std::ptrdiff_t offset = 0) {
    storage_.reset();
    std::fstream stream{file_, std::ios::in | std::ios::out | std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{stream}, {}};
    const auto at = bytes.find(text);
    ASSERT_NE(at, std::string::npos);
    const auto place = static_cast<std::ptrdiff_t>(at) + offset;
    stream.seekp(place);
    stream.put(static_cast<char>(bytes[static_cast<std::size_t>(place)] ^ 0x04));
    stream.close();
    open();
  }

  StorageError error_of_scan() {
    const auto scanned = storage_->scan_rows(keyspace_, {}, Direction::kAscending, [](const RowView& row) {
      EXPECT_TRUE(row.item_json == R"({"p":{"S":"first-item"}})" || row.item_json == R"({"p":{"S":"second-item"}})");
      return Visit::kContinue;
    });
    EXPECT_TRUE(scanned.has_error());
    return scanned.has_error() ? scanned.error() : StorageError{};
  }

  ScratchDirectory scratch_;
  const std::filesystem::path file_{scratch_.path() / "test.db"};
  std::unique_ptr<SqliteStorage> storage_;
  KeyspaceId keyspace_{0};
  LogId log_{0};
  std::vector<Sequence> sequences_;
};

TEST_F(Damage, OfAnItemIsTheErrorOfThatRowAndOfNoOther) {
  flip("second-item");
  const auto read = storage_->read_row(keyspace_, "second-key");
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_THAT(read.error().detail, HasSubstr("row of keyspace 1 with key 7365636F6E642D6B6579"));
  EXPECT_TRUE(storage_->read_row(keyspace_, "first-key").value().has_value());
  EXPECT_EQ(error_of_scan().kind, StorageErrorKind::kCorrupt);
}

TEST_F(Damage, OfAKeyIsNoticedByAScan) {
  flip("first-key");
  EXPECT_EQ(error_of_scan().kind, StorageErrorKind::kCorrupt);
}

TEST_F(Damage, OfAKeyMakesItsAbsenceDoubtfulAndThatOfNoOther) {
  ASSERT_TRUE(storage_->begin().has_value());
  for (int n = 100; n < 400; ++n) {  // several pages
    const std::string key = "row-" + std::to_string(n) + "-key";
    ASSERT_TRUE(
        storage_->write_row(keyspace_, key, R"({"p":{"S":")" + std::string(100, 'x') + R"("}})", 101).has_value());
  }
  ASSERT_TRUE(storage_->commit().has_value());
  for (int n = 100; n < 400; n += 7) {
    const std::string key = "row-" + std::to_string(n) + "-key";
    SCOPED_TRACE(key);
    const std::ptrdiff_t place = n % 10;  // some of them end up before, some behind where they were
    flip(key, place);
    EXPECT_FALSE(storage_->read_row(keyspace_, key).value().has_value());
    const auto absent = storage_->check_absence(keyspace_, key);
    ASSERT_TRUE(absent.has_error());
    EXPECT_EQ(absent.error().kind, StorageErrorKind::kCorrupt);
    EXPECT_THAT(absent.error().detail, HasSubstr("row of keyspace 1 with key 726F772D"));
    EXPECT_TRUE(storage_->check_absence(keyspace_, n < 250 ? "row-390-no" : "row-110-no").has_value());
    std::string changed = key;
    changed[static_cast<std::size_t>(place)] ^= 0x04;
    flip(changed, place);  // back again
  }
  EXPECT_TRUE(storage_->check_absence(keyspace_, "row-200-no").has_value());
}

TEST_F(Damage, OfALengthNeverShowsAnotherText) {
  // Before the key stand the record's header and, last in it, the serial types of its columns: each in turn.
  for (std::ptrdiff_t before = 1; before <= 10; ++before) {
    SCOPED_TRACE(before);
    flip("second-key", -before);
    const auto read = storage_->read_row(keyspace_, "second-key");
    if (read.has_error()) {
      EXPECT_EQ(read.error().kind, StorageErrorKind::kCorrupt);
    } else if (*read) {
      EXPECT_EQ((*read)->item_json, R"({"p":{"S":"second-item"}})");
      EXPECT_EQ((*read)->item_size, 21U);
    }
    flip("second-key", -before);  // back again
  }
}

TEST_F(Damage, OfAPastRowIsTheErrorOfThatMoment) {
  ASSERT_TRUE(storage_->begin().has_value());
  const Sequence before = storage_->keep_history(keyspace_).value();
  ASSERT_TRUE(storage_->write_row(keyspace_, "second-key", R"({"p":{"S":"newer-item"}})", 20).has_value());
  const Sequence after = storage_->next_sequence().value();
  ASSERT_TRUE(storage_->commit().has_value());
  EXPECT_EQ(storage_->read_row_as_of(keyspace_, "second-key", before).value()->item_json,
            R"({"p":{"S":"second-item"}})");
  const auto ignore = [](const RowView&) { return Visit::kContinue; };
  // By SQL: the bytes of the row that was written over may still lie in their old page, too.
  const auto expect_damage = [&](Sql change) {
    SCOPED_TRACE(change.text());
    ASSERT_TRUE(storage_->database().run(change).has_value());
    const auto read = storage_->read_row_as_of(keyspace_, "second-key", before);
    ASSERT_TRUE(read.has_error());
    EXPECT_EQ(read.error().kind, StorageErrorKind::kCorrupt);
    EXPECT_THAT(read.error().detail, HasSubstr("row of keyspace 1 with key 7365636F6E642D6B6579, as it was until "));
    EXPECT_TRUE(storage_->scan_rows_as_of(keyspace_, {}, Direction::kAscending, before, ignore).has_error());
  };
  expect_damage("UPDATE history SET until = until + 1");
  ASSERT_TRUE(storage_->database().run("UPDATE history SET until = until - 1").has_value());
  expect_damage("UPDATE history SET item_size = -1");
  expect_damage("UPDATE history SET item_size = 21, item = replace(item, 'second', 'seconf')");
  EXPECT_TRUE(storage_->scan_rows_as_of(keyspace_, {}, Direction::kAscending, after, ignore).has_value());
  EXPECT_EQ(storage_->read_row_as_of(keyspace_, "second-key", after).value()->item_json, R"({"p":{"S":"newer-item"}})");
}

TEST_F(Damage, OfARowIsKeptWithItAndDoesNotForbidToWriteOverIt) {
  ASSERT_TRUE(storage_->begin().has_value());
  const Sequence before = storage_->keep_history(keyspace_).value();
  ASSERT_TRUE(storage_->commit().has_value());
  flip("second-item");
  ASSERT_TRUE(storage_->begin().has_value());
  ASSERT_TRUE(storage_->write_row(keyspace_, "second-key", R"({"p":{"S":"second-item"}})", 21).has_value());
  ASSERT_TRUE(storage_->commit().has_value());
  EXPECT_TRUE(storage_->read_row(keyspace_, "second-key").value().has_value());
  EXPECT_TRUE(storage_->read_row_as_of(keyspace_, "second-key", before).has_error());
}

TEST_F(Damage, OfADocumentIsNamed) {
  flip("of-the-document");
  const auto read = storage_->read_document("kind", "name");
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_THAT(read.error().detail, HasSubstr("document of the kind name"));
}

TEST_F(Damage, OfAStreamRecordSaysHowFarItReaches) {
  flip("record-two");
  std::vector<std::string> shown;
  const auto take = [&](const RecordView& record) {
    shown.emplace_back(record.payload);
    return Visit::kContinue;
  };
  const auto read = storage_->read_records(log_, 0, take);
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_EQ(read.error().damaged_through, sequences_[1]);
  EXPECT_TRUE(storage_->read_records(log_, read.error().damaged_through, take).has_value());
  EXPECT_THAT(shown, testing::ElementsAre("record-one", "record-three"));
}

TEST(DatabaseFile, AFileThatIsRemovedOrReplacedTakesNoMoreWrites) {
  for (const bool replaced : {false, true}) {
    SCOPED_TRACE(replaced);
    const ScratchDirectory scratch;
    const auto file = scratch.path() / "test.db";
    const auto storage = SqliteStorage::open({.file = file, .faults = {}}).value();
    ASSERT_TRUE(storage->begin().has_value());
    ASSERT_TRUE(storage->write_document("kind", "kept", "{}").has_value());
    ASSERT_TRUE(storage->commit().has_value());

    ASSERT_TRUE(storage->begin().has_value());
    ASSERT_TRUE(storage->write_document("kind", "lost", "{}").has_value());
    std::filesystem::rename(file, scratch.path() / "aside.db");
    if (replaced) std::ofstream{file} << "another file";
    const auto lost = storage->commit();
    ASSERT_TRUE(lost.has_error());
    EXPECT_EQ(lost.error().kind, StorageErrorKind::kFileGone);
    EXPECT_THAT(lost.error().detail, HasSubstr(file.string()));
    EXPECT_FALSE(storage->read_document("kind", "lost").value().has_value());
    ASSERT_TRUE(storage->begin().has_value());
    EXPECT_TRUE(storage->commit().has_error());

    std::filesystem::remove(file);
    std::filesystem::rename(scratch.path() / "aside.db", file);
    ASSERT_TRUE(storage->begin().has_value());
    EXPECT_TRUE(storage->commit().has_value());
  }
}

}  // namespace
}  // namespace millrace::storage::sqlite
