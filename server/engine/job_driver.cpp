#include "server/engine/job_driver.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace millrace::engine {
namespace {

constexpr std::chrono::seconds kBackOff{1};

}  // namespace

JobDriver::JobDriver(storage::GroupCommit& gate, RealTime& time, EmulatedTime& emulated_time,
                     std::function<void(std::function<void()>)> post)
    : gate_{gate}, time_{time}, emulated_time_{emulated_time}, post_{std::move(post)} {}

storage::Job* JobDriver::first_pending() const {
  const auto found = std::ranges::find_if(jobs_, [](const storage::Job* job) { return job->is_pending(); });
  return found == jobs_.end() ? nullptr : *found;
}

void JobDriver::when_rested(storage::Job& job, RealTime::TimePoint deadline, std::function<void(bool)> done) {
  const auto waiter = waiters_.insert(waiters_.end(), {.job = &job, .done = std::move(done)});
  waiter->timer = time_.schedule(deadline, [this, waiter] {
    const auto tell = std::move(waiter->done);
    waiters_.erase(waiter);
    tell(false);
  });
  tell_waiters();
}

void JobDriver::tell_waiters() {
  if (waiters_.empty()) return;
  const auto entry = gate_.enter(storage::Access::kRead);
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    if (waiter->job->is_pending()) {
      ++waiter;
      continue;
    }
    time_.cancel(waiter->timer);
    post_([done = std::move(waiter->done)] { done(true); });
    waiter = waiters_.erase(waiter);
  }
}

void JobDriver::wake() {
  tell_waiters();
  if (jobs_.empty() || posted_ || backing_off_ || waits_()) return;
  {
    const auto entry = gate_.enter(storage::Access::kRead);
    if (first_pending() == nullptr) return wait_for_time();
  }
  posted_ = true;
  emulated_time_.under_way().begin(time::Work::kJob);
  post_([this] { step(); });
}

void JobDriver::wait_for_time() {
  std::optional<TimePoint> next;
  for (const storage::Job* const job : jobs_) {
    if (const auto due = job->due(); due && (!next || *due < *next)) next = due;
  }
  if (next == armed_for_) return;
  if (armed_for_) emulated_time_.cancel(timer_);
  armed_for_ = next;
  if (!next) return;
  timer_ = emulated_time_.schedule(*next, [this] {
    armed_for_.reset();
    wake();
  });
}

void JobDriver::step() {
  const auto step = time::WorkScope::ending(emulated_time_.under_way(), time::Work::kJob);  // begun when it was posted
  posted_ = false;
  if (waits_()) return;
  StorageResult<void> done;
  {
    const auto entry = gate_.enter(storage::Access::kWrite);  // its flush wakes the driver again
    if (entry.status().has_error()) {
      done = entry.status();
    } else if (storage::Job* const job = first_pending()) {
      done = job->step(storage::Budget{});
    }
  }
  if (done.has_value()) return;
  spdlog::error("a step of a job failed; it is tried again in a second: {}", done.error().detail);
  back_off();
}

void JobDriver::back_off() {
  if (jobs_.empty() || std::exchange(backing_off_, true)) return;
  time_.schedule(time_.now() + kBackOff, [this] {
    backing_off_ = false;
    wake();
  });
}

}  // namespace millrace::engine
