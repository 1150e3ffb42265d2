#include "server/engine/asio_timers.hpp"

#include <algorithm>

namespace millrace::engine {
namespace {

// Asio's timer counts on while the machine sleeps or its clock is set; looking again this often bounds the error.
constexpr Duration kLongestWait = std::chrono::minutes{1};

}  // namespace

AsioTimers::AsioTimers(boost::asio::io_context& io, const Clock& clock) : clock_{clock}, wake_up_{io} {}

AsioTimers::~AsioTimers() { close(); }

AsioTimers::Id AsioTimers::schedule(TimePoint when, Callback callback) {
  const std::scoped_lock lock{mutex_};
  const Id id = next_id_++;
  if (!wake_up_) return id;
  timers_.emplace(Key{when, id}, std::move(callback));
  due_times_.emplace(id, when);
  // While firing, arm() follows when the round is over.
  if (!firing_ && (!armed_for_ || when < *armed_for_)) arm();
  return id;
}

void AsioTimers::cancel(Id id) {
  Callback forgotten;  // destroyed without the lock: what it captured may cancel timers in its destructor
  const std::scoped_lock lock{mutex_};
  const auto found = due_times_.find(id);
  if (found == due_times_.end()) return;
  const auto timer = timers_.find(Key{found->second, id});
  forgotten = std::move(timer->second);
  timers_.erase(timer);
  due_times_.erase(found);
  if (timers_.empty() && !firing_) {
    // Nothing left to wake up for: an io_context must be able to run out of work.
    armed_for_.reset();
    wake_up_->cancel();
  }
}

void AsioTimers::close() {
  std::map<Key, Callback> forgotten;  // destroyed without the lock, as in cancel()
  const std::scoped_lock lock{mutex_};
  forgotten.swap(timers_);
  due_times_.clear();
  armed_for_.reset();
  wake_up_.reset();
}

void AsioTimers::arm() {
  armed_for_.reset();
  if (!wake_up_ || timers_.empty()) return;
  armed_for_ = timers_.begin()->first.first;
  const Duration wait = std::clamp(*armed_for_ - clock_.now(), Duration::zero(), kLongestWait);
  wake_up_->expires_after(wait);
  wake_up_->async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) fire();
  });
}

void AsioTimers::fire() {
  Id limit = 0;
  {
    const std::scoped_lock lock{mutex_};
    // A wake-up that was overtaken by an earlier one comes here as well; the round that runs looks after its timers.
    if (firing_) return;
    firing_ = true;
    limit = next_id_;
  }
  try {
    while (auto callback = take_due(limit)) (*callback)();
  } catch (...) {
    end_round();  // a bug in one callback leaves the timers of all others alive
    throw;
  }
  end_round();
}

void AsioTimers::end_round() {
  const std::scoped_lock lock{mutex_};
  firing_ = false;
  arm();
}

std::optional<AsioTimers::Callback> AsioTimers::take_due(Id limit) {
  const std::scoped_lock lock{mutex_};
  const TimePoint now = clock_.now();
  for (auto timer = timers_.begin(); timer != timers_.end() && timer->first.first <= now; ++timer) {
    if (timer->first.second >= limit) continue;
    Callback callback = std::move(timer->second);
    due_times_.erase(timer->first.second);
    timers_.erase(timer);
    return callback;
  }
  return std::nullopt;
}

}  // namespace millrace::engine
