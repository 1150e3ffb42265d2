#include "server/http/health.hpp"

namespace millrace::http {

void add_health_routes(Router& router, std::function<bool()> is_ready) {
  router.add("GET", "/health", [](Request&, PathParameters) -> boost::asio::awaitable<Response> {
    co_return Response{.body = R"({"status":"healthy"})", .headers = {}};
  });
  router.add("GET", "/ready",
             [is_ready = std::move(is_ready)](Request&, PathParameters) -> boost::asio::awaitable<Response> {
               if (is_ready()) co_return Response{.body = R"({"status":"ready"})", .headers = {}};
               co_return Response{.status = 503, .body = R"({"status":"starting"})", .headers = {}};
             });
}

}  // namespace millrace::http
