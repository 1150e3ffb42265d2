// Drives jobs between the requests: after a commit one step of one pending job, in a handler of its own.
//
// Threads: any may call; steps follow each other, as each waits for the commit of the one before.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/timer_service.hpp"
#include "server/storage/group_commit.hpp"
#include "server/storage/job.hpp"

namespace millrace::engine {

class JobDriver {
 public:
  /// `post` has a function called soon, behind the handlers that are ready. All arguments outlive the driver's work.
  JobDriver(storage::GroupCommit& gate, const Clock& clock, base::TimerService& timers,
            std::function<void(std::function<void()>)> post);

  /// Before the first wake().
  void add(storage::Job& job) { jobs_.push_back(&job); }

  /// Posts a step when a job is pending, and none is posted already. Not inside the gate.
  void wake();
  /// The commit of a group failed, a step's perhaps: the next step waits a while.
  void back_off();

 private:
  [[nodiscard]] storage::Job* first_pending() const;
  void step();

  storage::GroupCommit& gate_;
  const Clock& clock_;
  base::TimerService& timers_;
  std::function<void(std::function<void()>)> post_;
  std::vector<storage::Job*> jobs_;
  std::atomic<bool> posted_{false};
  std::atomic<bool> backing_off_{false};
};

}  // namespace millrace::engine
