// What the HTTP shell offers to the layers above it: requests in, answers out, no Beast type in sight.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/api_error.hpp"

namespace millrace::http {

/// A request; the views are valid until its answer is returned.
struct Request {
  std::string_view method;  ///< upper case
  std::string_view path;    ///< without the query, still percent-encoded
  std::string_view query;   ///< without the question mark
  std::string& body;        ///< decompressed; may be taken or changed by the handler
  /// The value of a header (name in any case), or empty.
  std::function<std::string_view(std::string_view name)> header;
  /// For handlers that wait without limit: `callback` is called once, on the connection's executor, when the peer goes
  /// away, or when the server ends the connection, while the handler still runs. The handler then has to return soon;
  /// its answer is dropped. At most one callback; it is forgotten when the handler returns. A peer that sends further
  /// bytes (pipelining) is not watched any more. Costs nothing when not called.
  std::function<void(std::function<void()> callback)> on_peer_closed{};
  /// For handlers that keep a large body while it waits for its turn: its bytes count as on their way until the handler
  /// returns (ByteBudget). `give_up` is called, at most once and on the connection's executor, when others need the
  /// room: a body that is not at work yet has to go then, and the request to be refused.
  std::function<void(std::size_t bytes, std::function<void()> give_up)> hold{};
};

struct Response {
  std::uint16_t status{200};
  std::string_view content_type{"application/json"};
  std::string body;
  /// Further headers. Content-Length, Date, Connection are added by the session; so is x-amzn-RequestId, unless it is
  /// among these.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Tells the peer, and the session, that this connection ends with this answer.
  bool close{false};
};

/// Captured `{name}` segments of a route, percent-decoded, in order of appearance.
using PathParameters = std::vector<std::string>;

using Handler = std::function<boost::asio::awaitable<Response>(Request& request, PathParameters parameters)>;

/// The largest body a route takes, as sent and decoded. More is refused before the rest of it is read.
struct BodyLimit {
  std::size_t bytes{std::size_t{1} << 20U};
  std::string_view operation{};  ///< a literal: AWS's name of what the route serves, for the refusal's text
};

/// Routes of REST-style requests: Lambda's API, admin, health. Filled before the listener starts, then read-only.
/// No route can be left open to web pages: WebGuard stands before all of them.
class Router {
 public:
  /// `pattern` is a path whose segments are literal or `{name}`: `/2015-03-31/functions/{FunctionName}/invocations`.
  /// A trailing slash in the request is ignored; a captured segment is never empty. Of two routes that match, the one
  /// added first serves. A GET route serves HEAD too.
  void add(std::string_view method, std::string_view pattern, Handler handler, BodyLimit body_limit = {});

  struct Match {
    const Handler* handler{nullptr};  ///< null when nothing matches
    bool path_known{false};           ///< some other method is served at this path
    std::string allow{};              ///< those methods, `GET, POST`: the value of the Allow header of a 405
    PathParameters parameters{};
    BodyLimit body_limit{};
  };
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
    BodyLimit body_limit;
  };
  std::vector<Route> routes_;
};

/// The answer to a REST-JSON error: status, `x-amzn-ErrorType`, body.
Response to_rest_response(const ApiError& error);
/// RequestTooLargeException, 413.
ApiError request_too_large(const BodyLimit& limit);

/// Percent-decoding of a path segment or query value ('+' stays a plus). Invalid escapes stay as they are; what is not
/// UTF-8 then becomes U+FFFD.
std::string percent_decode(std::string_view text);
/// The decoded value of `name` in a query string; empty optional when absent.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace millrace::http
