// A storage for tests of the shell: it only opens and commits transactions, and fails the commits it is told to fail.
// It may have a log to copy. Anything else is called by nobody here and throws.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "server/storage/storage.hpp"

namespace millrace::engine {

/// A log that only counts: tests say what commits put into it.
class ScriptedCheckpointer final : public storage::Checkpointer {
 public:
  void commit(std::size_t pages) {
    if (fill_.uncopied == 0) fill_.pages = 0;  // the log begins anew
    fill_.pages += pages;
    fill_.uncopied += pages;
  }
  /// The next checkpoint leaves `pages` uncopied, as if they were committed meanwhile.
  void commit_during_checkpoint(std::size_t pages) { meanwhile_ = pages; }
  void fail_next() { fails_ = true; }
  [[nodiscard]] int checkpoints() const { return checkpoints_; }

  [[nodiscard]] storage::LogFill fill() const override { return fill_; }
  StorageResult<void> checkpoint() override {
    ++checkpoints_;
    if (std::exchange(fails_, false)) return StorageError{StorageErrorKind::kFull, "scripted: disk full"};
    fill_.uncopied = meanwhile_;
    fill_.pages += std::exchange(meanwhile_, 0);
    return {};
  }

 private:
  storage::LogFill fill_;
  std::size_t meanwhile_{0};
  bool fails_{false};
  int checkpoints_{0};
};

class ScriptedStorage final : public storage::Storage {
 public:
  /// Commit number `number` (from 0) will fail.
  void fail_commit(int number) { failing_.insert(number); }
  [[nodiscard]] int commits() const { return commits_; }
  /// There is a log from now on.
  ScriptedCheckpointer& keep_log() { return log_.emplace(); }
  storage::Checkpointer* checkpointer() override { return log_ ? &*log_ : nullptr; }

  StorageResult<void> begin() override { return {}; }
  StorageResult<void> commit() override {
    if (failing_.contains(commits_++)) return StorageError{StorageErrorKind::kFull, "scripted: disk full"};
    return {};
  }
  void rollback() override {}

  StorageResult<storage::KeyspaceId> create_keyspace() override { return unscripted(); }
  StorageResult<void> drop_keyspace(storage::KeyspaceId) override { return unscripted(); }
  StorageResult<storage::KeyspaceStatistics> measure_keyspace(storage::KeyspaceId) override { return unscripted(); }
  StorageResult<std::optional<storage::Row>> read_row(storage::KeyspaceId, std::string_view) override {
    return unscripted();
  }
  StorageResult<void> write_row(storage::KeyspaceId, std::string_view, std::string_view, std::size_t,
                                storage::PreviousRow) override {
    return unscripted();
  }
  StorageResult<void> erase_row(storage::KeyspaceId, std::string_view, storage::PreviousRow) override {
    return unscripted();
  }
  StorageResult<void> scan_rows(storage::KeyspaceId, const storage::KeyRange&, storage::Direction,
                                const storage::RowVisitor&) override {
    return unscripted();
  }
  [[nodiscard]] std::optional<storage::Sequence> history_begin(storage::KeyspaceId) override { return {}; }
  StorageResult<std::optional<storage::Row>> read_row_as_of(storage::KeyspaceId, std::string_view,
                                                            storage::Sequence) override {
    return unscripted();
  }
  StorageResult<void> scan_rows_as_of(storage::KeyspaceId, const storage::KeyRange&, storage::Direction,
                                      storage::Sequence, const storage::RowVisitor&) override {
    return unscripted();
  }
  StorageResult<void> scan_changes(storage::KeyspaceId, const storage::KeyRange&, storage::Sequence,
                                   const storage::PastRowVisitor&) override {
    return unscripted();
  }
  StorageResult<storage::Sequence> keep_history(storage::KeyspaceId) override { return unscripted(); }
  StorageResult<void> drop_history(storage::KeyspaceId) override { return unscripted(); }
  StorageResult<void> forget_history(storage::KeyspaceId, storage::Sequence) override { return unscripted(); }
  StorageResult<storage::LogId> create_log() override { return unscripted(); }
  StorageResult<void> drop_log(storage::LogId) override { return unscripted(); }
  StorageResult<storage::Sequence> next_sequence() override { return unscripted(); }
  StorageResult<void> append_record(storage::LogId, storage::Sequence, TimePoint, std::string_view) override {
    return unscripted();
  }
  StorageResult<void> read_records(storage::LogId, storage::Sequence, const storage::RecordVisitor&) override {
    return unscripted();
  }
  StorageResult<void> trim_log(storage::LogId, storage::Sequence) override { return unscripted(); }
  StorageResult<std::optional<storage::Sequence>> latest_record(storage::LogId) override { return unscripted(); }
  [[nodiscard]] bool has_reclaimable() const override { return false; }
  StorageResult<void> reclaim(const storage::Budget&) override { return unscripted(); }
  StorageResult<std::optional<std::string>> read_document(std::string_view, std::string_view) override {
    return unscripted();
  }
  StorageResult<void> write_document(std::string_view, std::string_view, std::string_view) override {
    return unscripted();
  }
  StorageResult<void> erase_document(std::string_view, std::string_view) override { return unscripted(); }
  StorageResult<void> scan_documents(std::string_view, const storage::DocumentVisitor&) override {
    return unscripted();
  }

 private:
  [[noreturn]] static StorageError unscripted() { throw std::logic_error{"not part of the script"}; }

  std::set<int> failing_;
  std::optional<ScriptedCheckpointer> log_;
  int commits_{0};
};

}  // namespace millrace::engine
