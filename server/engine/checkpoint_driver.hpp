// Decides when the write-ahead log of a file is copied into the database (storage::Checkpointer), on a thread beside
// the gate: nobody waits for the disk but who would make the log grow without end.
//
// - From kPagesToCopy uncopied pages on a checkpoint runs.
// - While kPagesJobsWait are uncopied, jobs wait: they write faster than a disk may take it. So do writes that can wait
//   (GroupCommit::hold_writes), from kPagesWritesWait on, until the checkpoint that runs has ended. Reads go on.
// - A log of kPagesToRestart pages that writes never let rest is closed once few pages are left to copy, at
// kPagesToClose
//   however many: writes are held while these are copied, and the next transaction begins the log anew.
// Beyond that the storage helps itself.
//
// Threads: any may call; checkpoints follow each other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "server/storage/group_commit.hpp"
#include "server/time/real_time.hpp"

namespace millrace::engine {

class CheckpointDriver {
 public:
  static constexpr std::size_t kPagesToCopy = 1000;
  static constexpr std::size_t kPagesJobsWait = 2000;
  static constexpr std::size_t kPagesWritesWait = 4000;
  static constexpr std::size_t kPagesToRestart = 8000;
  static constexpr std::size_t kPagesToClose = 10'000;

  /// `run_aside` has a function called soon on the thread of the checkpoints, one after another. `progressed` is called
  /// there after each checkpoint that has succeeded. All arguments outlive the driver's work.
  CheckpointDriver(storage::GroupCommit& gate, RealTime& time, std::function<void(std::function<void()>)> run_aside,
                   std::function<void()> progressed);

  /// After each commit: has a checkpoint made when one is due and none is under way. Not inside the gate.
  void wake();

  /// Whether jobs should wait until progress is told.
  [[nodiscard]] bool keeps_jobs_waiting() const;

 private:
  enum class State : std::uint8_t {
    kIdle,
    kCopying,     ///< a checkpoint runs, or is about to; writes are held when it comes late
    kWantsClose,  ///< the next commit is the last one before the log is closed
    kClosing,     ///< writes are held while a checkpoint runs
    kBackingOff,  ///< the last one failed
  };

  [[nodiscard]] bool is_due(const storage::LogFill& fill) const;
  [[nodiscard]] State after_success(const storage::LogFill& fill, State was) const;
  void checkpoint();
  void back_off(const StorageError& error);

  storage::GroupCommit& gate_;
  storage::Checkpointer* const checkpointer_;
  RealTime& time_;
  const std::function<void(std::function<void()>)> run_aside_;
  const std::function<void()> progressed_;

  std::mutex mutex_;  ///< of what follows
  State state_{State::kIdle};
  std::string trouble_;  ///< what has been logged
};

}  // namespace millrace::engine
