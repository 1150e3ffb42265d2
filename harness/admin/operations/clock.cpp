// GET /_millrace/clock: what emulated time it is, and whether it runs.
// POST {"freeze":true,"set":"2026-01-01T00:00:00Z","advance":"4h","timeoutSeconds":30}, all optional, done in this
// order: answers 200 when the clock is there and all that fell due has settled, 504 with what is under way when the
// time is over, 409 when it is being moved already.
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/admin/admin_operations.hpp"
#include "harness/admin/clock_request.hpp"
#include "harness/admin/report_json.hpp"
#include "harness/esm/source/timestamp.hpp"
#include "server/rest/awaiting.hpp"

namespace millrace::admin {
namespace {

namespace asio = boost::asio;

enum class Moved : std::uint8_t { kArrived, kAbandoned, kRefused };

asio::awaitable<Moved> move_to(const AdminServices& services, TimePoint target, Duration timeout) {
  auto start = [&services, target, timeout](auto done) {
    const std::uint64_t advance = services.emulated_time.advance_to(
        target, [done](bool arrived) { done(arrived ? Moved::kArrived : Moved::kAbandoned); });
    if (advance == 0) return done(Moved::kRefused);
    // Left to itself when the clock is there: it names an advance that is over.
    services.real_time.schedule(services.real_time.now() + timeout,
                                [&clock = services.emulated_time, advance] { clock.abandon_advance(advance); });
  };
  return rest::answered<Moved>(std::move(start));
}

http::Response read(const AdminServices& services) {
  http::Response response;
  append_clock_json(response.body, services.emulated_time);
  return response;
}

asio::awaitable<http::Response> explain_stop(const AdminServices& services, TimePoint target, Duration timeout) {
  const std::string under_way = services.emulated_time.under_way().describe();
  auto start = [&services](auto done) { services.live_mappings.report(std::move(done)); };
  const auto reports = co_await rest::answered<std::vector<esm::MappingReport>>(std::move(start));
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

rest::Answer change(const AdminServices& services, ClockRequest request) {
  time::AdjustableTime& clock = services.emulated_time;
  const auto target = target_of(request, clock.now());
  if (target.has_error()) co_return target.error();
  if (request.freeze) *request.freeze ? clock.freeze() : clock.unfreeze();
  if (!request.moves()) co_return read(services);
  auto moving = move_to(services, *target, request.timeout);
  switch (co_await std::move(moving)) {
    case Moved::kArrived: co_return read(services);
    case Moved::kAbandoned: break;
    case Moved::kRefused:
      co_return ApiError{ErrorKind::kLambdaResourceConflict,
                         "The clock is being moved by another request; one moves it at a time."};
  }
  auto explaining = explain_stop(services, *target, request.timeout);
  co_return co_await std::move(explaining);
}

rest::Answer read_clock(const AdminServices& services, rest::Call& /*call*/) { co_return read(services); }

rest::Answer change_clock(const AdminServices& services, rest::Call& call) {
  auto request = parse_clock_request(call.request.body);
  if (request.has_error()) co_return request.error();
  auto changing = change(services, *std::move(request));
  co_return co_await std::move(changing);
}

}  // namespace

extern const AdminOperation kReadClock{
    .name = "ReadClock", .method = "GET", .path = "/_millrace/clock", .run = read_clock};
extern const AdminOperation kChangeClock{
    .name = "ChangeClock", .method = "POST", .path = "/_millrace/clock", .run = change_clock};

}  // namespace millrace::admin
