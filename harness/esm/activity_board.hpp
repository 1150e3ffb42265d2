// Knows which mappings have work, and calls back when those somebody waits for have none: the heart of a drain. Counts
// those that have something under way, for a clock that is being advanced.
//
// A mapping is busy while its driver says so and also while a wake is on its way to it, so that a record whose commit
// has been announced can never be overlooked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/esm/driver/activity.hpp"
#include "server/time/work_under_way.hpp"

namespace millrace::esm {

/// Of the I/O thread.
class ActivityBoard {
 public:
  using WaitId = std::uint64_t;

  /// `work` outlives the board; each busy mapping counts there.
  explicit ActivityBoard(time::WorkUnderWay& work) : work_{work} {}

  /// The mapping runs from now on, and is busy until it says otherwise.
  void activate(const std::string& mapping);
  /// The mapping does not run any more: nobody waits for it.
  void deactivate(const std::string& mapping);

  /// A wake is on its way to the mapping. Returns false, and counts nothing, when the mapping is not active.
  bool announce_wake(const std::string& mapping);
  /// The wake has arrived, and the driver has acted on it.
  void wake_handled(const std::string& mapping);
  void set_activity(const std::string& mapping, Activity activity);

  /// Calls `all_idle` once, as soon as every active mapping (or the named one) is idle: perhaps at once, from within
  /// wait(), otherwise from within the call that changed it. It must only pass the news on.
  WaitId wait(std::optional<std::string> mapping, std::function<void()> all_idle);
  /// Calls `changed` after every change, as long as its owner holds on to it. It must only pass the news on.
  void watch(const std::shared_ptr<std::function<void()>>& changed);

  /// Forgets a wait. Returns false when its callback has run.
  bool cancel(WaitId id);

 private:
  struct Entry {
    bool active{false};
    Activity activity{Activity::kBusy};
    std::uint64_t wakes_on_their_way{0};
  };
  struct Waiter {
    std::optional<std::string> mapping;
    std::function<void()> all_idle;
  };

  /// Changes an entry, then calls those who waited for what is true now.
  template <class Change>
  void change(const std::string& mapping, Change apply);
  void forget_absent_watchers();
  [[nodiscard]] bool satisfied(const Waiter& waiter) const;
  /// Nothing is left to do in it: what a drain waits for.
  [[nodiscard]] static bool is_quiet(const Entry& entry);
  /// Nothing is under way in it.
  [[nodiscard]] static bool is_settled(const Entry& entry);
  void note_change(const Entry& before, const Entry& after);

  time::WorkUnderWay& work_;

  std::map<std::string, Entry, std::less<>> entries_;
  std::size_t busy_{0};  ///< entries that are not quiet
  std::map<WaitId, Waiter> waiters_;
  WaitId next_id_{1};
  std::vector<std::weak_ptr<std::function<void()>>> watchers_;
};

}  // namespace millrace::esm
