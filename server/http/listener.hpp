// The part of a server that its connections share and that lives as long as the last of them. Internal to this folder.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "server/http/connection_pool.hpp"
#include "server/http/message/request_parser.hpp"
#include "server/http/server.hpp"

namespace millrace::http {

class Connection;

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(const ServerParts& parts, ServerOptions options);

  [[nodiscard]] boost::system::error_code listen();
  [[nodiscard]] std::uint16_t bound_port() const { return port_; }
  [[nodiscard]] std::size_t connection_count() const;
  void stop_accepting();
  void shutdown(Duration grace, std::function<void()> drained);
  /// Both stages at once, with nobody to tell.
  void terminate();

  // --- For connections ---

  [[nodiscard]] const ServerParts& parts() const { return parts_; }
  [[nodiscard]] const ServerOptions& options() const { return options_; }
  /// Answers given from now on end their connection.
  [[nodiscard]] bool is_stopping() const { return stopping_; }
  /// A connection has ended.
  void forget(const Connection& connection);

 private:
  void accept_next(boost::asio::ip::tcp::acceptor& acceptor);
  void admit(boost::asio::ip::tcp::socket socket);
  /// Has every connection do something, soon.
  void for_each(void (Connection::*action)());
  void finish_drain();

  const ServerParts parts_;
  const ServerOptions options_;
  std::vector<boost::asio::ip::tcp::acceptor> acceptors_;  ///< fixed after listen()
  std::uint16_t port_{0};
  std::uint64_t accepted_{0};
  bool stopping_{false};

  const std::shared_ptr<ConnectionPool> pool_;
  std::function<void()> drained_;
};

}  // namespace millrace::http
