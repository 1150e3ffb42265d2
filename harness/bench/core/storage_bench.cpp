// Rows in SQLite, without anything above: how much of a request is the database's.

#include <benchmark/benchmark.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/bench/core/bench_item.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::bench {
namespace {

using storage::EncodedKey;

template <class Outcome>
void require(const Outcome& outcome) {
  if (outcome.has_error()) throw std::runtime_error("storage failed: " + outcome.error().detail);
}

/// An ephemeral database with the bench items in one keyspace and an empty log.
class Table {
 public:
  Table() : storage_{open()} {
    require(storage_->begin());
    auto keyspace = storage_->create_keyspace();
    auto log = storage_->create_log();
    require(keyspace);
    require(log);
    keyspace_ = *keyspace;
    log_ = *log;
    for (int index = 0; index < kKeys; ++index) {
      const model::Item item = make_item(index);
      keys_.push_back(storage::encode_key(key_schema(), item));
      text_ = json::to_json(item);
      require(storage_->write_row(keyspace_, keys_.back(), text_, text_.size()));
    }
    require(storage_->commit());
  }

  [[nodiscard]] storage::Storage& storage() { return *storage_; }
  [[nodiscard]] model::KeyspaceId keyspace() const { return keyspace_; }
  [[nodiscard]] storage::LogId log() const { return log_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Keys in an order that jumps over the whole table (a stride without a common divisor).
  const EncodedKey& next_key() {
    position_ = (position_ + 7919) % keys_.size();
    return keys_[position_];
  }

 private:
  static std::unique_ptr<storage::sqlite::SqliteStorage> open() {
    auto opened = storage::sqlite::SqliteStorage::open({});
    require(opened);
    return *std::move(opened);
  }

  std::unique_ptr<storage::sqlite::SqliteStorage> storage_;
  model::KeyspaceId keyspace_{};
  storage::LogId log_{};
  std::vector<EncodedKey> keys_;
  std::string text_;
  std::size_t position_{0};
};

void BM_ReadRow(benchmark::State& state) {
  Table table;
  for (auto _ : state) benchmark::DoNotOptimize(table.storage().read_row(table.keyspace(), table.next_key()));
}
BENCHMARK(BM_ReadRow);

/// Replaces rows; the argument is the number of writes in a transaction.
void BM_WriteRow(benchmark::State& state) {
  Table table;
  const auto group = state.range(0);
  std::int64_t in_group = 0;
  require(table.storage().begin());
  for (auto _ : state) {
    require(table.storage().write_row(table.keyspace(), table.next_key(), table.text(), table.text().size()));
    if (++in_group == group) {
      in_group = 0;
      require(table.storage().commit());
      require(table.storage().begin());
    }
  }
  require(table.storage().commit());
}
BENCHMARK(BM_WriteRow)->Arg(1)->Arg(32);

/// The same with a record of both images behind each row.
void BM_WriteRowAndRecord(benchmark::State& state) {
  Table table;
  const auto group = state.range(0);
  const std::string payload = table.text() + table.text();
  std::int64_t in_group = 0;
  require(table.storage().begin());
  for (auto _ : state) {
    require(table.storage().write_row(table.keyspace(), table.next_key(), table.text(), table.text().size()));
    const auto sequence = table.storage().next_sequence();
    require(sequence);
    require(table.storage().append_record(table.log(), *sequence, TimePoint{}, payload));
    if (++in_group == group) {
      in_group = 0;
      require(table.storage().commit());
      require(table.storage().begin());
    }
  }
  require(table.storage().commit());
}
BENCHMARK(BM_WriteRowAndRecord)->Arg(1)->Arg(32);

/// Twenty rows of one partition; another partition each time, so that the rows are not in the cache already.
void BM_ScanPartition(benchmark::State& state) {
  Table table;
  std::vector<EncodedKey> prefixes;
  for (int index = 0; index < kKeys; index += kKeysPerPartition) {
    prefixes.push_back(storage::encode_hash_prefix(key_schema(), make_item(index)));
  }
  std::size_t position = 0;
  std::size_t rows = 0;
  for (auto _ : state) {
    position = (position + 613) % prefixes.size();
    const EncodedKey& prefix = prefixes[position];
    require(table.storage().scan_rows(table.keyspace(), {prefix, storage::after_prefix(prefix)},
                                      storage::Direction::kAscending, [&](const storage::RowView& row) {
                                        benchmark::DoNotOptimize(row.item_json.data());
                                        ++rows;
                                        return storage::Visit::kContinue;
                                      }));
  }
  state.counters["rows"] = benchmark::Counter(static_cast<double>(rows), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BM_ScanPartition);

}  // namespace
}  // namespace millrace::bench
