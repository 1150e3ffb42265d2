#include "server/http/listener.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "server/http/acceptors.hpp"
#include "server/http/connection.hpp"
#include "server/http/message/response_head.hpp"

namespace millrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

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
      pool_{std::make_shared<ConnectionPool>(parts.time, options_.max_connections)} {}

boost::system::error_code Listener::listen() {
  auto acceptors = listen_on(parts_.io.get_executor(), options_.host, options_.port);
  if (acceptors.has_error()) return acceptors.error();
  acceptors_ = *std::move(acceptors);
  boost::system::error_code error;
  port_ = acceptors_.front().local_endpoint(error).port();
  if (error) return error;
  for (auto& acceptor : acceptors_) accept_next(acceptor);
  return {};
}

std::size_t Listener::connection_count() const { return pool_->size(); }

void Listener::accept_next(tcp::acceptor& acceptor) {
  acceptor.async_accept(
      [self = shared_from_this(), &acceptor](const boost::system::error_code& error, tcp::socket socket) {
        if (!acceptor.is_open() || error == asio::error::operation_aborted) return;
        if (!error) {
          self->admit(std::move(socket));
          self->accept_next(acceptor);
          return;
        }
        spdlog::warn("accepting a connection failed: {}", error.message());
        self->parts_.time.schedule(self->parts_.time.now() + kAcceptPause, [weak = self->weak_from_this(), &acceptor] {
          const auto listener = weak.lock();
          if (listener && acceptor.is_open()) listener->accept_next(acceptor);
        });
      });
}

void Listener::stop_accepting() {
  boost::system::error_code ignored;
  for (auto& acceptor : acceptors_) acceptor.close(ignored);
}

void Listener::admit(tcp::socket socket) {
  if (!pool_->make_room()) {
    spdlog::warn("refused a connection: {} are open, and none is idle", connection_count());
    refuse(std::move(socket));
    return;
  }
  // The seed moves with the number of the connection, not with the shared generator: how many connections a client
  // opens must not change the ids that tables and mappings get.
  const RequestIds request_ids{options_.request_id_seed.value_or(0) + accepted_++};
  const auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket), request_ids);
  pool_->add(connection);
  connection->start();
}

void Listener::forget(const Connection& connection) {
  if (pool_->remove(connection) && is_stopping()) finish_drain();
}

void Listener::for_each(void (Connection::*action)()) {
  for (const auto& pooled : pool_->connections()) {
    const auto connection = std::static_pointer_cast<Connection>(pooled);
    asio::post(connection->executor(), [connection, action] { (connection.get()->*action)(); });
  }
}

void Listener::shutdown(Duration grace, std::function<void()> drained) {
  asio::post(parts_.io, [self = shared_from_this(), grace, drained = std::move(drained)]() mutable {
    self->drained_ = std::move(drained);
    self->stopping_ = true;
    self->stop_accepting();
    if (self->connection_count() == 0) {
      self->finish_drain();
      return;
    }
    self->for_each(&Connection::close_if_idle);
    self->parts_.time.schedule(self->parts_.time.now() + grace, [weak = self->weak_from_this()] {
      const auto listener = weak.lock();
      if (!listener) return;
      listener->for_each(&Connection::cut_off);
      // Behind the cuts: a handler that does not listen must not hold the end up.
      asio::post(listener->parts_.io, [listener] { listener->finish_drain(); });
    });
  });
}

void Listener::terminate() {
  asio::post(parts_.io, [self = shared_from_this()] {
    self->stopping_ = true;
    self->stop_accepting();
    self->for_each(&Connection::cut_off);
  });
}

void Listener::finish_drain() {
  if (const auto drained = std::exchange(drained_, nullptr)) drained();
}

}  // namespace millrace::http
