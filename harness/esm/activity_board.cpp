#include "harness/esm/activity_board.hpp"

#include <utility>

namespace millrace::esm {

bool ActivityBoard::is_quiet(const Entry& entry) {
  return !entry.active || (entry.activity == Activity::kIdle && entry.wakes_on_their_way == 0);
}

bool ActivityBoard::is_settled(const Entry& entry) {
  return entry.wakes_on_their_way == 0 && (!entry.active || entry.activity != Activity::kBusy);
}

template <class Change>
void ActivityBoard::change(const std::string& mapping, Change apply) {
  Entry& entry = entries_[mapping];
  const Entry before = entry;
  apply(entry);
  note_change(before, entry);
  if (!entry.active && entry.wakes_on_their_way == 0) entries_.erase(mapping);
  std::vector<std::function<void()>> news;  // whoever is told may wait anew, and change the map
  for (auto at = waiters_.begin(); at != waiters_.end();) {
    if (satisfied(at->second)) {
      news.push_back(std::move(at->second.all_idle));
      at = waiters_.erase(at);
    } else {
      ++at;
    }
  }
  for (const auto& tell : news) tell();
  forget_absent_watchers();
  for (const auto& watcher : watchers_) {
    if (const auto held = watcher.lock()) (*held)();
  }
}

void ActivityBoard::watch(const std::shared_ptr<std::function<void()>>& changed) {
  forget_absent_watchers();
  watchers_.push_back(changed);
}

void ActivityBoard::forget_absent_watchers() {
  std::erase_if(watchers_, [](const auto& watcher) { return watcher.expired(); });
}

void ActivityBoard::activate(const std::string& mapping) {
  change(mapping, [](Entry& entry) {
    entry.active = true;
    entry.activity = Activity::kBusy;
  });
}

void ActivityBoard::deactivate(const std::string& mapping) {
  change(mapping, [](Entry& entry) { entry.active = false; });
}

bool ActivityBoard::announce_wake(const std::string& mapping) {
  const auto found = entries_.find(mapping);
  if (found == entries_.end() || !found->second.active) return false;
  const Entry before = found->second;
  ++found->second.wakes_on_their_way;
  note_change(before, found->second);
  return true;
}

void ActivityBoard::wake_handled(const std::string& mapping) {
  change(mapping, [](Entry& entry) {
    if (entry.wakes_on_their_way > 0) --entry.wakes_on_their_way;
  });
}

void ActivityBoard::set_activity(const std::string& mapping, Activity activity) {
  change(mapping, [activity](Entry& entry) { entry.activity = activity; });
}

ActivityBoard::WaitId ActivityBoard::wait(std::optional<std::string> mapping, std::function<void()> all_idle) {
  const WaitId id = next_id_++;
  Waiter waiter{std::move(mapping), std::move(all_idle)};
  if (satisfied(waiter)) {
    waiter.all_idle();
  } else {
    waiters_.emplace(id, std::move(waiter));
  }
  return id;
}

bool ActivityBoard::cancel(WaitId id) { return waiters_.erase(id) > 0; }

bool ActivityBoard::satisfied(const Waiter& waiter) const {
  if (waiter.mapping) {
    const auto found = entries_.find(*waiter.mapping);
    return found == entries_.end() || is_quiet(found->second);
  }
  return busy_ == 0;
}

void ActivityBoard::note_change(const Entry& before, const Entry& after) {
  if (is_quiet(before) && !is_quiet(after)) ++busy_;
  if (!is_quiet(before) && is_quiet(after)) --busy_;
  if (is_settled(before) && !is_settled(after)) work_.begin(time::Work::kMapping);
  if (!is_settled(before) && is_settled(after)) work_.end(time::Work::kMapping);
}

}  // namespace millrace::esm
