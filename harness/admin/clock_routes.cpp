#include "harness/admin/clock_routes.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/admin/answered.hpp"
#include "harness/admin/clock_request.hpp"
#include "harness/admin/report_json.hpp"
#include "harness/esm/source/timestamp.hpp"

namespace millrace::admin {
namespace {

namespace asio = boost::asio;

enum class Moved : std::uint8_t { kArrived, kAbandoned, kRefused };

asio::awaitable<Moved> move_to(AdminServices services, TimePoint target, Duration timeout) {
  auto start = [services, target, timeout](auto done) {
    const std::uint64_t advance = services.emulated_time.advance_to(
        target, [done](bool arrived) { done(arrived ? Moved::kArrived : Moved::kAbandoned); });
    if (advance == 0) return done(Moved::kRefused);
    // Left to itself when the clock is there: it names an advance that is over.
    services.real_time.schedule(services.real_time.now() + timeout,
                                [services, advance] { services.emulated_time.abandon_advance(advance); });
  };
  return answered<Moved>(std::move(start));
}

http::Response read(const AdminServices& services) {
  http::Response response;
  append_clock_json(response.body, services.emulated_time);
  return response;
}

asio::awaitable<http::Response> explain_stop(AdminServices services, TimePoint target, Duration timeout) {
  const std::string under_way = services.emulated_time.under_way().describe();
  auto start = [services](auto done) { services.runner.report(std::move(done)); };
  const auto reports = co_await answered<std::vector<esm::MappingReport>>(std::move(start));
  http::Response response;
  response.status = kGatewayTimeout;
  const std::string message = fmt::format(
      "The clock has come to {} and not to {}: after {} s this is under way: {}. It goes on from there when it is "
      "advanced again; timeoutSeconds gives it more time.",
      esm::to_iso_text(services.emulated_time.now()), esm::to_iso_text(target),
      std::chrono::duration<double>{timeout}.count(), under_way.empty() ? "more that fell due" : under_way);
  append_stopped_clock_json(response.body, services.emulated_time, target, message, reports);
  co_return response;
}

asio::awaitable<http::Response> change(AdminServices services, ClockRequest request) {
  time::AdjustableTime& clock = services.emulated_time;
  const auto target = target_of(request, clock.now());
  if (target.has_error()) co_return http::to_rest_response(target.error());
  if (request.freeze) *request.freeze ? clock.freeze() : clock.unfreeze();
  if (!request.moves()) co_return read(services);
  auto moving = move_to(services, *target, request.timeout);
  switch (co_await std::move(moving)) {
    case Moved::kArrived: co_return read(services);
    case Moved::kAbandoned: break;
    case Moved::kRefused:
      co_return http::to_rest_response(
          {ErrorKind::kLambdaResourceConflict, "The clock is being moved by another request; one moves it at a time."});
  }
  auto explaining = explain_stop(services, *target, request.timeout);
  co_return co_await std::move(explaining);
}

}  // namespace

void add_clock_routes(http::Router& router, AdminServices services) {
  router.add("GET", "/_millrace/clock",
             [services](http::Request&, http::PathParameters) -> asio::awaitable<http::Response> {
               co_return read(services);
             });
  router.add("POST", "/_millrace/clock",
             [services](http::Request& request, http::PathParameters) -> asio::awaitable<http::Response> {
               auto parsed = parse_clock_request(request.body);
               if (parsed.has_error()) co_return http::to_rest_response(parsed.error());
               co_return co_await change(services, *std::move(parsed));
             });
}

}  // namespace millrace::admin
