// Drives jobs between the requests: after a commit, or when its time has come, one step of one pending job, in a
// handler of its own.
//
// Of the I/O thread. Steps follow each other, as each waits for the commit of the one before.
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include "server/storage/group_commit.hpp"
#include "server/storage/job.hpp"
#include "server/time/emulated_time.hpp"
#include "server/time/real_time.hpp"

namespace millrace::engine {

class JobDriver {
 public:
  /// `post` has a function called soon, behind the handlers that are ready. A step counts as under way in
  /// `emulated_time` until it is done. All arguments outlive the driver's work.
  JobDriver(storage::GroupCommit& gate, RealTime& time, EmulatedTime& emulated_time,
            std::function<void(std::function<void()>)> post);

  /// Before the first wake().
  void add(storage::Job& job) { jobs_.push_back(&job); }

  /// No step is done while `waits` says so; who makes it say so calls wake() when it no longer does. Before the first
  /// wake().
  void wait_while(std::function<bool()> waits) { waits_ = std::move(waits); }

  /// Calls `done` once, in a handler of its own: with true when `job` is not pending, which may be now, or with false
  /// at `deadline`. Not inside the gate.
  void when_rested(storage::Job& job, RealTime::TimePoint deadline, std::function<void(bool)> done);

  /// Posts a step when a job is pending, and none is posted already. Not inside the gate.
  void wake();
  /// The commit of a group failed, a step's perhaps: the next step waits a while.
  void back_off();

 private:
  /// Somebody who waits for a job to have nothing to do.
  struct Waiter {
    storage::Job* job{nullptr};
    std::function<void(bool)> done;
    time::TimerId timer{0};
  };

  void tell_waiters();
  [[nodiscard]] storage::Job* first_pending() const;
  /// Has the driver woken when the first job falls due.
  void wait_for_time();
  void step();

  storage::GroupCommit& gate_;
  RealTime& time_;  ///< a disk that is full does not get better because the emulated clock moves
  EmulatedTime& emulated_time_;
  std::function<void(std::function<void()>)> post_;
  std::vector<storage::Job*> jobs_;
  std::list<Waiter> waiters_;
  std::function<bool()> waits_{[] { return false; }};
  bool posted_{false};
  bool backing_off_{false};
  std::optional<TimePoint> armed_for_;
  time::TimerId timer_{0};  ///< set for armed_for_
};

}  // namespace millrace::engine
