// Storage as it is meant, on std::map: what tests compare the real one with, and use where any storage will do. Keeps
// nothing, fails only when told to. Not linked into the server.
#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "server/storage/storage.hpp"

namespace millrace::storage {

class MapStorage final : public Storage {
 public:
  /// The next commit (or begin) fails as a full disk would.
  void fail_next_commit() { fail_commit_ = true; }
  void fail_next_begin() { fail_begin_ = true; }

  StorageResult<void> begin() override {
    if (before_) throw std::logic_error{"begin() within a transaction"};
    if (std::exchange(fail_begin_, false)) return StorageError{StorageErrorKind::kFull, "told to fail"};
    before_ = state_;
    sequence_before_ = last_sequence_;
    return {};
  }
  StorageResult<void> commit() override {
    require_transaction();
    if (std::exchange(fail_commit_, false)) {
      rollback();
      return StorageError{StorageErrorKind::kFull, "told to fail"};
    }
    before_.reset();
    return {};
  }
  void rollback() override {
    require_transaction();
    state_ = *std::move(before_);
    before_.reset();
    for (Sequence taken = sequence_before_ + 1; taken <= last_sequence_; ++taken) remember(taken);
  }

  StorageResult<KeyspaceId> create_keyspace() override {
    require_transaction();
    state_.keyspaces[++state_.last_keyspace];
    return state_.last_keyspace;
  }
  StorageResult<void> drop_keyspace(KeyspaceId keyspace) override {
    require_transaction();
    rows(keyspace);
    state_.keyspaces.erase(keyspace);
    return {};
  }
  StorageResult<KeyspaceStatistics> measure_keyspace(KeyspaceId keyspace) override {
    KeyspaceStatistics statistics;
    for (const auto& [key, row] : rows(keyspace)) {
      ++statistics.row_count;
      statistics.item_bytes += static_cast<std::int64_t>(row.item_size);
    }
    return statistics;
  }
  StorageResult<std::optional<Row>> read_row(KeyspaceId keyspace, std::string_view key) override {
    const auto at = rows(keyspace).find(key);
    return at == rows(keyspace).end() ? std::optional<Row>{} : std::optional{at->second};
  }
  StorageResult<void> write_row(KeyspaceId keyspace, std::string_view key, std::string_view item_json,
                                std::size_t item_size, PreviousRow previous = PreviousRow::unknown()) override {
    require_transaction();
    require_truth(keyspace, key, previous);
    state_.keyspaces.at(keyspace).snapshot.reset();
    rows(keyspace).insert_or_assign(std::string{key}, Row{std::string{item_json}, item_size});
    return {};
  }
  StorageResult<void> erase_row(KeyspaceId keyspace, std::string_view key,
                                PreviousRow previous = PreviousRow::unknown()) override {
    require_transaction();
    require_truth(keyspace, key, previous);
    state_.keyspaces.at(keyspace).snapshot.reset();
    rows(keyspace).erase(std::string{key});
    return {};
  }
  StorageResult<void> scan_rows(KeyspaceId keyspace, const KeyRange& range, Direction direction,
                                const RowVisitor& visit) override {
    return scan(rows(keyspace), range, direction, visit);
  }

  [[nodiscard]] std::optional<Sequence> history_begin(KeyspaceId keyspace) override {
    const auto& history = state_.keyspaces.at(keyspace).history;
    return history.empty() ? std::optional<Sequence>{} : history.begin()->first;
  }
  StorageResult<std::optional<Row>> read_row_as_of(KeyspaceId keyspace, std::string_view key, Sequence as_of) override {
    const Rows& all = *state_.keyspaces.at(keyspace).history.at(as_of);
    const auto at = all.find(key);
    return at == all.end() ? std::optional<Row>{} : std::optional{at->second};
  }
  StorageResult<void> scan_rows_as_of(KeyspaceId keyspace, const KeyRange& range, Direction direction, Sequence as_of,
                                      const RowVisitor& visit) override {
    return scan(*state_.keyspaces.at(keyspace).history.at(as_of), range, direction, visit);
  }
  StorageResult<void> scan_changes(KeyspaceId keyspace, const KeyRange& range, Sequence as_of,
                                   const PastRowVisitor& visit) override {
    const Rows& now = rows(keyspace);
    const Rows& before = *state_.keyspaces.at(keyspace).history.at(as_of);
    Rows both = before;
    both.insert(now.begin(), now.end());
    return scan(both, range, Direction::kAscending, [&](const RowView& row) {
      const auto was = before.find(row.key);
      const auto is = now.find(row.key);
      const bool differs = was == before.end() || is == now.end() || was->second.item_json != is->second.item_json ||
                           was->second.item_size != is->second.item_size;
      if (!differs) return Visit::kContinue;
      return visit(row.key, was == before.end() ? std::optional<Row>{} : std::optional{was->second});
    });
  }
  StorageResult<Sequence> keep_history(KeyspaceId keyspace) override {
    require_transaction();
    Keyspace& kept = state_.keyspaces.at(keyspace);
    if (!kept.history.empty()) return kept.history.begin()->first;
    const auto begin = next_sequence();
    kept.remember(*begin);
    return begin;
  }
  StorageResult<void> drop_history(KeyspaceId keyspace) override {
    require_transaction();
    state_.keyspaces.at(keyspace).history.clear();
    return {};
  }
  StorageResult<void> forget_history(KeyspaceId keyspace, Sequence first) override {
    require_transaction();
    auto& history = state_.keyspaces.at(keyspace).history;
    history.erase(history.begin(), history.find(std::max(first, history.begin()->first)));
    return {};
  }

