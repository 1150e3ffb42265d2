// The listener: accepts connections, gives each its session, ends them in two stages.
//
// A server answers requests to `/` through a DynamoDispatcher, if it has one, and all others through a Router. The
// Runtime API has a listener and connections of its own (harness/lambda): a runtime waits for its next invocation,
// which no timeout here may end.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/base/faults.hpp"
#include "server/base/random.hpp"
#include "server/engine/engine.hpp"
#include "server/http/byte_budget.hpp"
#include "server/http/dispatch.hpp"
#include "server/http/router.hpp"
#include "server/http/web_guard.hpp"
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

  std::size_t header_limit{std::size_t{16} << 10U};  ///< request line and fields; more is a 400
  std::size_t body_limit{std::size_t{16} << 20U};    ///< requests to `/`, as sent; more is a 413. Routes have their own

  /// Deadlines are looked at once a second. None applies while a handler runs or a commit is waited for.
  Duration idle_timeout{std::chrono::seconds{120}};  ///< between requests
  Duration read_timeout{std::chrono::seconds{30}};   ///< for a whole header; then between two pieces of a body
  Duration write_timeout{std::chrono::seconds{30}};  ///< between two pieces of an answer
};

/// What a server works with. All of it outlives the server and the engine's run().
struct ServerParts {
  engine::Engine& engine;
  RealTime& time;  ///< engine.real_time() but for tests
  Random& random;  ///< asked once, for the seed of the request ids
  const Router& router;
  const DynamoDispatcher* dynamo{nullptr};  ///< null: `/` is a path like any other
  Faults faults{};
};

class Server {
 public:
  Server(const ServerParts& parts, ServerOptions options);
  /// Stops accepting and ends every connection as soon as the engine runs.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and starts accepting; connections are served once the engine runs. The error is the system's
  /// (address in use, no such host); the server is useless then.
  [[nodiscard]] boost::system::error_code listen();

  /// The port it listens on, after listen().
  [[nodiscard]] std::uint16_t bound_port() const;

  /// Connections that are open now, refused ones not counted.
  [[nodiscard]] std::size_t connection_count() const;

  /// Ends the server in two stages. At once: no new connections, idle ones are closed, requests that have begun are
  /// still answered, with `Connection: close`. After `grace`: what is left is cut off, and handlers that asked for it
  /// are told that their peer is gone. `drained` is called once: when no connection is left, at the
  /// latest after the second stage. Any thread, once.
  void shutdown(Duration grace, std::function<void()> drained);

 private:
  std::shared_ptr<class Listener> listener_;
};

}  // namespace millrace::http
