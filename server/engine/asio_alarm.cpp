#include "server/engine/asio_alarm.hpp"

#include <utility>

namespace millrace::engine {

void AsioAlarm::set(Duration wait, std::function<void()> ring) {
  timer_.expires_after(wait);
  timer_.async_wait([ring = std::move(ring)](const boost::system::error_code& cancelled) {
    if (!cancelled) ring();
  });
}

void AsioAlarm::clear() { timer_.cancel(); }

}  // namespace millrace::engine
