// A client for programs that have nothing to do until the answer is there: command line tools, tests.
#pragma once

#include <boost/asio/io_context.hpp>

#include "server/http_client/connection.hpp"

namespace millrace::http_client {

/// Opens its connection when it is needed. Not thread-safe.
class BlockingClient {
 public:
  explicit BlockingClient(ConnectionOptions options) : connection_{io_, std::move(options)} {}

  /// A kept connection may have been closed by the peer meanwhile: the request is then sent once more, over a new one.
  /// Throws boost::system::system_error when there is no answer.
  Answer exchange(const Request& request);

 private:
  boost::asio::io_context io_{1};
  Connection connection_;
};

}  // namespace millrace::http_client
