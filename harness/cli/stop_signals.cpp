#include "harness/cli/stop_signals.hpp"

#include <csignal>
#include <utility>

namespace millrace::cli {

StopSignals::StopSignals() : signals_{io_, SIGTERM, SIGINT} {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that goes away is an error code, not the end of the process
  std::signal(SIGXFSZ, SIG_IGN);  // and so is a file that may not grow
}

StopOnSignal::StopOnSignal(StopSignals& signals, std::function<void()> stop) : signals_{signals} {
  signals_.signals_.async_wait([stop = std::move(stop)](const boost::system::error_code& error, int) {
    if (!error) stop();
  });
  thread_ = std::thread{[this] { signals_.io_.run(); }};
}

StopOnSignal::~StopOnSignal() {
  signals_.io_.stop();
  thread_.join();
}

}  // namespace millrace::cli
