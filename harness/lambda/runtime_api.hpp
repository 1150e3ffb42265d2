// The Runtime API over HTTP: a listener and its connections. What is answered is decided by runtime_broker.hpp.
//
// Waiting for work has no time limit; a client that goes away while it waits is forgotten.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "harness/lambda/runtime_endpoint.hpp"
#include "server/http/web_guard.hpp"

namespace millrace::lambda {

class RuntimeApiListener {
 public:
  /// Listens on `host` (`127.0.0.1`, `localhost`, `0.0.0.0`, `::`: see server/http/acceptors.hpp) and `port` (0: any
  /// free one) and serves the functions of `directory` from then on, whatever `guard` lets in. `io` outlives the
  /// listener. Errors: those of the socket, such as address_in_use.
  static boost::system::result<std::unique_ptr<RuntimeApiListener>> open(boost::asio::io_context& io,
                                                                         const std::string& host, std::uint16_t port,
                                                                         std::shared_ptr<RuntimeDirectory> directory,
                                                                         http::WebGuard guard = {});
  /// Stops accepting and closes all connections.
  ~RuntimeApiListener();
  RuntimeApiListener(const RuntimeApiListener&) = delete;
  RuntimeApiListener& operator=(const RuntimeApiListener&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  class State;
  explicit RuntimeApiListener(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace millrace::lambda
