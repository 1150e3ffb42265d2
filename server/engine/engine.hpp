// The asynchronous shell around the synchronous core: it waits so that the core never has to.
//
// Owns the I/O thread, the two times and the commits: when an operation opened a group of writes, the engine
// flushes it after the handlers that are ready now have run, so that requests that arrived together share one
// transaction, and lets each answer go only after its group is committed.
//
// There is one I/O thread, the one that calls run(): what is its own needs no lock. Everything here is for that thread,
// or before run(), except where it says any thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/storage/group_commit.hpp"
#include "server/storage/job.hpp"
#include "server/time/adjustable_time.hpp"
#include "server/time/real_time.hpp"

namespace millrace::engine {

class Engine {
 public:
  /// `storage` outlives the engine. `clock` says how emulated time begins.
  explicit Engine(storage::Storage& storage, time::ClockStart clock = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Its handlers are run by the I/O thread, never two at the same time. Any thread may post.
  [[nodiscard]] boost::asio::io_context& io();
  /// The gate in front of storage, which any thread may enter. Its flush() belongs to the engine from the first write
  /// on: a group that somebody else flushes keeps its outcome from those who wait for it here.
  [[nodiscard]] storage::GroupCommit& gate();
  /// What AWS would measure, and what the machine does; now() may be asked for on any thread. What follows from a timer
  /// of emulated time counts as under way there until it is done: commits, steps of jobs, and what others count.
  [[nodiscard]] time::AdjustableTime& emulated_time();
  [[nodiscard]] RealTime& real_time();

  /// Waits until the group of `ticket` is committed. Completes at once for 0 or a group that is done.
  /// The result is the group's: after an error none of its writes has happened.
  boost::asio::awaitable<StorageResult<void>> committed(storage::Ticket ticket);

  /// Has `work` done beside the I/O thread and completes, on the executor of the caller, when it is done; what `work`
  /// throws comes out of here. For what takes longer than others may wait for: a thread of its own means that the
  /// machine shares its time out, and nobody waits but in the gate, which `work` enters like anybody. Two run at a
  /// time, more wait for each other. What `work` refers to must live until then, also when the engine ends.
  boost::asio::awaitable<void> aside(std::function<void()> work);

  /// Waits for the checkpoint that runs, if any: for a write while the gate holds writes (GroupCommit::holds_writes).
  /// Look again when it completes.
  boost::asio::awaitable<void> checkpointed();

  /// Registers someone to be told, after the commit, which logs got records. Before run() only.
  void on_commit(storage::GroupCommit::CommitListener listener);
  /// Registers someone to be told that a group was lost: its commit failed. Called inside the gate,
  /// before anybody else enters and before those who wait for the group get to know: whoever keeps in memory what
  /// storage holds loads it anew here (GroupCommit::on_lost). It must not enter the gate. Before run() only.
  void on_lost(std::function<void()> listener);

  /// Registers someone to be told that a group was committed: inside the gate, before anybody else
  /// enters and before those who wait for the group get to know (GroupCommit::on_stored). It must not enter the gate,
  /// and it delays every commit, so it should have little to do. Before run() only.
  void on_stored(std::function<void()> listener);

  /// Has `job` done, a step at a time, whenever it is pending: each step is a handler of its own behind those that are
  /// ready, so requests pass in between. A step that fails is tried again after a second. Before run() only; `job`
  /// lives as long as the engine runs.
  void drive(storage::Job& job);
  /// Looks whether jobs are pending, as otherwise after each commit: for a job that time has given work.
  void wake_jobs();

  /// Calls `done` once: with true when `job`, which is driven, has nothing to do, or with false at `deadline`.
  void when_rested(storage::Job& job, RealTime::TimePoint deadline, std::function<void(bool)> done);

  /// Why nothing can be written any more, for people; empty as long as nothing is known to be wrong.
  [[nodiscard]] const std::string& storage_trouble() const;

  /// Makes the calling thread the I/O thread, until stop() or until nothing is left to do. An exception that
  /// escapes a handler is a bug of ours: it is logged, and the others go on. Returns when what runs aside has ended.
  void run();
  /// Makes run() return; what has not been answered by then is dropped. Any thread.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::engine
