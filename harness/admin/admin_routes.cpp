#include "harness/admin/admin_routes.hpp"

#include <utility>

#include "harness/admin/answered.hpp"
#include "harness/admin/clock_routes.hpp"
#include "harness/admin/drain_request.hpp"
#include "harness/admin/fault_routes.hpp"
#include "harness/admin/report_json.hpp"

namespace millrace::admin {
namespace {

namespace asio = boost::asio;

constexpr std::uint16_t kOk = 200;

asio::awaitable<http::Response> drain(AdminServices services, DrainRequest request) {
  const RealTime::TimePoint deadline = services.real_time.now() + request.timeout;
  // Named, not written inside the co_await: g++ 12 destroys the captures of a temporary there twice.
  auto start = [services, request, deadline](auto done) {
    services.runner.drain(request.mapping, deadline, std::move(done));
  };
  const auto report = co_await answered<esm::DrainReport>(std::move(start));
  http::Response response;
  response.status = report.drained ? kOk : kGatewayTimeout;
  append_json(response.body, report, services.emulated_time);
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
  add_clock_routes(router, services);
  add_fault_routes(router, services.faults);
  router.add("GET", "/_millrace/status", [services](http::Request&, http::PathParameters) { return status(services); });
}

}  // namespace millrace::admin
