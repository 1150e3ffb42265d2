// A writer is killed (SIGKILL) in the middle of its work. What it had acknowledged must be there after reopening, and
// every row must have its record and every record its row. As of the number of each record, the row that every write
// replaces is the one of the write before.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <thread>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

constexpr int kRounds = 5;
constexpr int kWritesPerTransaction = 3;
constexpr std::size_t kItemSize = 500;
constexpr std::string_view kNewest = "newest";

struct Ids {
  KeyspaceId keyspace;
  KeyspaceId newest;  ///< with history; under kNewest the number of the last write
  LogId log;
};

std::string key_of(int number) { return "key-" + std::to_string(number); }

enum class Checkpoints { kNone, kBesideTheWriter };

/// Writes rows and records until it is killed, and reports each committed number through `pipe`.
[[noreturn]] void write_until_killed(const SqliteOptions& options, Ids ids, int first, int pipe,
                                     Checkpoints checkpoints) {
  auto storage = SqliteStorage::open(options).value();
  if (checkpoints == Checkpoints::kBesideTheWriter) {
    std::thread{[log = storage->checkpointer()] {
      while (log->checkpoint().has_value()) continue;
      ::_exit(1);
    }}.detach();
  }
  const std::string padding(kItemSize, 'x');
  for (int number = first;;) {
    if (storage->begin().has_error()) ::_exit(1);
    for (int write = 0; write < kWritesPerTransaction; ++write, ++number) {
      const auto sequence = storage->next_sequence().value();
      if (storage->write_row(ids.keyspace, key_of(number), padding, padding.size()).has_error()) ::_exit(1);
      if (storage->write_row(ids.newest, kNewest, key_of(number), 1).has_error()) ::_exit(1);
      if (storage->append_record(ids.log, sequence, TimePoint{}, key_of(number)).has_error()) ::_exit(1);
    }
    if (storage->commit().has_error()) ::_exit(1);
    const int acknowledged = number - 1;
    if (::write(pipe, &acknowledged, sizeof acknowledged) != sizeof acknowledged) ::_exit(1);
  }
}

/// Starts a writer, kills it after it acknowledged `transactions`, and returns the last acknowledged number.
int write_and_kill(const SqliteOptions& options, Ids ids, int first, int transactions, Checkpoints checkpoints) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    write_until_killed(options, ids, first, ends[1], checkpoints);
  }
  ::close(ends[1]);
  int last = first - 1;
  int acknowledged = 0;
  for (int seen = 0; seen<transactions&& ::read(ends[0], &acknowledged, sizeof acknowledged)> 0; ++seen) {
    last = acknowledged;
  }
  ::kill(child, SIGKILL);
  // What the pipe still holds was acknowledged, too.
  while (::read(ends[0], &acknowledged, sizeof acknowledged) > 0) last = acknowledged;
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer failed before it was killed";
  return last;
}

class Crash : public testing::TestWithParam<Checkpoints> {};

INSTANTIATE_TEST_SUITE_P(Checkpoints, Crash, testing::Values(Checkpoints::kNone, Checkpoints::kBesideTheWriter),
                         [](const auto& checkpoints) {
                           return checkpoints.param == Checkpoints::kNone ? "None" : "BesideTheWriter";
                         });

TEST_P(Crash, AcknowledgedWritesSurviveAndRowsAgreeWithRecords) {
  const ScratchDirectory scratch;
  const SqliteOptions options{scratch.path() / "crash.db", {}};
  Ids ids{};
  {
    auto storage = SqliteStorage::open(options).value();
    ASSERT_TRUE(storage->begin().has_value());
    ids = {storage->create_keyspace().value(), storage->create_keyspace().value(), storage->create_log().value()};
    ASSERT_TRUE(storage->keep_history(ids.newest).has_value());
    ASSERT_TRUE(storage->commit().has_value());
  }

  int next = 0;
  Sequence newest = 0;
  for (int round = 0; round < kRounds; ++round) {
    const int acknowledged = write_and_kill(options, ids, next, 20 + 37 * round, GetParam());
    auto storage = SqliteStorage::open(options).value();
    for (int number = next; number <= acknowledged; ++number) {
      ASSERT_TRUE(storage->read_row(ids.keyspace, key_of(number)).value().has_value()) << number;
    }
    std::set<std::string> rows;
    ASSERT_TRUE(storage
                    ->scan_rows(ids.keyspace, {}, Direction::kAscending,
                                [&](const RowView& row) {
                                  rows.emplace(row.key);
                                  return Visit::kContinue;
                                })
                    .has_value());
    std::set<std::string> records;
    std::string before;
    ASSERT_TRUE(storage
                    ->read_records(ids.log, 0,
                                   [&](const RecordView& record) {
                                     records.emplace(record.payload);
                                     newest = record.sequence;
                                     // Its number was taken before the row was written.
                                     const auto row = storage->read_row_as_of(ids.newest, kNewest, newest).value();
                                     EXPECT_EQ(row ? row->item_json : "", before);
                                     before = record.payload;
                                     return Visit::kContinue;
                                   })
                    .has_value());
    EXPECT_EQ(rows, records);
    const auto counted = storage->measure_keyspace(ids.keyspace).value();
    EXPECT_EQ(counted.row_count, rows.size());
    EXPECT_EQ(counted.item_bytes, rows.size() * kItemSize);
    EXPECT_EQ(rows.size() % kWritesPerTransaction, 0U) << "half a transaction";
    ASSERT_TRUE(storage->begin().has_value());
    EXPECT_GT(storage->next_sequence().value(), newest);
    storage->rollback();
    next = static_cast<int>(rows.size());
  }
}

}  // namespace
}  // namespace millrace::storage::sqlite
