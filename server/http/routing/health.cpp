#include "server/http/routing/health.hpp"

#include "server/base/api_error.hpp"

namespace millrace::http {

void add_health_routes(Router& router, std::function<bool()> is_ready, std::function<std::string()> trouble) {
  router.add("GET", "/health",
             [trouble = std::move(trouble)](Request&, PathParameters) -> boost::asio::awaitable<Response> {
               const std::string why = trouble();
               if (why.empty()) co_return Response{.body = R"({"status":"healthy"})", .headers = {}};
               std::string body = R"({"status":"unhealthy","reason":)";
               base::append_json_string(body, why);
               body += '}';
               co_return Response{.status = 503, .body = std::move(body), .headers = {}};
             });
  router.add("GET", "/ready",
             [is_ready = std::move(is_ready)](Request&, PathParameters) -> boost::asio::awaitable<Response> {
               if (is_ready()) co_return Response{.body = R"({"status":"ready"})", .headers = {}};
               co_return Response{.status = 503, .body = R"({"status":"starting"})", .headers = {}};
             });
}

}  // namespace millrace::http
