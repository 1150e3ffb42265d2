#include "server/engine/checkpoint_driver.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace millrace::engine {
namespace {

constexpr std::chrono::seconds kBackOff{1};

}  // namespace

CheckpointDriver::CheckpointDriver(storage::GroupCommit& gate, RealTime& time,
                                   std::function<void(std::function<void()>)> run_aside,
                                   std::function<void()> progressed)
    : gate_{gate},
      checkpointer_{gate.storage().checkpointer()},
      time_{time},
      run_aside_{std::move(run_aside)},
      progressed_{std::move(progressed)} {}

bool CheckpointDriver::is_due(const storage::LogFill& fill) const {
  return fill.uncopied >= kPagesToCopy || (fill.uncopied > 0 && fill.pages >= kPagesToRestart);
}

bool CheckpointDriver::keeps_jobs_waiting() const {
  if (checkpointer_ == nullptr) return false;
  return gate_.holds_writes() || checkpointer_->fill().uncopied >= kPagesJobsWait;
}

void CheckpointDriver::wake() {
  if (checkpointer_ == nullptr) return;
  const storage::LogFill fill = checkpointer_->fill();
  {
    const std::scoped_lock lock{mutex_};
    const bool is_due_now = state_ == State::kWantsClose || (state_ == State::kIdle && is_due(fill));
    if (state_ == State::kWantsClose) {
      state_ = State::kClosing;
    } else if (is_due_now) {
      state_ = State::kCopying;
    }
    if (state_ == State::kClosing || (state_ == State::kCopying && fill.uncopied >= kPagesWritesWait)) {
      gate_.hold_writes(true);
    }
    if (!is_due_now) return;
  }
  run_aside_([this] { checkpoint(); });
}

CheckpointDriver::State CheckpointDriver::after_success(const storage::LogFill& fill, State was) const {
  if (fill.uncopied >= kPagesToCopy && fill.pages < kPagesToClose) return State::kCopying;
  // Somebody who could not wait has written while it was closed: the next commit begins it all again.
  if (was == State::kClosing) return State::kIdle;
  return is_due(fill) ? State::kWantsClose : State::kIdle;
}

void CheckpointDriver::checkpoint() {
  const auto done = checkpointer_->checkpoint();
  bool goes_on = false;
  {
    const std::scoped_lock lock{mutex_};
    gate_.hold_writes(false);
    state_ = done.has_error() ? State::kBackingOff : after_success(checkpointer_->fill(), state_);
    goes_on = state_ == State::kCopying;
    if (done.has_value()) trouble_.clear();
  }
  if (done.has_error()) return back_off(done.error());
  if (goes_on) run_aside_([this] { checkpoint(); });
  progressed_();
}

void CheckpointDriver::back_off(const StorageError& error) {
  const std::string text = base::to_log_text(error);
  {
    const std::scoped_lock lock{mutex_};
    if (std::exchange(trouble_, text) != text) {
      spdlog::error("a checkpoint failed, what is written stays in the log beside the database meanwhile: {}", text);
    }
  }
  time_.schedule(time_.now() + kBackOff, [this] {
    {
      const std::scoped_lock lock{mutex_};
      state_ = State::kIdle;
    }
    wake();
  });
}

}  // namespace millrace::engine
