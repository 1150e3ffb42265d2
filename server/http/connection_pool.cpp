#include "server/http/connection_pool.hpp"

#include <utility>

namespace millrace::http {
namespace {

constexpr Duration kSweepPeriod = std::chrono::seconds{1};

}  // namespace

ConnectionPool::ConnectionPool(RealTime& time, std::size_t most) : time_{time}, most_{most} {}

bool ConnectionPool::make_room() {
  if (size() < most_) return true;
  std::shared_ptr<PooledConnection> longest;
  // All idle connections have the same time, so the first deadline is that of the longest wait.
  for (auto& connection : connections()) {
    if (!connection->idle_ || (longest && connection->deadline_ >= longest->deadline_)) continue;
    longest = std::move(connection);
  }
  if (!longest) return false;
  longest->set_idle(false);  // it makes room once
  longest->end_idle();
  return true;
}

void ConnectionPool::add(const std::shared_ptr<PooledConnection>& connection) {
  connections_.emplace(connection.get(), connection);
  arm_sweep();
}

bool ConnectionPool::remove(const PooledConnection& connection) {
  connections_.erase(&connection);
  return connections_.empty();
}

std::vector<std::shared_ptr<PooledConnection>> ConnectionPool::connections() const {
  std::vector<std::shared_ptr<PooledConnection>> alive;
  alive.reserve(connections_.size());
  for (const auto& [key, weak] : connections_) {
    if (auto connection = weak.lock()) alive.push_back(std::move(connection));
  }
  return alive;
}

void ConnectionPool::arm_sweep() {
  // Only while there is something to sweep: an idle server schedules nothing.
  if (sweep_armed_ || connections_.empty()) return;
  sweep_armed_ = true;
  time_.schedule(time_.now() + kSweepPeriod, [weak = weak_from_this()] {
    if (const auto pool = weak.lock()) pool->sweep();
  });
}

void ConnectionPool::sweep() {
  const RealTime::TimePoint now = time_.now();
  for (const auto& connection : connections()) {
    if (connection->is_overdue(now)) connection->end_overdue();
  }
  sweep_armed_ = false;
  arm_sweep();
}

}  // namespace millrace::http
