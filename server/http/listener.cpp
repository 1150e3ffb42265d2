#include "server/http/listener.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "server/http/acceptors.hpp"
#include "server/http/connection.hpp"
#include "server/http/response_head.hpp"

namespace millrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr Duration kSweepPeriod = std::chrono::seconds{1};
// When accepting fails the process is out of descriptors or memory; trying again at once would only burn time.
constexpr Duration kAcceptPause = std::chrono::milliseconds{100};

/// Best effort: whoever is one too many gets an answer if the socket takes it at once.
void refuse(tcp::socket socket) {
  boost::system::error_code ignored;
  std::string text;
  append_status_line(text, 503);
  append_field(text, "Content-Length", std::uint64_t{0});
  append_field(text, "Connection", "close");
  text.append("\r\n");
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(text), ignored);
  socket.shutdown(tcp::socket::shutdown_both, ignored);
}

}  // namespace

Listener::Listener(const ServerParts& parts, ServerOptions options)
    : parts_{parts},
      options_{std::move(options)},
      id_seed_{parts.random.next()},
      executor_{parts.engine.make_executor()} {}

boost::system::error_code Listener::listen() {
  auto acceptors = listen_on(executor_, options_.host, options_.port);
  if (acceptors.has_error()) return acceptors.error();
  acceptors_ = *std::move(acceptors);
  boost::system::error_code error;
  port_ = acceptors_.front().local_endpoint(error).port();
  if (error) return error;
  for (auto& acceptor : acceptors_) accept_next(acceptor);
  return {};
}

std::size_t Listener::connection_count() const {
  const std::scoped_lock lock{mutex_};
  return connections_.size();
}

void Listener::accept_next(tcp::acceptor& acceptor) {
  acceptor.async_accept(parts_.engine.make_executor(), [self = shared_from_this(), &acceptor](
                                                           const boost::system::error_code& error, tcp::socket socket) {
    if (self->is_stopping() || error == asio::error::operation_aborted) return;
    if (!error) {
      self->admit(std::move(socket));
      self->accept_next(acceptor);
      return;
    }
    spdlog::warn("accepting a connection failed: {}", error.message());
    self->parts_.timers.schedule(self->parts_.clock.now() + kAcceptPause, [weak = self->weak_from_this(), &acceptor] {
      const auto listener = weak.lock();
      if (!listener) return;
      asio::post(listener->executor_, [listener, &acceptor] {
        if (!listener->is_stopping()) listener->accept_next(acceptor);
      });
    });
  });
}

void Listener::close_acceptors() {
  boost::system::error_code ignored;
  for (auto& acceptor : acceptors_) acceptor.close(ignored);
}

void Listener::admit(tcp::socket socket) {
  if (connection_count() >= options_.max_connections) {
    refuse(std::move(socket));
    return;
  }
  // The seed moves with the number of the connection, not with the shared generator: how many connections a client
  // opens must not change the ids that tables and mappings get.
  const RequestIds request_ids{id_seed_ + accepted_++};
  const auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket), request_ids);
  {
    const std::scoped_lock lock{mutex_};
    connections_.emplace(connection.get(), connection);
  }
  connection->start();
  arm_sweep();
}

void Listener::forget(const Connection& connection) {
  bool is_last = false;
  {
    const std::scoped_lock lock{mutex_};
    connections_.erase(&connection);
    is_last = connections_.empty();
  }
  if (is_last && is_stopping()) finish_drain();
}

std::vector<std::shared_ptr<Connection>> Listener::connections() const {
  std::vector<std::shared_ptr<Connection>> alive;
  const std::scoped_lock lock{mutex_};
  alive.reserve(connections_.size());
  for (const auto& [key, weak] : connections_) {
    if (auto connection = weak.lock()) alive.push_back(std::move(connection));
  }
  return alive;
}

void Listener::for_each(void (Connection::*action)()) {
  for (const auto& connection : connections()) {
    asio::post(connection->executor(), [connection, action] { (connection.get()->*action)(); });
  }
}

void Listener::arm_sweep() {
  {
    const std::scoped_lock lock{mutex_};
    // Only while there is something to sweep: an idle server schedules nothing.
    if (sweep_armed_ || connections_.empty()) return;
    sweep_armed_ = true;
  }
  parts_.timers.schedule(parts_.clock.now() + kSweepPeriod, [weak = weak_from_this()] {
    if (const auto listener = weak.lock()) listener->sweep();
  });
}

void Listener::sweep() {
  const TimePoint now = parts_.clock.now();
  for (const auto& connection : connections()) {
    if (!connection->is_overdue(now)) continue;
    asio::post(connection->executor(), [connection, now] {
      if (connection->is_overdue(now)) connection->cut_off();
    });
  }
  {
    const std::scoped_lock lock{mutex_};
    sweep_armed_ = false;
  }
  arm_sweep();
}

void Listener::shutdown(Duration grace, std::function<void()> drained) {
  asio::post(executor_, [self = shared_from_this(), grace, drained = std::move(drained)]() mutable {
    {
      const std::scoped_lock lock{self->mutex_};
      self->drained_ = std::move(drained);
    }
    self->stopping_ = true;
    self->close_acceptors();
    if (self->connection_count() == 0) {
      self->finish_drain();
      return;
    }
    self->for_each(&Connection::close_if_idle);
    self->parts_.timers.schedule(self->parts_.clock.now() + grace, [weak = self->weak_from_this()] {
      const auto listener = weak.lock();
      if (!listener) return;
      listener->for_each(&Connection::cut_off);
      // Behind the cuts: a handler that does not listen must not hold the end up.
      asio::post(listener->executor_, [listener] { listener->finish_drain(); });
    });
  });
}

void Listener::terminate() {
  asio::post(executor_, [self = shared_from_this()] {
    self->stopping_ = true;
    self->close_acceptors();
    self->for_each(&Connection::cut_off);
  });
}

void Listener::finish_drain() {
  std::function<void()> drained;
  {
    const std::scoped_lock lock{mutex_};
    drained.swap(drained_);
  }
  if (drained) drained();
}

}  // namespace millrace::http
