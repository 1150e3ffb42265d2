// One kept connection of a client: a request out, its answer in. Plain HTTP/1.1.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::http_client {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// Host and Content-Length are added.
struct Request {
  std::string method{"POST"};  ///< any but HEAD
  std::string target{"/"};
  Fields fields{};
  std::string body{};
};

struct Answer {
  unsigned status{0};
  Fields fields{};
  std::string body{};

  /// The first field of that name (in any case), or empty.
  [[nodiscard]] std::string_view field(std::string_view name) const;
};

struct ConnectionOptions {
  std::string host;
  std::string port;
  /// Of an answer's body; more is an error of it. None: no bound, for programs that wanted what they get.
  std::optional<std::uint64_t> most_bytes{};
  /// For opening the connection, and for an exchange as a whole. None: as long as it takes.
  std::optional<std::chrono::steady_clock::duration> patience{};
};

/// One exchange at a time. Of the thread that runs `io`, which outlives it.
class Connection {
 public:
  Connection(boost::asio::io_context& io, ConnectionOptions options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool is_open() const;
  /// Opens it. Errors: the resolver's and the socket's, such as connection_refused.
  boost::asio::awaitable<boost::system::result<void>> open();
  /// Sends a request over the open connection and reads the answer; `request` lives as long. After an error, or an
  /// answer that says so, the connection is closed. Whether the peer has taken a request that failed is not known.
  boost::asio::awaitable<boost::system::result<Answer>> exchange(const Request& request);
  void close();
  /// Ends what waits, with operation_aborted, and all that would wait from now on.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http_client
