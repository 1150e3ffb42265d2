#include "server/engine/checkpoint_driver.hpp"

#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

namespace millrace::engine {
namespace {

constexpr std::chrono::seconds kPauseAfterFailure{1};

}  // namespace

CheckpointDriver::CheckpointDriver(storage::GroupCommit& gate, RealTime& time, RunAside run_aside,
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
  return gate_.holds_writes() || restarts_log_ || checkpointer_->fill().uncopied >= kPagesJobsWait;
}

void CheckpointDriver::wake() {
  if (checkpointer_ == nullptr) return;
  const storage::LogFill fill = checkpointer_->fill();
  const bool is_due_now = state_ == State::kIdle && is_due(fill);
  if (is_due_now) enter(State::kCopying, fill);
  const bool is_behind = fill.uncopied >= kPagesWritesWait || fill.pages >= kPagesAtMost;
  if (state_ == State::kCopying && is_behind) gate_.hold_writes(true);
  if (is_due_now) checkpoint();
}

void CheckpointDriver::enter(State state, const storage::LogFill& fill) {
  state_ = state;
  attempts_to_close_ = state == State::kClosing ? attempts_to_close_ + 1 : 0;
  gate_.hold_writes(state == State::kClosing);
  const bool copies = state == State::kCopying || state == State::kClosing;
  restarts_log_ = copies && fill.pages >= kPagesToRestart;
}

CheckpointDriver::State CheckpointDriver::after_success(const storage::LogFill& fill) const {
  if (fill.uncopied == 0) return State::kIdle;
  if (fill.pages < kPagesToRestart) return fill.uncopied >= kPagesToCopy ? State::kCopying : State::kIdle;
  // The group that was open when writes were held, or somebody who cannot wait, may have written while it was closed.
  // Who always writes must not keep the others out: the next commit begins it all again.
  if (attempts_to_close_ == kAttemptsToClose) return State::kIdle;
  const bool is_near = fill.uncopied <= kPagesToClose || fill.pages >= kPagesAtMost;
  return is_near || state_ == State::kClosing ? State::kClosing : State::kCopying;
}

void CheckpointDriver::checkpoint() {
  const auto outcome = std::make_shared<StorageResult<void>>();
  run_aside_([checkpointer = checkpointer_, outcome] { *outcome = checkpointer->checkpoint(); },
             [this, outcome] { ended(*outcome); });
}

void CheckpointDriver::ended(const StorageResult<void>& outcome) {
  const storage::LogFill fill = checkpointer_->fill();
  enter(outcome.has_error() ? State::kBackingOff : after_success(fill), fill);
  if (outcome.has_error()) return back_off(outcome.error());
  trouble_.clear();
  if (state_ != State::kIdle) checkpoint();
  progressed_();
}

void CheckpointDriver::back_off(const StorageError& error) {
  const std::string text = base::to_log_text(error);
  if (std::exchange(trouble_, text) != text) {
    spdlog::error("a checkpoint failed, what is written stays in the log beside the database meanwhile: {}", text);
  }
  time_.schedule(time_.now() + kPauseAfterFailure, [this] {
    state_ = State::kIdle;
    wake();
  });
}

}  // namespace millrace::engine
