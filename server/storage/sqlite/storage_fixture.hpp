// What the tests of this folder share: a storage of each kind, and a directory that goes with the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/scratch_directory.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::storage::sqlite {

enum class Kind { kEphemeral, kFile };

inline std::string name_of(const testing::TestParamInfo<Kind>& kind) {
  return kind.param == Kind::kEphemeral ? "Ephemeral" : "File";
}

/// The same test bodies for both kinds of storage.
class StorageOfKind : public testing::TestWithParam<Kind> {
 protected:
  StorageOfKind() { open(); }

  void open() {
    SqliteOptions options;
    options.faults = Faults{plan_};
    if (GetParam() == Kind::kFile) options.file = scratch_.path() / "test.db";
    storage_ = SqliteStorage::open(options).value();
  }
  /// Closes and opens again; an ephemeral storage just stays.
  void reopen() {
    if (GetParam() == Kind::kEphemeral) return;
    storage_.reset();
    open();
  }

  void begin() { ASSERT_TRUE(storage_->begin().has_value()); }
  void commit() { ASSERT_TRUE(storage_->commit().has_value()); }

  /// One portion of what is to be reclaimed.
  void step() {
    begin();
    ASSERT_TRUE(storage_->reclaim({}).has_value());
    commit();
  }
  int steps_to_the_end() {
    int steps = 0;
    for (; storage_->has_reclaimable(); ++steps) step();
    return steps;
  }

  std::int64_t pages() { return count("PRAGMA page_count"); }
  /// The number that a query answers with.
  std::int64_t count(Sql sql) {
    Statement statement{storage_->database(), sql};
    Query query{statement};
    EXPECT_TRUE(query.next().value());
    return query.integer(0);
  }

  FaultPlan plan_;
  ScratchDirectory scratch_;
  std::unique_ptr<SqliteStorage> storage_;
};

/// With a keyspace and a log in it.
class KeyspaceAndLog : public StorageOfKind {
 protected:
  KeyspaceAndLog() {
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

}  // namespace millrace::storage::sqlite
