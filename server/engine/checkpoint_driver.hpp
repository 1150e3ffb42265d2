// Decides when the write-ahead log of a file is copied into the database (storage::Checkpointer), on a thread beside
// the gate: nobody waits for the disk but who would make the log grow without end.
//
// - From kPagesToCopy uncopied pages on a checkpoint runs.
// - While kPagesJobsWait are uncopied, jobs wait: they write faster than a disk may take it. So do writes that can wait
//   (GroupCommit::hold_writes), from kPagesWritesWait on, until the checkpoint that runs has ended. Reads go on.
// - A log of kPagesToRestart pages is to begin anew, which takes a moment in which all of it is copied. Jobs wait, and
//   checkpoints copy what clients go on writing, until one takes no longer than a client may wait: then the log is
//   closed, that is, writes are held for the last kPagesToClose pages. From kPagesAtMost on they are held at once.
// Beyond that the storage helps itself.
//
// Of the I/O thread; the copying alone is done on another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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
  static constexpr std::size_t kPagesToClose = 64;  ///< some 5 ms, the sync of the disk included
  static constexpr std::size_t kPagesAtMost = 12'000;
  static constexpr int kAttemptsToClose = 3;

  /// Has `work` done on the thread of the checkpoints, one after another, and then `done` called on the I/O thread.
  using RunAside = std::function<void(std::function<void()> work, std::function<void()> done)>;

  /// `progressed` is called after each checkpoint that has succeeded. All arguments outlive the driver's work.
  CheckpointDriver(storage::GroupCommit& gate, RealTime& time, RunAside run_aside, std::function<void()> progressed);

  /// After each commit: has a checkpoint made when one is due and none is under way. Not inside the gate.
  void wake();

  /// Whether jobs should wait until progress is told.
  [[nodiscard]] bool keeps_jobs_waiting() const;

 private:
  enum class State : std::uint8_t {
    kIdle,
    kCopying,     ///< a checkpoint runs, or is about to; writes are held when it comes too late
    kClosing,     ///< writes are held while a checkpoint runs
    kBackingOff,  ///< the last one failed
  };

  [[nodiscard]] bool is_due(const storage::LogFill& fill) const;
  [[nodiscard]] State after_success(const storage::LogFill& fill) const;
  void enter(State state, const storage::LogFill& fill);
  void checkpoint();
  void ended(const StorageResult<void>& outcome);
  void back_off(const StorageError& error);

  storage::GroupCommit& gate_;
  storage::Checkpointer* const checkpointer_;
  RealTime& time_;
  const RunAside run_aside_;
  const std::function<void()> progressed_;

  State state_{State::kIdle};
  int attempts_to_close_{0};
  bool restarts_log_{false};  ///< jobs wait, so that it can be closed
  std::string trouble_;       ///< what has been logged
};

}  // namespace millrace::engine
