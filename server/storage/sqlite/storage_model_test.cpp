// Random operations on the real storage and on MapStorage must tell the same, through rollbacks and reopenings.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "server/base/random.hpp"
#include "server/storage/map_storage.hpp"
#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

constexpr int kSeeds = 6;
constexpr int kTransactions = 150;

using RowList = std::vector<std::tuple<std::string, std::string, std::size_t>>;
using RecordList = std::vector<std::tuple<Sequence, TimePoint, std::string>>;
using DocumentList = std::vector<std::pair<std::string, std::string>>;

RowList rows_of(Storage& storage, KeyspaceId keyspace, const KeyRange& range, Direction direction) {
  RowList rows;
  EXPECT_TRUE(storage
                  .scan_rows(keyspace, range, direction,
                             [&](const RowView& row) {
                               rows.emplace_back(row.key, row.item_json, row.item_size);
                               return Visit::kContinue;
                             })
                  .has_value());
  return rows;
}

RowList rows_as_of(Storage& storage, KeyspaceId keyspace, const KeyRange& range, Direction direction, Sequence as_of) {
  RowList rows;
  EXPECT_TRUE(storage
                  .scan_rows_as_of(keyspace, range, direction, as_of,
                                   [&](const RowView& row) {
                                     rows.emplace_back(row.key, row.item_json, row.item_size);
                                     return Visit::kContinue;
                                   })
                  .has_value());
  return rows;
}

/// What undoing the changes of `range` since `as_of` makes of the rows that there are.
RowList rows_undone(Storage& storage, KeyspaceId keyspace, const KeyRange& range, Sequence as_of) {
  std::map<std::string, Row> rows;
  for (auto& [key, item, size] : rows_of(storage, keyspace, range, Direction::kAscending)) rows[key] = {item, size};
  std::string last;
  EXPECT_TRUE(storage
                  .scan_changes(keyspace, range, as_of,
                                [&](std::string_view key, const std::optional<Row>& row) {
                                  EXPECT_TRUE(last.empty() || last < key);
                                  last = key;
                                  rows.erase(last);
                                  if (row) rows[last] = *row;
                                  return Visit::kContinue;
                                })
                  .has_value());
  RowList list;
  for (const auto& [key, row] : rows) list.emplace_back(key, row.item_json, row.item_size);
  return list;
}

RecordList records_of(Storage& storage, LogId log, Sequence after) {
  RecordList records;
  EXPECT_TRUE(storage
                  .read_records(log, after,
                                [&](const RecordView& record) {
                                  records.emplace_back(record.sequence, record.created, record.payload);
                                  return Visit::kContinue;
                                })
                  .has_value());
  return records;
}

DocumentList documents_of(Storage& storage, std::string_view kind) {
  DocumentList documents;
  EXPECT_TRUE(storage
                  .scan_documents(
                      kind, [&](std::string_view name, std::string_view text) { documents.emplace_back(name, text); })
                  .has_value());
  return documents;
}

