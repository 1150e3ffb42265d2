// POST /_millrace/drain {"timeoutSeconds":30,"mapping":"<uuid>"}, both optional: answers 200 when every record there is
// has been delivered or discarded, and what was written to global tables has arrived in all regions; 504 with the
// reasons when the time is over.
#include <optional>
#include <string>
#include <utility>

#include "harness/admin/admin_operations.hpp"
#include "harness/admin/drain_request.hpp"
#include "harness/admin/report_json.hpp"
#include "server/rest/awaiting.hpp"

namespace millrace::admin {
namespace {

boost::asio::awaitable<bool> all_sent(const AdminServices& services, RealTime::TimePoint deadline) {
  auto start = [&services, deadline](auto done) {
    services.engine.when_rested(services.replication, deadline, std::move(done));
  };
  auto resting = rest::answered<bool>(std::move(start));
  co_return co_await std::move(resting);
}

boost::asio::awaitable<esm::DrainReport> delivered(const AdminServices& services, std::optional<std::string> mapping,
                                                   RealTime::TimePoint deadline) {
  auto start = [&services, mapping = std::move(mapping), deadline](auto done) {
    services.live_mappings.drain(mapping, deadline, std::move(done));
  };
  auto draining = rest::answered<esm::DrainReport>(std::move(start));
  co_return co_await std::move(draining);
}

rest::Answer drain(const AdminServices& services, rest::Call& call) {
  const auto request = parse_drain_request(call.request.body);
  if (request.has_error()) co_return request.error();
  const RealTime::TimePoint deadline = services.real_time.now() + request->timeout;
  esm::DrainReport report;
  // A function may write to a global table, and what arrives in another region may call a function.
  for (bool may_have_more = true; may_have_more;) {
    report.replicated = co_await all_sent(services, deadline);
    const bool in_time = report.replicated;
    report = co_await delivered(services, request->mapping, deadline);
    report.replicated = in_time && co_await all_sent(services, services.real_time.now());
    may_have_more = in_time && report.drained && !report.replicated && services.real_time.now() < deadline;
  }
  report.drained = report.drained && report.replicated;
  http::Response response;
  response.status = report.drained ? 200 : kGatewayTimeout;
  append_json(response.body, report, services.emulated_time);
  co_return response;
}

}  // namespace

extern const AdminOperation kDrain{.name = "Drain", .method = "POST", .path = "/_millrace/drain", .run = drain};

}  // namespace millrace::admin
