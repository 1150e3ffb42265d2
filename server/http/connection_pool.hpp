// The connections of one listener: how many there may be, who goes when there are more, who has had time enough.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "server/time/real_time.hpp"

namespace millrace::http {

/// A connection as its pool sees it.
class PooledConnection {
 public:
  PooledConnection() = default;
  PooledConnection(const PooledConnection&) = delete;
  PooledConnection& operator=(const PooledConnection&) = delete;
  virtual ~PooledConnection() = default;

  /// Ends the connection soon, unless a request has come in the meantime. Any thread, does not block.
  virtual void end_idle() = 0;
  /// Ends the connection soon, if its deadline has passed still. Any thread, does not block.
  virtual void end_overdue() = 0;

  /// Whether the deadline of what the connection waits for has passed. Any thread.
  [[nodiscard]] bool is_overdue(RealTime::TimePoint now) const {
    return now.time_since_epoch().count() > deadline_.load(std::memory_order_relaxed);
  }

 protected:
  /// A number that the pool compares once a second: no timer per request.
  void set_deadline(RealTime::TimePoint when) {
    deadline_.store(when.time_since_epoch().count(), std::memory_order_relaxed);
  }
  void clear_deadline() { deadline_.store(kNoDeadline, std::memory_order_relaxed); }
  /// Idle is who waits for the first byte of a request.
  void set_idle(bool idle) { idle_.store(idle, std::memory_order_relaxed); }

 private:
  friend class ConnectionPool;
  static constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

  std::atomic<std::int64_t> deadline_{kNoDeadline};
  std::atomic<bool> idle_{false};
};

/// Holds no connection alive. Any thread.
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
 public:
  /// `time` outlives the pool.
  ConnectionPool(RealTime& time, std::size_t most);

  /// Whether one more may be added: there is room, or the connection that has been idle for longest was told to go.
  [[nodiscard]] bool make_room();
  void add(const std::shared_ptr<PooledConnection>& connection);
  /// A connection has ended. Returns whether it was the last.
  bool remove(const PooledConnection& connection);

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::vector<std::shared_ptr<PooledConnection>> connections() const;

 private:
  void arm_sweep();
  void sweep();

  RealTime& time_;
  const std::size_t most_;

  mutable std::mutex mutex_;  ///< of what follows
  std::unordered_map<const PooledConnection*, std::weak_ptr<PooledConnection>> connections_;
  bool sweep_armed_{false};
};

}  // namespace millrace::http
