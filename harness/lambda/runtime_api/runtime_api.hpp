// The Runtime API over HTTP: a server of its own. What is answered is decided by runtime_broker.hpp.
//
// Waiting for work, and the work, have no time limit here; a client that goes away while it waits is forgotten. A
// connection that does neither is ended after a while, or when another one needs its place.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "harness/lambda/runtime_api/runtime_api_options.hpp"
#include "harness/lambda/runtime_api/runtime_endpoint.hpp"
#include "server/base/faults.hpp"
#include "server/http/server.hpp"
#include "server/time/real_time.hpp"

namespace millrace::lambda {

/// What a listener works with. The references outlive it and whatever runs on `io`.
struct RuntimeApiParts {
  boost::asio::io_context& io;
  RealTime& time;
  RuntimeApiOptions options;
  Faults faults{};
};

/// Of the I/O thread.
class RuntimeApiListener {
 public:
  /// Listens on `host` (`127.0.0.1`, `localhost`, `0.0.0.0`, `::`: see server/http/acceptors.hpp) and `port` (0: any
  /// free one) and serves the functions of `directory` from then on. Errors: those of the socket, such as
  /// address_in_use.
  static boost::system::result<std::unique_ptr<RuntimeApiListener>> open(RuntimeApiParts parts, const std::string& host,
                                                                         std::uint16_t port,
                                                                         std::shared_ptr<RuntimeDirectory> directory);
  /// Stops accepting and closes all connections.
  ~RuntimeApiListener();
  RuntimeApiListener(const RuntimeApiListener&) = delete;
  RuntimeApiListener& operator=(const RuntimeApiListener&) = delete;

  /// Stops accepting, now, and leaves the connections that are there to themselves until the listener is destroyed.
  void release();

  [[nodiscard]] std::uint16_t port() const;
  /// Connections that are open now.
  [[nodiscard]] std::size_t connection_count() const;

 private:
  explicit RuntimeApiListener(std::unique_ptr<http::Server> server);
  std::unique_ptr<http::Server> server_;
};

}  // namespace millrace::lambda
