#include "harness/admin/admin_routes.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "harness/admin/drain_request.hpp"
#include "harness/admin/report_json.hpp"

namespace millrace::admin {
namespace {

namespace asio = boost::asio;

constexpr std::uint16_t kOk = 200;
constexpr std::uint16_t kGatewayTimeout = 504;

/// Lets a coroutine wait for a function that takes a callback: `start` is called with the callback.
template <class Answer, class Start>
asio::awaitable<Answer> answered(Start start) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(
      [start = std::move(start)](auto handler) {
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        start([waiting](Answer answer) {
          asio::post(asio::get_associated_executor(*waiting),
                     [waiting, answer = std::move(answer)]() mutable { std::move (*waiting)(std::move(answer)); });
        });
      },
      asio::use_awaitable);
}

asio::awaitable<http::Response> drain(AdminServices services, DrainRequest request) {
  const TimePoint deadline = services.clock.now() + request.timeout;
  // Named, not written inside the co_await: g++ 12 destroys the captures of a temporary there twice.
  auto start = [services, request, deadline](auto done) {
    services.runner.drain(request.mapping, deadline, std::move(done));
  };
  const auto report = co_await answered<esm::DrainReport>(std::move(start));
  http::Response response;
  response.status = report.drained ? kOk : kGatewayTimeout;
  append_json(response.body, report);
  co_return response;
}

asio::awaitable<http::Response> status(AdminServices services) {
  auto start = [services](auto done) { services.runner.report(std::move(done)); };
  const auto reports = co_await answered<std::vector<esm::MappingReport>>(std::move(start));
  http::Response response;
  append_status_json(response.body, MILLRACE_VERSION, reports);
  co_return response;
}

}  // namespace

void add_admin_routes(http::Router& router, AdminServices services) {
  router.add("POST", "/_millrace/drain",
             [services](http::Request& request, http::PathParameters) -> asio::awaitable<http::Response> {
               auto parsed = parse_drain_request(request.body);
               if (parsed.has_error()) co_return http::to_rest_response(parsed.error());
               co_return co_await drain(services, *std::move(parsed));
             });
  router.add("GET", "/_millrace/status", [services](http::Request&, http::PathParameters) { return status(services); });
}

}  // namespace millrace::admin
