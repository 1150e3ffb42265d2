#include "harness/lambda/runtime_api.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <utility>

#include "harness/lambda/runtime_api_connection.hpp"

namespace millrace::lambda {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kMostConnections = 1000;

}  // namespace

class RuntimeApiListener::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, std::shared_ptr<RuntimeDirectory> directory, http::WebGuard guard)
      : io_{io},
        acceptor_{asio::make_strand(io)},
        pause_{acceptor_.get_executor()},
        directory_{std::move(directory)},
        guard_{std::make_shared<const http::WebGuard>(std::move(guard))} {}

  error_code open(const std::string& address, std::uint16_t port) {
    error_code ec;
    const auto ip = asio::ip::make_address(address, ec);
    if (ec) return ec;
    const asio::ip::tcp::endpoint endpoint{ip, port};
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address{true}, ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) port_ = acceptor_.local_endpoint(ec).port();
    return ec;
  }

  void start() {
    asio::co_spawn(
        acceptor_.get_executor(), [self = shared_from_this()] { return self->accept(); }, asio::detached);
  }

  void stop() {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      error_code ignored;
      self->acceptor_.close(ignored);
      for (const auto& connection : self->connections_) {
        if (const auto held = connection.lock()) held->close();
      }
      self->connections_.clear();
    });
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  asio::awaitable<void> accept() {
    while (acceptor_.is_open()) {
      error_code ec;
      auto socket =
          co_await acceptor_.async_accept(asio::make_strand(io_), asio::redirect_error(asio::use_awaitable, ec));
      if (ec == asio::error::operation_aborted) break;
      if (ec) {
        spdlog::warn("the Runtime API cannot accept a connection: {}", ec.message());
        // Out of descriptors, most likely: give the connections that hold them a moment.
        pause_.expires_after(std::chrono::milliseconds{100});
        co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        continue;
      }
      std::erase_if(connections_, [](const auto& connection) { return connection.expired(); });
      if (connections_.size() >= kMostConnections) continue;  // the socket closes
      const auto connection = std::make_shared<RuntimeApiConnection>(std::move(socket), directory_, guard_);
      connections_.push_back(connection);
      connection->start();
    }
  }

  asio::io_context& io_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::shared_ptr<RuntimeDirectory> directory_;
  std::shared_ptr<const http::WebGuard> guard_;
  std::uint16_t port_{0};
  std::list<std::weak_ptr<RuntimeApiConnection>> connections_;
};

boost::system::result<std::unique_ptr<RuntimeApiListener>> RuntimeApiListener::open(
    asio::io_context& io, const std::string& address, std::uint16_t port, std::shared_ptr<RuntimeDirectory> directory,
    http::WebGuard guard) {
  auto state = std::make_shared<State>(io, std::move(directory), std::move(guard));
  if (const error_code ec = state->open(address, port)) return ec;
  state->start();
  return std::unique_ptr<RuntimeApiListener>{new RuntimeApiListener{std::move(state)}};
}

RuntimeApiListener::RuntimeApiListener(std::shared_ptr<State> state) : state_{std::move(state)} {}
RuntimeApiListener::~RuntimeApiListener() { state_->stop(); }
std::uint16_t RuntimeApiListener::port() const { return state_->port(); }

}  // namespace millrace::lambda
