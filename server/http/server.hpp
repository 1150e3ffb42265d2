// The listener: accepts connections, gives each its session, ends them in two stages.
//
// A server answers requests to `/` through a DynamoDispatcher, if it has one, and all others through the conversation
// of their connection: a Router's, or one that remembers who it talks to.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/base/faults.hpp"
#include "server/engine/engine.hpp"
#include "server/http/byte_budget.hpp"
#include "server/http/routing/conversation.hpp"
#include "server/http/routing/dispatch.hpp"
#include "server/http/routing/web_guard.hpp"
#include "server/time/real_time.hpp"

namespace millrace::http {

struct ServerOptions {
  std::string host{"127.0.0.1"};  ///< an address, `localhost` or another name: see acceptors.hpp
  std::uint16_t port{8000};       ///< 0 for any free one: see bound_port()
  WebGuard guard{};               ///< stands before every path
  /// One more ends the one that has been idle for longest; when none is idle, it is answered 503 and closed.
  std::size_t max_connections{4096};
  /// For bodies on their way in and answers on their way out. Not null; may be shared with other listeners.
  std::shared_ptr<ByteBudget> budget{std::make_shared<ByteBudget>()};

  /// Answers carry an x-amzn-RequestId when there is a seed for them.
  std::optional<std::uint64_t> request_id_seed{};

  std::size_t header_limit{std::size_t{16} << 10U};  ///< request line and fields; more is a 400
  std::size_t body_limit{
      std::size_t{16} << 20U};  ///< requests to `/`, as sent; more is a 413. Conversations say their own

  /// Deadlines are looked at once a second. None applies while a handler runs or a commit is waited for.
  Duration idle_timeout{std::chrono::seconds{120}};  ///< between requests, unless the peer is busy (Response)
  Duration read_timeout{std::chrono::seconds{30}};   ///< for a whole header; then between two pieces of a body
  Duration write_timeout{std::chrono::seconds{30}};  ///< between two pieces of an answer
};

/// What answers requests to DynamoDB and Streams, and waits for their commits.
struct DynamoService {
  const DynamoDispatcher& dispatcher;
  engine::Engine& engine;
};

/// What a server works with. All of it outlives the server and the run of `io`.
struct ServerParts {
  boost::asio::io_context& io;
  RealTime& time;
  ConversationMaker conversations;
  std::optional<DynamoService> dynamo{};  ///< without it `/` is a path like any other
  Faults faults{};
};

class Server {
 public:
  Server(const ServerParts& parts, ServerOptions options);
  /// Stops accepting and ends every connection as soon as the io_context runs.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and starts accepting; connections are served once the io_context runs. The error is the system's
  /// (address in use, no such host); the server is useless then.
  [[nodiscard]] boost::system::error_code listen();

  /// The port it listens on, after listen().
  [[nodiscard]] std::uint16_t bound_port() const;

  /// Connections that are open now, refused ones not counted.
  [[nodiscard]] std::size_t connection_count() const;

  /// Lets nobody in from now on; the connections that are there stay as they are. On the I/O thread.
  void stop_accepting();

  /// Ends the server in two stages. At once: no new connections, idle ones are closed, requests that have begun are
  /// still answered, with `Connection: close`. After `grace`: what is left is cut off, and handlers that asked for it
  /// are told that their peer is gone. `drained` is called once: when no connection is left, at the
  /// latest after the second stage. Any thread, once.
  void shutdown(Duration grace, std::function<void()> drained);

 private:
  std::shared_ptr<class Listener> listener_;
};

}  // namespace millrace::http