class StorageModel : public StorageOfKind {
 protected:
  /// Sequences differ (real ones skip at a reopening), so those of the real storage are used for records of both; both
  /// take one, as what is written before and after it differs.
  void step(Random& random) {
    const auto key = [&] { return std::string(random.below(3), static_cast<char>('a' + random.below(4))); };
    switch (random.below(19)) {
      case 0: {
        const KeyspaceId made = storage_->create_keyspace().value();
        keyspaces_[made] = model_.create_keyspace().value();
        break;
      }
      case 1: {
        const LogId made = storage_->create_log().value();
        logs_[made] = model_.create_log().value();
        break;
      }
      case 2: {
        if (keyspaces_.empty() || random.below(4) != 0) break;
        const auto [real, modelled] = pick(keyspaces_, random);
        ASSERT_TRUE(storage_->drop_keyspace(real).has_value());
        ASSERT_TRUE(model_.drop_keyspace(modelled).has_value());
        keyspaces_.erase(real);
        break;
      }
      case 3: {
        if (logs_.empty()) break;
        const auto [real, modelled] = pick(logs_, random);
        const Sequence through = last_sequence_ - std::min(last_sequence_, random.below(20));
        ASSERT_TRUE(storage_->trim_log(real, through).has_value());
        ASSERT_TRUE(model_.trim_log(modelled, through).has_value());
        break;
      }
      case 4:
      case 5:
      case 6: {
        if (logs_.empty()) break;
        const auto [real, modelled] = pick(logs_, random);
        const Sequence sequence = storage_->next_sequence().value();
        take(sequence, model_.next_sequence().value());
        // Now and then so large that it fills a block.
        const std::string payload(random.below(random.below(20) == 0 ? 100'000 : 3000), 'p');
        ASSERT_TRUE(storage_->append_record(real, sequence, now_, payload).has_value());
        ASSERT_TRUE(model_.append_record(modelled, sequence, now_, payload).has_value());
        break;
      }
      case 7: {
        const std::string name = key();
        ASSERT_TRUE(storage_->erase_document("kind", name).has_value());
        ASSERT_TRUE(model_.erase_document("kind", name).has_value());
        break;
      }
      case 8: {
        const std::string name = key();
        const std::string text = std::to_string(random.next());
        ASSERT_TRUE(storage_->write_document("kind", name, text).has_value());
        ASSERT_TRUE(model_.write_document("kind", name, text).has_value());
        break;
      }
      case 9: {
        if (keyspaces_.empty()) break;
        const auto [real, modelled] = pick(keyspaces_, random);
        const std::string erased = key();
        ASSERT_TRUE(storage_->erase_row(real, erased).has_value());
        ASSERT_TRUE(model_.erase_row(modelled, erased).has_value());
        break;
      }
      case 10: {
        const Sequence sequence = storage_->next_sequence().value();
        take(sequence, model_.next_sequence().value());
        break;
      }
      case 11: {
        if (keyspaces_.empty()) break;
        const auto [real, modelled] = pick(keyspaces_, random);
        const bool had_one = storage_->history_begin(real).has_value();
        const Sequence begin = storage_->keep_history(real).value();
        const Sequence expected = model_.keep_history(modelled).value();
        if (had_one) {
          ASSERT_EQ(begin, storage_->history_begin(real));
        } else {
          take(begin, expected);
        }
        break;
      }
      case 12: {
        if (keyspaces_.empty()) break;
        const auto [real, modelled] = pick(keyspaces_, random);
        if (!model_.history_begin(modelled)) break;
        if (random.below(4) == 0) {
          ASSERT_TRUE(storage_->drop_history(real).has_value());
          ASSERT_TRUE(model_.drop_history(modelled).has_value());
        } else {
          const auto first = some_sequence(random);
          ASSERT_TRUE(storage_->forget_history(real, first.real).has_value());
          ASSERT_TRUE(model_.forget_history(modelled, first.modelled).has_value());
        }
        break;
      }
      default: {
        if (keyspaces_.empty()) break;
        const auto [real, modelled] = pick(keyspaces_, random);
        const std::string written = key();
        const std::string item(random.below(random.below(4) == 0 ? 3000 : 30),
                               static_cast<char>('a' + random.below(26)));
        ASSERT_TRUE(storage_->write_row(real, written, item, item.size()).has_value());
        ASSERT_TRUE(model_.write_row(modelled, written, item, item.size()).has_value());
        break;
      }
    }
    // A reader in the middle of a transaction sees its writes, and may split a block by it.
    if (!logs_.empty() && random.below(8) == 0) {
      const auto [real, modelled] = pick(logs_, random);
      const Sequence after = last_sequence_ - std::min(last_sequence_, random.below(5));
      ASSERT_EQ(records_of(*storage_, real, after), records_of(model_, modelled, after));
      ASSERT_EQ(storage_->latest_record(real).value(), model_.latest_record(modelled).value());
    }
    if (random.below(8) == 0) compare_history(random);
    now_ += std::chrono::seconds{random.below(3)};
  }

  /// One of the keyspaces with history, as of a number that was taken since it began.
  void compare_history(Random& random) {
    if (keyspaces_.empty()) return;
    const auto [real, modelled] = pick(keyspaces_, random);
    const auto begin = model_.history_begin(modelled);
    ASSERT_EQ(storage_->history_begin(real).has_value(), begin.has_value());
    if (!begin) return;
    const auto as_of = some_sequence(random);
    if (as_of.modelled < *begin) return;
    ++compared_histories_;
    const KeyRange range{std::string(random.below(2), 'b'), std::string(random.below(2), 'c')};
    const auto direction = random.below(2) == 0 ? Direction::kAscending : Direction::kDescending;
    ASSERT_EQ(rows_as_of(*storage_, real, range, direction, as_of.real),
              rows_as_of(model_, modelled, range, direction, as_of.modelled));
    const RowList expected_rows = rows_as_of(model_, modelled, range, Direction::kAscending, as_of.modelled);
    ASSERT_EQ(rows_undone(*storage_, real, range, as_of.real), expected_rows);
    ASSERT_EQ(rows_undone(model_, modelled, range, as_of.modelled), expected_rows);
    for (const std::string_view key : {"", "a", "bb"}) {
      const auto row = storage_->read_row_as_of(real, key, as_of.real).value();
      const auto expected = model_.read_row_as_of(modelled, key, as_of.modelled).value();
      ASSERT_EQ(row.has_value(), expected.has_value());
      if (row) {
        ASSERT_EQ(row->item_json, expected->item_json);
        ASSERT_EQ(row->item_size, expected->item_size);
      }
    }
  }

  void compare(Random& random) {
    for (const auto& [real, modelled] : keyspaces_) {
      const KeyRange range{std::string(random.below(2), 'b'), std::string(random.below(2), 'c')};
      const auto direction = random.below(2) == 0 ? Direction::kAscending : Direction::kDescending;
      ASSERT_EQ(rows_of(*storage_, real, range, direction), rows_of(model_, modelled, range, direction));
      ASSERT_EQ(storage_->measure_keyspace(real).value(), model_.measure_keyspace(modelled).value());
      const auto row = storage_->read_row(real, "aa").value();
      const auto expected = model_.read_row(modelled, "aa").value();
      ASSERT_EQ(row.has_value(), expected.has_value());
      if (row) {
        ASSERT_EQ(row->item_json, expected->item_json);
      }
    }
    for (int time = 0; time < 4; ++time) compare_history(random);
    for (const auto& [real, modelled] : logs_) {
      const Sequence after = random.below(2) == 0 ? 0 : last_sequence_ / 2;
      ASSERT_EQ(records_of(*storage_, real, after), records_of(model_, modelled, after));
      ASSERT_EQ(storage_->latest_record(real).value(), model_.latest_record(modelled).value());
    }
    ASSERT_EQ(documents_of(*storage_, "kind"), documents_of(model_, "kind"));
  }

  struct TakenSequence {
    Sequence real;
    Sequence modelled;
  };
  void take(Sequence real, Sequence modelled) {
    ASSERT_GT(real, last_sequence_);
    last_sequence_ = real;
    taken_.push_back({real, modelled});
  }
  /// Of the last ones; older ones belong to few histories.
  [[nodiscard]] TakenSequence some_sequence(Random& random) const {
    return taken_[taken_.size() - 1 - random.below(std::min<std::size_t>(taken_.size(), 60))];
  }

  /// Half the time one of the first three, so that much happens to these.
  template <class Id>
  static std::pair<Id, Id> pick(const std::map<Id, Id>& ids, Random& random) {
    const auto among = random.below(2) == 0 ? std::min<std::size_t>(ids.size(), 3) : ids.size();
    return *std::next(ids.begin(), static_cast<std::ptrdiff_t>(random.below(among)));
  }

  MapStorage model_;
  std::map<KeyspaceId, KeyspaceId> keyspaces_;  // ids of the real storage -> ids of the model
  std::map<LogId, LogId> logs_;
  Sequence last_sequence_{0};
  std::vector<TakenSequence> taken_;  // those of rolled back transactions, too: they are numbers like others
  int compared_histories_{0};
  TimePoint now_{std::chrono::seconds{1'700'000'000}};
};

INSTANTIATE_TEST_SUITE_P(Both, StorageModel, testing::Values(Kind::kEphemeral, Kind::kFile), name_of);

TEST_P(StorageModel, TellsTheSameAsAMap) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random{seed};
    for (int transaction = 0; transaction < kTransactions; ++transaction) {
      const auto keyspaces = keyspaces_;
      const auto logs = logs_;
      begin();
      ASSERT_TRUE(model_.begin().has_value());
      for (auto steps = random.below(12); steps > 0; --steps) {
        step(random);
        if (HasFatalFailure()) return;
      }
      if (storage_->has_reclaimable() && random.below(2) == 0) {
        ASSERT_TRUE(storage_->reclaim({}).has_value());
      }
      const auto end = random.below(5);
      if (end == 0) {
        storage_->rollback();
      } else if (end == 1) {
        plan_.set(FaultPoint::kStorageCommit, {.times = 1});
        ASSERT_TRUE(storage_->commit().has_error());
      } else {
        commit();
      }
      if (end <= 1) {
        model_.rollback();
        keyspaces_ = keyspaces;
        logs_ = logs;
      } else {
        ASSERT_TRUE(model_.commit().has_value());
      }
      if (random.below(10) == 0) reopen();
      compare(random);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(compared_histories_, 500);
}

}  // namespace
}  // namespace millrace::storage::sqlite
