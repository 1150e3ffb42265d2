// Requests by method and path: what the HTTP shell offers to the layers above it.
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
#include "server/http/routing/conversation.hpp"

namespace millrace::http {

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
/// All of that name, in their order.
std::vector<std::string> query_parameters(std::string_view query, std::string_view name);

}  // namespace millrace::http
