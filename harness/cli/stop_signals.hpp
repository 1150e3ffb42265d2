// SIGTERM and SIGINT for commands that serve, and what else a server wants of the signals of its process.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <thread>

namespace millrace::cli {

/// From its beginning SIGTERM and SIGINT no longer end the process but are remembered. Make it before the server, which
/// then ends in order also when it is told to while it still opens its database. One at a time in a process.
class StopSignals {
 public:
  StopSignals();

 private:
  friend class StopOnSignal;
  boost::asio::io_context io_;
  boost::asio::signal_set signals_;
};

/// As long as it lives, the first signal, also one that has come before, has `stop` called, on a thread of its own.
class StopOnSignal {
 public:
  /// `signals`, and what `stop` refers to, outlive this.
  StopOnSignal(StopSignals& signals, std::function<void()> stop);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  StopSignals& signals_;
  std::thread thread_;
};

}  // namespace millrace::cli
