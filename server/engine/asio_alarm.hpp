// The alarm of emulated and of real time: one Asio timer each. Precision is that of the kernel's timers, well below a
// millisecond.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/time/alarm.hpp"

namespace millrace::engine {

/// Rings on a thread of the io_context. Synchronised by its owner; destroyed before `io`.
class AsioAlarm final : public time::Alarm {
 public:
  explicit AsioAlarm(boost::asio::io_context& io) : timer_{io} {}

  void set(Duration wait, std::function<void()> ring) override;
  void clear() override;

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace millrace::engine
