#include "harness/admin/fault_routes.hpp"

#include <spdlog/spdlog.h>

#include "harness/admin/fault_request.hpp"
#include "harness/admin/report_json.hpp"

namespace millrace::admin {
namespace {

namespace asio = boost::asio;

http::Response read(const FaultPlan& faults) {
  http::Response response;
  append_faults_json(response.body, faults.report());
  return response;
}

}  // namespace

void add_fault_routes(http::Router& router, FaultPlan& faults) {
  router.add(
      "GET", "/_millrace/faults",
      [&faults](http::Request&, http::PathParameters) -> asio::awaitable<http::Response> { co_return read(faults); });
  router.add("PUT", "/_millrace/faults",
             [&faults](http::Request& request, http::PathParameters) -> asio::awaitable<http::Response> {
               const auto settings = parse_fault_plan(request.body);
               if (settings.has_error()) co_return http::to_rest_response(settings.error());
               faults.replace(*settings);
               spdlog::info("a fault plan has rules for {} points", settings->rules.size());
               co_return read(faults);
             });
  router.add("DELETE", "/_millrace/faults",
             [&faults](http::Request&, http::PathParameters) -> asio::awaitable<http::Response> {
               faults.remove();
               spdlog::info("there is no fault plan any more");
               co_return read(faults);
             });
}

}  // namespace millrace::admin
