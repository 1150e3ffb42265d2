// The gate under real threads; meant for the tsan preset, true everywhere.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/storage/group_commit.hpp"
#include "server/storage/map_storage.hpp"

namespace millrace::storage {
namespace {

/// Flushes in a thread of its own when asked to, and lets writers wait for their group: the engine in small.
class Flusher {
 public:
  void start(GroupCommit& gate) {
    thread_ = std::thread{[this, &gate] { run(gate); }};
  }
  void request() {
    const std::scoped_lock lock{mutex_};
    requested_ = true;
    changed_.notify_all();
  }
  void wait_for(Ticket ticket) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return flushed_up_to_ >= ticket; });
  }
  /// Only when all writers are done.
  void stop() {
    {
      const std::scoped_lock lock{mutex_};
      stopping_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

 private:
  void run(GroupCommit& gate) {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return requested_ || stopping_; });
      if (!requested_) return;
      requested_ = false;
      lock.unlock();
      const auto flushed = gate.flush();
      EXPECT_TRUE(flushed.outcome.has_value());
      lock.lock();
      flushed_up_to_ = flushed.up_to;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool requested_{false};
  bool stopping_{false};
  Ticket flushed_up_to_{0};
  std::thread thread_;
};

TEST(GroupCommitThreads, EveryAcknowledgedWriteIsCommittedAndItsLogReported) {
  constexpr int kWriters = 4;
  constexpr int kWritesEach = 100;
  MapStorage storage;
  ASSERT_TRUE(storage.begin().has_value());
  const KeyspaceId keyspace = storage.create_keyspace().value();
  const LogId log = storage.create_log().value();
  ASSERT_TRUE(storage.commit().has_value());

  Flusher flusher;
  GroupCommit gate{storage, [&flusher] { flusher.request(); }};
  int reports = 0;  // touched by the flusher's thread only
  gate.on_commit([&reports, log](const std::vector<LogId>& logs) {
    ++reports;
    EXPECT_EQ(logs, std::vector{log});
  });
  flusher.start(gate);

  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int number = 0; number < kWritesEach; ++number) {
        const std::string key = std::to_string(writer) + '/' + std::to_string(number);
        Ticket ticket = 0;
        {
          const auto entry = gate.enter(Access::kWrite);
          ASSERT_TRUE(entry.status().has_value());
          ASSERT_TRUE(storage.write_row(keyspace, key, "{}", 2).has_value());
          const Sequence sequence = storage.next_sequence().value();
          ASSERT_TRUE(storage.append_record(log, sequence, TimePoint{}, key).has_value());
          gate.touch(log);
          ticket = entry.ticket();
        }
        flusher.wait_for(ticket);
        const auto entry = gate.enter(Access::kRead);
        ASSERT_TRUE(storage.read_row(keyspace, key).value().has_value());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  flusher.stop();

  int records = 0;
  ASSERT_TRUE(storage
                  .read_records(log, 0,
                                [&records](const RecordView&) {
                                  ++records;
                                  return Visit::kContinue;
                                })
                  .has_value());
  EXPECT_EQ(records, kWriters * kWritesEach);
  EXPECT_EQ(storage.measure_keyspace(keyspace).value().row_count, kWriters * kWritesEach);
  EXPECT_GT(reports, 0);
}

}  // namespace
}  // namespace millrace::storage
