#include "server/storage/group_commit.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace millrace::storage {

GroupCommit::GroupCommit(Storage& storage, std::function<void()> request_flush)
    : storage_{storage}, request_flush_{std::move(request_flush)} {}

GroupCommit::Entry::Entry(GroupCommit& gate, Access access)
    : gate_{gate}, lock_{gate.mutex_}, access_{access}, exceptions_on_entry_{std::uncaught_exceptions()} {
  if (access == Access::kWrite && !gate_.open_) {
    status_ = gate_.storage_.begin();
    if (status_.has_error()) return;
    gate_.open_ = true;
    ++gate_.last_ticket_;
    opened_ = true;
  }
  if (gate_.open_) ticket_ = gate_.last_ticket_;
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
    const std::scoped_lock lock{mutex_};
    flushed.up_to = last_ticket_;
    if (!open_) return flushed;
    open_ = false;
    if (std::exchange(abandoned_, false)) {
      storage_.rollback();
      flushed.outcome = StorageError{StorageErrorKind::kIo, "an operation of this group of writes was broken off"};
    } else {
      flushed.outcome = storage_.commit();
    }
    logs.swap(touched_);
    if (flushed.outcome.has_error() && lost_listener_) lost_listener_();
  }
  if (flushed.outcome.has_value() && !logs.empty() && listener_) listener_(logs);
  return flushed;
}

void GroupCommit::touch(LogId log) {
  if (std::find(touched_.begin(), touched_.end(), log) == touched_.end()) touched_.push_back(log);
}

}  // namespace millrace::storage
