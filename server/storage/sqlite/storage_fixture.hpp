// What the tests of this folder share: a storage of each kind, and a directory that goes with the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

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

}  // namespace millrace::storage::sqlite