  StorageResult<LogId> create_log() override {
    require_transaction();
    state_.logs[++state_.last_log];
    return state_.last_log;
  }
  StorageResult<void> drop_log(LogId log) override {
    require_transaction();
    records(log);
    state_.logs.erase(log);
    return {};
  }
  StorageResult<Sequence> next_sequence() override {
    require_transaction();
    remember(++last_sequence_);  // not part of the state: no rollback gives a number back
    return last_sequence_;
  }
  StorageResult<void> append_record(LogId log, Sequence sequence, TimePoint created,
                                    std::string_view payload) override {
    require_transaction();
    records(log).emplace(sequence, std::pair{created, std::string{payload}});
    return {};
  }
  StorageResult<void> read_records(LogId log, Sequence after, const RecordVisitor& visit) override {
    const Records& all = records(log);
    for (auto at = all.upper_bound(after); at != all.end(); ++at) {
      if (visit({at->first, at->second.first, at->second.second}) == Visit::kStop) break;
    }
    return {};
  }
  StorageResult<void> trim_log(LogId log, Sequence through) override {
    require_transaction();
    std::erase_if(records(log), [through](const auto& record) { return record.first <= through; });
    return {};
  }
  StorageResult<std::optional<Sequence>> latest_record(LogId log) override {
    const Records& all = records(log);
    return all.empty() ? std::optional<Sequence>{} : std::optional{all.rbegin()->first};
  }

  [[nodiscard]] bool has_reclaimable() const override { return false; }
  StorageResult<void> reclaim(const Budget&) override { return {}; }

  StorageResult<std::optional<std::string>> read_document(std::string_view kind, std::string_view name) override {
    const auto at = state_.documents.find({std::string{kind}, std::string{name}});
    return at == state_.documents.end() ? std::optional<std::string>{} : std::optional{at->second};
  }
  StorageResult<void> write_document(std::string_view kind, std::string_view name, std::string_view text) override {
    require_transaction();
    state_.documents.insert_or_assign({std::string{kind}, std::string{name}}, std::string{text});
    return {};
  }
  StorageResult<void> erase_document(std::string_view kind, std::string_view name) override {
    require_transaction();
    state_.documents.erase({std::string{kind}, std::string{name}});
    return {};
  }
  StorageResult<void> scan_documents(std::string_view kind, const DocumentVisitor& visit) override {
    for (const auto& [key, text] : state_.documents) {
      if (key.first == kind) visit(key.second, text);
    }
    return {};
  }

 private:
  using Rows = std::map<std::string, Row, std::less<>>;
  using Records = std::map<Sequence, std::pair<TimePoint, std::string>>;
  /// Its history is a copy of all rows for each number that was given out since it began.
  struct Keyspace {
    Rows rows;
    std::map<Sequence, std::shared_ptr<const Rows>> history;
    std::shared_ptr<const Rows> snapshot;  ///< of the rows as they are, or null

    void remember(Sequence taken) {
      if (!snapshot) snapshot = std::make_shared<const Rows>(rows);
      history.emplace(taken, snapshot);
    }
  };
  struct State {
    std::map<KeyspaceId, Keyspace> keyspaces;
    std::map<LogId, Records> logs;
    std::map<std::pair<std::string, std::string>, std::string> documents;
    KeyspaceId last_keyspace{0};
    LogId last_log{0};
  };

  void require_transaction() const {
    if (!before_) throw std::logic_error{"no transaction is open"};
  }
  void require_truth(KeyspaceId keyspace, std::string_view key, PreviousRow previous) {
    if (!previous.is_known()) return;
    const auto at = rows(keyspace).find(key);
    const auto found = at == rows(keyspace).end() ? PreviousRow::none() : PreviousRow::of_size(at->second.item_size);
    if (!(found == previous)) throw std::logic_error{"the previous row is another one than the caller says"};
  }
  void remember(Sequence taken) {
    for (auto& [id, keyspace] : state_.keyspaces) {
      if (!keyspace.history.empty()) keyspace.remember(taken);
    }
  }
  static StorageResult<void> scan(const Rows& all, const KeyRange& range, Direction direction,
                                  const RowVisitor& visit) {
    const auto first = all.lower_bound(range.begin);
    const auto last = range.end.empty() ? all.end() : all.lower_bound(range.end);
    const bool empty = !range.end.empty() && range.end <= range.begin;
    const auto show = [&visit](const auto& row) {
      return visit({row.first, row.second.item_json, row.second.item_size}) == Visit::kContinue;
    };
    if (empty) return {};
    if (direction == Direction::kAscending) {
      for (auto at = first; at != last && show(*at); ++at) continue;
    } else {
      for (auto at = last; at != first && show(*std::prev(at)); --at) continue;
    }
    return {};
  }
  Rows& rows(KeyspaceId keyspace) { return state_.keyspaces.at(keyspace).rows; }
  Records& records(LogId log) { return state_.logs.at(log); }

  State state_;
  std::optional<State> before_;
  Sequence last_sequence_{0};
  Sequence sequence_before_{0};  ///< the last one when the open transaction began
  bool fail_commit_{false};
  bool fail_begin_{false};
};

}  // namespace millrace::storage
