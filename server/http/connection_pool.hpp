// The connections of one listener: how many there may be, who goes when there are more, who has had time enough.
#pragma once

#include <cstddef>
#include <memory>
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

  /// Ends the connection soon, unless a request has come in the meantime. Not from within this call.
  virtual void end_idle() = 0;
  /// Ends the connection soon, if its deadline has passed still. Not from within this call.
  virtual void end_overdue() = 0;

  /// Whether the deadline of what the connection waits for has passed.
  [[nodiscard]] bool is_overdue(RealTime::TimePoint now) const { return now > deadline_; }

 protected:
  /// A number that the pool compares once a second: no timer per request.
  void set_deadline(RealTime::TimePoint when) { deadline_ = when; }
  void clear_deadline() { deadline_ = kNoDeadline; }
  /// Idle is who waits for the first byte of a request.
  void set_idle(bool idle) { idle_ = idle; }

 private:
  friend class ConnectionPool;
  static constexpr RealTime::TimePoint kNoDeadline = RealTime::TimePoint::max();

  RealTime::TimePoint deadline_{kNoDeadline};
  bool idle_{false};
};

/// Holds no connection alive. Of the I/O thread.
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
 public:
  /// `time` outlives the pool.
  ConnectionPool(RealTime& time, std::size_t most);

  /// Whether one more may be added: there is room, or the connection that has been idle for longest was told to go.
  [[nodiscard]] bool make_room();
  void add(const std::shared_ptr<PooledConnection>& connection);
  /// A connection has ended. Returns whether it was the last.
  bool remove(const PooledConnection& connection);

  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  [[nodiscard]] std::vector<std::shared_ptr<PooledConnection>> connections() const;

 private:
  void arm_sweep();
  void sweep();

  RealTime& time_;
  const std::size_t most_;

  std::unordered_map<const PooledConnection*, std::weak_ptr<PooledConnection>> connections_;
  bool sweep_armed_{false};
};

}  // namespace millrace::http
