#include "harness/esm/activity_board.hpp"

#include <utility>

namespace millrace::esm {
namespace {

template <class Entry>
bool is_quiet(const Entry& entry) {
  return !entry.active || (entry.idle && entry.wakes_on_their_way == 0);
}

}  // namespace

template <class Change>
void ActivityBoard::change(const std::string& mapping, Change apply) {
  std::vector<std::function<void()>> news;
  {
    const std::scoped_lock lock{mutex_};
    Entry& entry = entries_[mapping];
    const bool was_quiet = is_quiet(entry);
    apply(entry);
    note_change(was_quiet, is_quiet(entry));
    if (!entry.active && entry.wakes_on_their_way == 0) entries_.erase(mapping);
    for (auto at = waiters_.begin(); at != waiters_.end();) {
      if (satisfied(at->second)) {
        news.push_back(std::move(at->second.all_idle));
        at = waiters_.erase(at);
      } else {
        ++at;
      }
    }
  }
  for (const auto& tell : news) tell();
}

void ActivityBoard::activate(const std::string& mapping) {
  change(mapping, [](Entry& entry) {
    entry.active = true;
    entry.idle = false;
  });
}

void ActivityBoard::deactivate(const std::string& mapping) {
  change(mapping, [](Entry& entry) { entry.active = false; });
}

bool ActivityBoard::announce_wake(const std::string& mapping) {
  const std::scoped_lock lock{mutex_};
  const auto found = entries_.find(mapping);
  if (found == entries_.end() || !found->second.active) return false;
  const bool was_quiet = is_quiet(found->second);
  ++found->second.wakes_on_their_way;
  note_change(was_quiet, is_quiet(found->second));
  return true;
}

void ActivityBoard::wake_handled(const std::string& mapping) {
  change(mapping, [](Entry& entry) {
    if (entry.wakes_on_their_way > 0) --entry.wakes_on_their_way;
  });
}

void ActivityBoard::set_idle(const std::string& mapping, bool idle) {
  change(mapping, [idle](Entry& entry) { entry.idle = idle; });
}

ActivityBoard::WaitId ActivityBoard::wait(std::optional<std::string> mapping, std::function<void()> all_idle) {
  WaitId id = 0;
  {
    const std::scoped_lock lock{mutex_};
    id = next_id_++;
    Waiter waiter{std::move(mapping), std::move(all_idle)};
    if (!satisfied(waiter)) {
      waiters_.emplace(id, std::move(waiter));
      return id;
    }
    all_idle = std::move(waiter.all_idle);
  }
  all_idle();
  return id;
}

bool ActivityBoard::cancel(WaitId id) {
  const std::scoped_lock lock{mutex_};
  return waiters_.erase(id) > 0;
}

bool ActivityBoard::satisfied(const Waiter& waiter) const {
  if (waiter.mapping) {
    const auto found = entries_.find(*waiter.mapping);
    return found == entries_.end() || is_quiet(found->second);
  }
  return busy_ == 0;
}

void ActivityBoard::note_change(bool was_quiet, bool quiet) {
  if (was_quiet && !quiet) ++busy_;
  if (!was_quiet && quiet) --busy_;
}

}  // namespace millrace::esm
