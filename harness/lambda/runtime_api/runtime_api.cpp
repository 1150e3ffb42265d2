#include "harness/lambda/runtime_api/runtime_api.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

#include "harness/lambda/runtime_api/runtime_api_connection.hpp"
#include "server/http/acceptors.hpp"

namespace millrace::lambda {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

class RuntimeApiListener::State : public std::enable_shared_from_this<State> {
 public:
  State(RuntimeApiParts parts, std::shared_ptr<RuntimeDirectory> directory)
      : shared_{std::make_shared<RuntimeApiShared>(std::move(parts), std::move(directory))},
        executor_{asio::make_strand(shared_->parts.io)} {}

  error_code open(const std::string& host, std::uint16_t port) {
    auto acceptors = http::listen_on(executor_, host, port);
    if (acceptors.has_error()) return acceptors.error();
    acceptors_ = *std::move(acceptors);
    error_code ec;
    port_ = acceptors_.front().local_endpoint(ec).port();
    return ec;
  }

  void start() {
    for (auto& acceptor : acceptors_) {
      asio::co_spawn(
          executor_, [self = shared_from_this(), &acceptor] { return self->accept(acceptor); }, asio::detached);
    }
  }

  void stop() {
    asio::post(executor_, [self = shared_from_this()] {
      error_code ignored;
      for (auto& acceptor : self->acceptors_) acceptor.close(ignored);
      for (const auto& connection : self->shared_->pool->connections()) {
        std::static_pointer_cast<RuntimeApiConnection>(connection)->close();
      }
    });
  }

  void release() {
    asio::post(executor_, [self = shared_from_this()] {
      error_code ignored;
      for (auto& acceptor : self->acceptors_) acceptor.close(ignored);
    });
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t connection_count() const { return shared_->pool->size(); }

 private:
  asio::awaitable<void> accept(asio::ip::tcp::acceptor& acceptor) {
    asio::steady_timer pause{executor_};
    while (acceptor.is_open()) {
      error_code ec;
      auto socket = co_await acceptor.async_accept(asio::make_strand(shared_->parts.io),
                                                   asio::redirect_error(asio::use_awaitable, ec));
      if (ec == asio::error::operation_aborted) break;
      if (ec) {
        spdlog::warn("the Runtime API cannot accept a connection: {}", ec.message());
        // Out of descriptors, most likely: give the connections that hold them a moment.
        pause.expires_after(std::chrono::milliseconds{100});
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        continue;
      }
      if (!acceptor.is_open()) break;  // released at the very moment
      if (!shared_->pool->make_room()) {
        spdlog::warn("the Runtime API refused a connection: {} are open, and none is idle", connection_count());
        continue;  // the socket closes
      }
      const auto connection = std::make_shared<RuntimeApiConnection>(std::move(socket), shared_);
      shared_->pool->add(connection);
      connection->start();
    }
  }

  const std::shared_ptr<RuntimeApiShared> shared_;
  asio::any_io_executor executor_;                  ///< a strand: of the acceptors
  std::vector<asio::ip::tcp::acceptor> acceptors_;  ///< fixed after open()
  std::uint16_t port_{0};
};

boost::system::result<std::unique_ptr<RuntimeApiListener>> RuntimeApiListener::open(
    RuntimeApiParts parts, const std::string& host, std::uint16_t port, std::shared_ptr<RuntimeDirectory> directory) {
  auto state = std::make_shared<State>(std::move(parts), std::move(directory));
  if (const error_code ec = state->open(host, port)) return ec;
  state->start();
  return std::unique_ptr<RuntimeApiListener>{new RuntimeApiListener{std::move(state)}};
}

RuntimeApiListener::RuntimeApiListener(std::shared_ptr<State> state) : state_{std::move(state)} {}
RuntimeApiListener::~RuntimeApiListener() { state_->stop(); }
void RuntimeApiListener::release() { state_->release(); }
std::uint16_t RuntimeApiListener::port() const { return state_->port(); }
std::size_t RuntimeApiListener::connection_count() const { return state_->connection_count(); }

}  // namespace millrace::lambda
