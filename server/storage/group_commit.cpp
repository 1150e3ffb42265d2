#include "server/storage/group_commit.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace millrace::storage {

GroupCommit::GroupCommit(Storage& storage, std::function<void()> request_flush)
    : storage_{storage}, request_flush_{std::move(request_flush)} {}

std::unique_lock<std::mutex> GroupCommit::lock() {
  const std::scoped_lock turn{next_};
  return std::unique_lock{mutex_};
}

GroupCommit::Entry::Entry(GroupCommit& gate, Access access)
    : gate_{gate}, lock_{gate.lock()}, access_{access}, exceptions_on_entry_{std::uncaught_exceptions()} {
  begin();
}

void GroupCommit::Entry::begin() {
  if (access_ == Access::kWrite && !gate_.open_) {
    status_ = gate_.storage_.begin();
    if (status_.has_error()) return;
    gate_.open_ = true;
    ++gate_.last_ticket_;
    opened_ = true;
  }
  if (gate_.open_) ticket_ = gate_.last_ticket_;
}

StorageResult<void> GroupCommit::Entry::let_others_in() {
  lock_.unlock();
  if (std::exchange(opened_, false)) gate_.request_flush_();
  lock_ = gate_.lock();
  const Ticket until_now = ticket_;
  begin();
  if (status_.has_value() && until_now != 0 && gate_.last_lost_ >= until_now) {
    status_ = StorageError{StorageErrorKind::kIo, "the first portions of an operation were lost"};
  }
  return status_;
}

GroupCommit::Entry::~Entry() {
  if (access_ == Access::kWrite && std::uncaught_exceptions() > exceptions_on_entry_) gate_.abandoned_ = gate_.open_;
  lock_.unlock();
  if (opened_) gate_.request_flush_();
}

GroupCommit::Entry GroupCommit::enter(Access access) { return Entry{*this, access}; }

GroupCommit::Flushed GroupCommit::flush() {
  Flushed flushed;
  std::vector<LogId> logs;
  {
    const auto entered = lock();
    flushed.up_to = last_ticket_;
    if (!open_) return flushed;
    open_ = false;
    if (std::exchange(abandoned_, false)) {
      storage_.rollback();
      flushed.outcome = StorageError{StorageErrorKind::kIo, "an operation of this group of writes was broken off"};
    } else {
      flushed.outcome = storage_.commit();
    }
    if (flushed.outcome.has_error()) last_lost_ = last_ticket_;
    logs.swap(touched_);
    const auto& listener = flushed.outcome.has_error() ? lost_listener_ : stored_listener_;
    if (listener) listener();
  }
  if (flushed.outcome.has_value() && !logs.empty() && listener_) listener_(logs);
  return flushed;
}

void GroupCommit::touch(LogId log) {
  if (std::find(touched_.begin(), touched_.end(), log) == touched_.end()) touched_.push_back(log);
}

}  // namespace millrace::storage
